import CustodyLog
import Host

@testable import Registry

/// Records with a value in every column, and with none in those that may be empty.
enum Samples {
    static func wish(_ name: String, _ time: Int64 = 5) -> Registry.Wish {
        Registry.Wish(person: Scene.person(name), reason: "settled, \"tout est réglé\"", time: Scene.later(time))
    }

    static let scopes: [Scope] = [
        .patient(PatientIdentity(id: "P 1")), .patient(PatientIdentity(id: "Ä1", issuer: "A=B")), .study("1.2.3"),
        .instance("1.2.3.4"),
        .query(
            InstanceQuery(terms: [
                .init(attribute: .studyDate, value: "20260101-"), .init(attribute: .patientName, value: "R=oe*"),
            ])),
    ]

    static func label(_ id: Int64, _ scope: Scope) -> LabelRecord {
        LabelRecord(
            id: id, label: "vip", scope: scope, source: .list, reason: "on a list", author: Scene.ada,
            time: Scene.start, expires: id % 2 == 0 ? Scene.later(9) : nil, tellsOfHold: id % 2 == 1)
    }

    static func hold(_ id: Int64, _ scope: Scope, matter: String = "M 1") -> Hold {
        Hold(
            id: id, matter: matter, custodian: "legal", reason: "claim", authority: "court", scope: scope,
            placedBy: Scene.ada, rule: id % 2 == 0 ? "set/rule" : nil, placed: Scene.start, start: Scene.later(-5),
            review: id % 2 == 0 ? Scene.later(50) : nil)
    }

    static func retention(_ id: Int64, _ scope: Scope) -> Retention {
        Retention(
            id: id, scope: scope, mode: id % 2 == 0 ? .governance : .compliance, until: Scene.later(100),
            author: Scene.ada, reason: "law", time: Scene.start)
    }

    /// With every attribute there is.
    static func fullInstance(_ uid: String) -> Instance {
        var attributes: [InstanceAttribute: String] = [:]
        for attribute in InstanceAttribute.allCases { attributes[attribute] = "\(attribute.rawValue) ü ' \" ; --" }
        attributes[.sopInstanceUID] = uid
        attributes[.studyInstanceUID] = "1.2.3"
        attributes[.patientID] = "P1"
        attributes[.issuerOfPatientID] = nil
        return Instance(
            digest: Scene.digest(uid), size: .max, attributes: attributes, unreadable: [.modality, .issuerOfPatientID],
            received: Instant(milliseconds: -1), source: "AE 'x'")
    }

    static func event(_ text: String = "x") -> CustodyEvent {
        CustodyEvent(
            .viewed, time: Scene.start, actor: "Ada", facts: [CustodyEvent.Fact("purpose", text)],
            personal: [CustodyEvent.Fact("PatientID", "P1"), CustodyEvent.Fact("PatientID", text)])
    }
}

/// A failure that a test asks for.
struct Asked: Error {}
