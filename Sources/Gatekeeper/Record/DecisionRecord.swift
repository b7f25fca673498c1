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

    /// Makes the lines. What the run and the verdict say is the same in many of them, and is written as JSON once.
    struct Lines {
        private let showsValues: Bool
        private let ending: (plain: String, timed: String)

        init(_ context: Context) {
            showsValues = context.showsValues
            ending = (context.identity.ending(showsTime: false), context.identity.ending(showsTime: true))
        }

        /// One line with its line feed, in UTF-8.
        func line(of record: DecisionRecord) -> [UInt8] {
            var line = Array(record.head(showsValues: showsValues).text.utf8.dropLast())
            func append(_ members: String) {
                guard !members.isEmpty else { return }
                line.append(UInt8(ascii: ","))
                line += members.utf8
            }
            append(record.verdict?.text ?? "")
            append(record.verdict?.decision.carriesLabels == true ? ending.timed : ending.plain)
            line += "}\n".utf8
            return line
        }
    }

    /// What is of the input alone.
    private func head(showsValues: Bool) -> JSON {
        // A path of what was not de-identified is made of the patient's ID.
        let showsPath = showsValues || outcome.result == .deidentify || outcome.result == .sequester
        return JSON.object([
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

extension RunIdentity {
    /// What it says in each record, as members of an object.
    fileprivate func ending(showsTime: Bool) -> String {
        JSON.object([
            "audience": .string(audience),
            "ruleSet": .object([
                "id": .string(ruleSetID), "revision": .string(revision), "digest": .string(ruleSetDigest),
            ]),
            "tier": .number(tier),
            "key": keyFingerprint.map { .string($0) },
            "time": showsTime ? .string(time) : nil,
        ]).textOfMembers
    }
}

extension JSON {
    /// Of an object; none of anything else.
    var members: [Member] {
        if case .object(let members) = self { members } else { [] }
    }

    /// On one line, without the braces of an object.
    var textOfMembers: String { Self.members(of: text) }

    /// What stands between the braces of an object's text.
    static func members(of text: String) -> String { String(text.utf8.dropFirst().dropLast()) ?? "" }
}
