internal import Registry

extension Scope {
    /// For people who may see whom it is about; else only of what kind it is.
    func words(showsValues: Bool) -> String {
        switch self {
        case .patient(let patient):
            showsValues ? "patient \(patient.id)\(patient.issuer.map { " of \($0)" } ?? "")" : "a patient"
        case .study(let uid): showsValues ? "study \(uid)" : "a study"
        case .instance(let uid): showsValues ? "instance \(uid)" : "an instance"
        case .query(let query):
            query.terms.map { showsValues ? "\($0.attribute.rawValue)=\($0.value)" : $0.attribute.rawValue }
                .joined(separator: ", ")
        }
    }
}
