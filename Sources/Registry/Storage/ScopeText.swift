/// A scope as it is stored, and as it stands on the custody log: a word, a value, and for a patient the issuer.
enum ScopeText {
    static func kind(_ scope: Scope) -> String {
        switch scope {
        case .patient: "patient"
        case .study: "study"
        case .instance: "instance"
        case .query: "query"
        }
    }

    /// An ID, a UID, or a query's terms: `Modality=CT`, one a line. No value has a line feed, which is checked before.
    static func value(_ scope: Scope) -> String {
        switch scope {
        case .patient(let patient): patient.id
        case .study(let uid), .instance(let uid): uid
        case .query(let query): query.terms.map { "\($0.attribute.rawValue)=\($0.value)" }.joined(separator: "\n")
        }
    }

    static func issuer(_ scope: Scope) -> String? {
        if case .patient(let patient) = scope { patient.issuer } else { nil }
    }

    /// Nil for what none of ours has written.
    static func scope(kind: String, value: String, issuer: String?) -> Scope? {
        switch kind {
        case "patient": return .patient(PatientIdentity(id: value, issuer: issuer))
        case "study": return .study(value)
        case "instance": return .instance(value)
        case "query":
            var terms: [InstanceQuery.Term] = []
            for line in value.split(separator: "\n") {
                guard let equals = line.firstIndex(of: "="),
                    let attribute = InstanceAttribute(rawValue: String(line[..<equals]))
                else { return nil }
                terms.append(
                    InstanceQuery.Term(attribute: attribute, value: String(line[line.index(after: equals)...])))
            }
            return .query(InstanceQuery(terms: terms))
        default: return nil
        }
    }
}
