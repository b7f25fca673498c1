import Foundation
import Gatekeeper
import Host
import Inputs
import Registry
import RuleEngine

/// What an item's release needs to know of it, a line of JSON each in `record.jsonl`, which names patients and stays with the item.
enum RecordLine {
    /// An instance, and what was decided.
    case instance(RecordedInstanceDecision)
    /// A hold that a rule wants placed.
    case hold(HoldOrder)
    /// A label that rules gave to a patient: other studies of the patient ought to know of it.
    case patientLabel(label: String, isCertain: Bool, patient: PatientIdentity)
}

struct RecordedInstanceDecision: Sendable {
    var digest: String
    var size: Int64
    var attributes: [InstanceAttribute: String]
    var unreadable: Set<InstanceAttribute>
    var disposition: String
    var profile: String?
    var key: String?
    var explanation: String
    var output: String?
    /// `InstanceKnowledge.statements` by which it was decided.
    var known: Set<String>

    /// Whether a copy of it is to leave.
    var leaves: Bool { disposition != "sequester" }

    func instance(seen time: Instant) -> Instance {
        Instance(
            digest: digest, size: size, attributes: attributes, unreadable: unreadable, received: time, source: "worker"
        )
    }
}

extension RecordLine {
    var text: String {
        switch self {
        case .instance(let decision):
            let attributes = decision.attributes.sorted { $0.key.rawValue < $1.key.rawValue }
            return JSON.object([
                "kind": .string("instance"), "digest": .string(decision.digest), "size": .number(Int(decision.size)),
                "attributes": .object(
                    attributes.map { JSON.Member(key: $0.key.rawValue, value: .string($0.value)) }),
                "unreadable": .strings(decision.unreadable.map(\.rawValue).sorted()),
                "disposition": .string(decision.disposition), "profile": decision.profile.map { .string($0) },
                "key": decision.key.map { .string($0) }, "explanation": .string(decision.explanation),
                "output": decision.output.map { .string($0) }, "known": .strings(decision.known.sorted()),
            ]).text
        case .hold(let order):
            var members: [JSON.Member] = JSON.object([
                "kind": .string("hold"), "matter": .string(order.matter), "custodian": .string(order.custodian),
                "reason": .string(order.reason), "authority": .string(order.authority),
                "rule": order.rule.map { .string($0) },
            ]).objectMembers
            switch order.scope {
            case .study(let uid): members.append(.init(key: "study", value: .string(uid)))
            case .patient(let patient): members += Self.members(patient)
            // Rules hold studies and patients.
            case .instance, .query: break
            }
            return JSON.object(members).text
        case .patientLabel(let label, let isCertain, let patient):
            let members = JSON.object([
                "kind": .string("patientLabel"), "label": .string(label), "certain": .bool(isCertain),
            ]).objectMembers
            return JSON.object(members + Self.members(patient)).text
        }
    }

    private static func members(_ patient: PatientIdentity) -> [JSON.Member] {
        JSON.object(["patient": .string(patient.id), "issuer": patient.issuer.map { .string($0) }]).objectMembers
    }

    /// Nil for a line that is none.
    init?(_ line: some Collection<UInt8>) {
        guard let object = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any] else { return nil }
        func text(_ name: String) -> String? { object[name] as? String }
        let patient = text("patient").map { PatientIdentity(id: $0, issuer: text("issuer")) }
        switch text("kind") {
        case "instance":
            guard let digest = text("digest"), let size = object["size"] as? Int,
                let attributes = object["attributes"] as? [String: String],
                let unreadable = object["unreadable"] as? [String], let disposition = text("disposition"),
                let explanation = text("explanation"), let known = object["known"] as? [String]
            else { return nil }
            var values: [InstanceAttribute: String] = [:]
            for (name, value) in attributes {
                guard let attribute = InstanceAttribute(rawValue: name) else { return nil }
                values[attribute] = value
            }
            let unread = unreadable.compactMap(InstanceAttribute.init(rawValue:))
            guard unread.count == unreadable.count else { return nil }
            self = .instance(
                RecordedInstanceDecision(
                    digest: digest, size: Int64(size), attributes: values, unreadable: Set(unread),
                    disposition: disposition, profile: text("profile"), key: text("key"), explanation: explanation,
                    output: text("output"), known: Set(known)))
        case "hold":
            guard let matter = text("matter"), let custodian = text("custodian"), let reason = text("reason"),
                let authority = text("authority"),
                let scope = text("study").map({ Scope.study($0) }) ?? patient.map({ .patient($0) })
            else { return nil }
            self = .hold(
                HoldOrder(
                    matter: matter, custodian: custodian, reason: reason, authority: authority, scope: scope,
                    rule: text("rule")))
        case "patientLabel":
            guard let label = text("label"), let isCertain = object["certain"] as? Bool, let patient else { return nil }
            self = .patientLabel(label: label, isCertain: isCertain, patient: patient)
        default: return nil
        }
    }
}

extension JSON {
    /// Of an object; none of anything else.
    var objectMembers: [Member] {
        if case .object(let members) = self { members } else { [] }
    }
}
