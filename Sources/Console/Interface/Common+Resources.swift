internal import Host
internal import Inputs
internal import Registry

/// Objects that several answers have in them.
enum CommonResources {
    struct ScopeView: Sendable {
        var scope: Scope
        var showsValues: Bool
    }

    struct TermView: Sendable {
        var attribute: String
        var value: String?
    }

    static let term = Resource<TermView>(
        name: "Term", words: "What an attribute must be.",
        members: [
            .text("attribute", "Keyword of the attribute (PS3.6).") { $0.attribute },
            .maybeText("value", "As for a C-FIND; left out for those who see no patients.") { $0.value },
        ])

    static let scope = Resource<ScopeView>(
        name: "Scope", words: "What a hold, a label or a grant is about.",
        members: [
            .choice("kind", ["patient", "study", "instance", "query"], "Of what kind.") { view in
                switch view.scope {
                case .patient: "patient"
                case .study: "study"
                case .instance: "instance"
                case .query: "query"
                }
            },
            .maybeText("value", "Patient ID or UID; left out for a query, and for those who see no patients.") { view in
                guard view.showsValues else { return nil }
                switch view.scope {
                case .patient(let patient): return patient.id
                case .study(let uid), .instance(let uid): return uid
                case .query: return nil
                }
            },
            .maybeText("issuer", "Issuer of the Patient ID.") { view in
                if case .patient(let patient) = view.scope, view.showsValues { patient.issuer } else { nil }
            },
            .list("terms", of: term, "Of a query: all of them are met.") { view in
                guard case .query(let query) = view.scope else { return [] }
                return query.terms.map {
                    TermView(attribute: $0.attribute.rawValue, value: view.showsValues ? $0.value : nil)
                }
            },
        ])

    static let wish = Resource<Registry.Wish>(
        name: "Wish", words: "What somebody asked for or did, and why.",
        members: [
            .text("person", "Who.") { $0.person.name }, .text("reason", "Why.") { $0.reason },
            .time("time", "When.") { $0.time },
        ])

    static let described = [term.described, scope.described, wish.described, ConsoleProblem.described]

    static let reason = Operation.Field("reason", .text(), "Why. It is on the custody log.", isRequired: true)
}
