extension ResolvedLabels {
    /// The rules that gave a label to any study or patient, by id; false for those that are uncertain of it.
    package func firedRules() -> [String: Bool] {
        var fired: [String: Bool] = [:]
        for holding in studyHoldings + patientHoldings {
            for cause in holding.causes where cause.kind.isRule {
                let id = rules.rules[Int(cause.number)].id
                fired[id] = cause.isCertain || fired[id] == true
            }
        }
        return fired
    }
}
