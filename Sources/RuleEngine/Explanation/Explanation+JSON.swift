public import DICOMFile
import RuleLanguage

extension Explanation {
    /// The explanation as one JSON object.
    ///
    /// - Parameter file: adds the values of the attributes that fired, from this file; nil adds none.
    public func write(to json: inout JSONWriter, for key: String? = nil, showingValuesOf file: DICOMFile? = nil) {
        json.object(for: key) { json in
            json.object(for: "ruleSet") { json in
                json.string(id, for: "id")
                json.string(revision, for: "revision")
                json.string(digest, for: "digest")
                json.number(tier, for: "tier")
            }
            json.array(for: "audiences") { json in
                for decision in decisions { Self.write(decision, to: &json) }
            }
            json.array(for: "labels") { json in
                for label in labels { Self.write(label, to: &json, file) }
            }
        }
    }

    private static func write(_ explained: ExplainedDecision, to json: inout JSONWriter) {
        let decision = explained.decision
        json.object { json in
            json.string(decision.audience, for: "audience")
            if let purpose = explained.purpose { json.string(purpose, for: "purpose") }
            json.string(decision.disposition.name, for: "disposition")
            if let profile = decision.profile { json.string(profile, for: "profile") }
            json.boolean(decision.carriesLabels, for: "carriesLabels")
            if let level = decision.confidentiality { json.string(level, for: "confidentiality") }
            json.array(for: "obligations") { json in
                for obligation in decision.obligations {
                    json.object { json in
                        json.string(obligation.system, for: "system")
                        json.string(obligation.code, for: "code")
                    }
                }
            }
            json.array(for: "clauses") { json in
                for clause in decision.clauses { write(clause, isDeciding: clause == explained.deciding, to: &json) }
            }
        }
    }

    private static func write(
        _ clause: Decision.AppliedClause, isDeciding: Bool, to json: inout JSONWriter
    ) {
        json.object { json in
            json.array(for: "labels") { json in clause.labels.forEach { json.string($0) } }
            json.string(clause.disposition.name, for: "disposition")
            write(clause.location, to: &json)
            json.boolean(isDeciding, for: "decided")
            if let label = clause.liftedBy { json.string(label, for: "liftedBy") }
        }
    }

    private static func write(_ label: ExplainedLabel, to json: inout JSONWriter, _ file: DICOMFile?) {
        json.object { json in
            json.string(label.assigned.label, for: "label")
            if let code = label.code { json.string(code, for: "code") }
            if let meaning = label.meaning { json.string(meaning, for: "meaning") }
            json.number(label.tier, for: "tier")
            json.boolean(label.assigned.isCertain, for: "certain")
            json.array(for: "reasons") { json in
                for reason in label.assigned.reasons { write(reason, label.titles[reason.id], to: &json, file) }
            }
        }
    }

    private static func write(
        _ reason: AssignedLabel.Reason, _ title: String?, to json: inout JSONWriter, _ file: DICOMFile?
    ) {
        json.object { json in
            json.string("\(reason.kind)", for: "kind")
            json.string(reason.id, for: "id")
            if reason.kind == .rule, let title { json.string(title, for: "title") }
            if let location = reason.location { write(location, to: &json) }
            json.boolean(reason.isCertain, for: "certain")
            json.array(for: "evidence") { json in
                for evidence in reason.evidence {
                    json.object { json in
                        json.string(evidence.attribute, for: "attribute")
                        write(evidence.location, to: &json)
                        if let problem = evidence.problem { json.string(problem, for: "problem") }
                        if let file, let value = ShownValue(evidence.attribute, in: file) {
                            json.string(value.text, for: "value")
                        }
                    }
                }
            }
        }
    }

    private static func write(_ location: SourceLocation, to json: inout JSONWriter) {
        json.string(location.file, for: "file")
        json.number(location.line, for: "line")
        json.number(location.column, for: "column")
    }
}
