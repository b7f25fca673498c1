/// Reads what must never come of a rule set.
struct AssertionParser {
    let log: FindingLog
    let labels: [String: Label]
    /// Of all that are declared.
    let audiences: [String]

    /// An assertion with the place of its element.
    struct Written {
        var assertion: Assertion
        var place: Place
    }

    /// Sorted by place.
    func parse(_ files: [RuleFile]) -> [Written] {
        files.flatMap { $0.root.children(named: "never") }.compactMap { parse($0) }
            .sorted { $0.assertion.location < $1.assertion.location }
    }

    private func parse(_ element: XMLElement) -> Written? {
        for word in element.attribute("audience")?.words ?? [] where !audiences.contains(word.text) {
            log.error(
                .unknownAudience, "there is no audience `\(word.text)`", at: word.place,
                hint: Spelling.suggestion(for: word.text, among: audiences))
        }
        for name in ["label", "unless"] {
            for word in element.attribute(name)?.words ?? [] where labels[word.text] == nil {
                log.unknownLabel(word, among: labels)
            }
        }
        let names = element.names("disposition")
        let dispositions = Set(Disposition.allCases.filter { names.contains($0.name) })
        let asked = element.names("label").filter { labels[$0] != nil }
        // The schema has seen to what is required; nothing may pass if it has not.
        guard !asked.isEmpty, !dispositions.isEmpty else {
            if !log.hasErrors { log.error(.invalid, "the assertion is not understood", at: element.place) }
            return nil
        }
        let assertion = Assertion(
            audiences: element.names("audience").sorted(), labels: asked.sorted(), dispositions: dispositions,
            unless: element.names("unless").sorted(), location: element.location)
        return Written(assertion: assertion, place: element.place)
    }
}
