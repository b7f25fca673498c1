import Host
import Inputs
import RuleEngine
import RuleLanguage

/// A line of `decisions.jsonl`: what was decided for one input and all that led there (P8), without patient data.
struct DecisionRecord {
    /// From 1, in the order of the inputs' names.
    var number: Int
    var outcome: Outcome
    /// Nil for an input that no rule was asked about.
    var verdict: Verdict?
    /// The number of the input that this one is a copy of.
    var duplicateOf: Int?
    /// Only with `--show-values`.
    var group: Verdicts.Group?

    /// What all records of a run share.
    struct Context {
        var identity: RunIdentity
        var showsValues: Bool
    }

    func json(_ context: Context) -> JSON {
        let identity = context.identity
        // A path of what was not de-identified is made of the patient's ID.
        let showsPath = context.showsValues || outcome.result == .deidentify || outcome.result == .sequester
        let head = JSON.object([
            "input": .number(number),
            "inputDigest": outcome.input.map { .string($0.hexadecimal) },
            "size": outcome.input == nil ? nil : .number(outcome.size),
            "disposition": .string(outcome.result.rawValue),
            "reason": outcome.reason.map { .string($0) },
            "outputDigest": outcome.output.map { .string($0.hexadecimal) },
            "outputSize": outcome.output == nil ? nil : .number(outcome.outputSize),
            "output": showsPath ? outcome.path.map { .string($0) } : nil,
            "duplicateOf": duplicateOf.map { .number($0) },
            "notes": outcome.notes.isEmpty ? nil : .strings(outcome.notes),
            "withdrew": outcome.withdrew.isEmpty ? nil : .strings(outcome.withdrew),
            "patientID": group.map { .string($0.patient.id) },
            "studyInstanceUID": group?.study.uid.map { .string($0) },
        ])
        let tail = JSON.object([
            "audience": .string(identity.audience),
            "ruleSet": .object([
                "id": .string(identity.ruleSetID), "revision": .string(identity.revision),
                "digest": .string(identity.ruleSetDigest),
            ]),
            "tier": .number(identity.tier),
            "key": identity.keyFingerprint.map { .string($0) },
            "time": verdict?.decision.carriesLabels == true ? .string(identity.time) : nil,
        ])
        return .object(head.members + (verdict?.explanation ?? []) + tail.members)
    }

    /// Labels, rules and clauses of a decision. Values are not in it; nor is a code that came in and that nobody knows,
    /// for anything may be written there.
    static func explanation(of decision: Decision) -> [JSON.Member] {
        JSON.object([
            "decided": .string(decision.disposition.name),
            "profile": decision.profile.map { .string($0) },
            "labels": .array(decision.labels.map(label)),
            "confidentiality": decision.confidentiality.map { .string($0) },
            "clauses": .array(decision.clauses.map(clause)),
            "obligations": decision.obligations.isEmpty
                ? nil
                : .array(
                    decision.obligations.map { .object(["system": .string($0.system), "code": .string($0.code)]) }),
        ]).members
    }

    private static func label(_ label: AssignedLabel) -> JSON {
        .object([
            "label": .string(label.label),
            "certain": .bool(label.isCertain),
            "reasons": .array(label.reasons.map(reason)),
        ])
    }

    private static func reason(_ reason: AssignedLabel.Reason) -> JSON {
        .object([
            "kind": .string("\(reason.kind)"),
            "id": reason.kind == .unknownCode ? nil : .string(reason.id),
            "file": reason.location.map { .string($0.file) },
            "line": reason.location.map { .number($0.line) },
            "certain": .bool(reason.isCertain),
            "evidence": reason.evidence.isEmpty ? nil : .array(reason.evidence.map(evidence)),
        ])
    }

    private static func evidence(_ evidence: Evidence) -> JSON {
        .object([
            "attribute": .string(evidence.attribute),
            "file": .string(evidence.location.file),
            "line": .number(evidence.location.line),
            "problem": evidence.problem.map { .string($0) },
        ])
    }

    private static func clause(_ clause: Decision.AppliedClause) -> JSON {
        .object([
            "labels": clause.labels.isEmpty ? nil : .strings(clause.labels),
            "disposition": .string(clause.disposition.name),
            "file": .string(clause.location.file),
            "line": .number(clause.location.line),
            "liftedBy": clause.liftedBy.map { .string($0) },
        ])
    }
}

extension JSON {
    /// Of an object; none of anything else.
    var members: [Member] {
        if case .object(let members) = self { members } else { [] }
    }
}
