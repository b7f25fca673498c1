import ArgumentParser
import Inputs
import Registry

/// What a label, a hold or a retention is about: exactly one of these.
struct ScopeOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("A patient, by Patient ID.", valueName: "id"))
    var patient: String?

    @Option(name: .long, help: ArgumentHelp("Of which issuer; any, when it is not given.", valueName: "name"))
    var issuer: String?

    @Option(name: .long, help: ArgumentHelp("A study, by Study Instance UID.", valueName: "uid"))
    var study: String?

    @Option(name: .long, help: ArgumentHelp("An instance, by SOP Instance UID.", valueName: "uid"))
    var instance: String?

    @Option(
        name: .customLong("where"),
        help: ArgumentHelp(
            "Whatever matches, now and later: as in a C-FIND. Several must all agree.", valueName: "Keyword=value"))
    var terms: [String] = []

    /// - Throws: when it is not exactly one.
    func scope() throws(RunError) -> Scope {
        let given = [patient != nil, study != nil, instance != nil, !terms.isEmpty].count { $0 }
        guard given == 1, issuer == nil || patient != nil else {
            throw RunError(
                .arguments,
                "say what it is about, once: `--patient ID` (with `--issuer` or without), `--study UID`, `--instance UID` "
                    + "or `--where Keyword=value`")
        }
        if let patient { return .patient(PatientIdentity(id: patient, issuer: issuer)) }
        if let study { return .study(study) }
        if let instance { return .instance(instance) }
        var query: [InstanceQuery.Term] = []
        for term in terms { query.append(try Self.term(term)) }
        return .query(InstanceQuery(terms: query))
    }

    private static func term(_ text: String) throws(RunError) -> InstanceQuery.Term {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let attribute = InstanceAttribute(rawValue: parts[0]) else {
            let names = InstanceAttribute.allCases.map(\.rawValue).sorted().joined(separator: ", ")
            throw RunError(.arguments, "`--where` is Keyword=value, and the keyword one of: \(names)")
        }
        return InstanceQuery.Term(attribute: attribute, value: parts[1])
    }
}

extension Scope {
    /// For people who may see whom it is about; else only of what kind it is.
    func words(showsValues: Bool) -> String {
        switch self {
        case .patient(let patient):
            showsValues
                ? "patient \(patient.id.printable)\(patient.issuer.map { " of \($0.printable)" } ?? "")" : "patient"
        case .study(let uid): showsValues ? "study \(uid.printable)" : "study"
        case .instance(let uid): showsValues ? "instance \(uid.printable)" : "instance"
        case .query(let query):
            query.terms.map { showsValues ? "\($0.attribute.rawValue)=\($0.value.printable)" : $0.attribute.rawValue }
                .joined(separator: ", ")
        }
    }

    func json(showsValues: Bool) -> JSON {
        func value(_ text: String) -> JSON? { showsValues ? .string(text) : nil }
        switch self {
        case .patient(let patient):
            return .object([
                "kind": .string("patient"), "patientID": value(patient.id), "issuer": patient.issuer.flatMap(value),
            ])
        case .study(let uid): return .object(["kind": .string("study"), "studyInstanceUID": value(uid)])
        case .instance(let uid): return .object(["kind": .string("instance"), "sopInstanceUID": value(uid)])
        case .query(let query):
            let terms = query.terms.map {
                JSON.object(["attribute": .string($0.attribute.rawValue), "value": value($0.value)])
            }
            return .object(["kind": .string("query"), "terms": .array(terms)])
        }
    }
}
