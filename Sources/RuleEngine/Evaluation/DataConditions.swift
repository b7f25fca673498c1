package import DICOMFile
package import RuleLanguage

/// Conditions that ask the data set alone, for whoever wants to know of an instance before anything is decided of it.
package struct DataConditions: Sendable {
    private let questions: [Question]
    private let table: AttributeTable

    package init(_ conditions: [Condition], in ruleSet: RuleSet) {
        let labels = LabelTable(ruleSet)
        var table = AttributeTable()
        questions = conditions.map { Question($0, ruleSet, labels, &table) }
        self.table = table
    }

    /// What each comes to for an instance, in their order. What would ask for anything but the data set is unknown.
    package func truths(of file: DICOMFile) -> [Truth] {
        let facts = InstanceFacts(file, source: Condition.Source(), table: table)
        return questions.map { facts.truth($0) }
    }
}
