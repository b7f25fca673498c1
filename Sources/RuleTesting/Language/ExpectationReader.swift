import DICOMCore
import RuleLanguage

/// Reads what a case expects.
struct ExpectationReader {
    let log: FindingLog

    func read(_ element: XMLElement) -> Expectation? {
        kind(of: element).map {
            Expectation(
                kind: $0, location: element.location,
                instance: element.attribute("of")?.trimmed.flatMap { Int($0) })
        }
    }

    private func kind(of element: XMLElement) -> Expectation.Kind? {
        switch element.name {
        case "labels":
            return .labels(
                ExpectedNames(
                    certain: names("certain", element), uncertain: names("uncertain", element),
                    absent: names("absent", element), isExact: element.attribute("others")?.value != "any"))
        case "rules":
            return .rules(
                ExpectedNames(
                    certain: names("fire", element), uncertain: names("uncertain", element),
                    absent: names("silent", element), isExact: element.attribute("others")?.value == "none"))
        case "decision":
            guard let word = element.attribute("is")?.trimmed,
                let disposition = Disposition.allCases.first(where: { $0.name == word })
            else { return nil }
            return .decision(
                ExpectedDecision(
                    audiences: names("audience", element), disposition: disposition,
                    profile: element.attribute("profile")?.trimmed,
                    carriesLabels: element.attribute("carries").map { $0.value == "yes" },
                    obligations: element.attribute("obliges").map { _ in
                        names("obliges", element).filter { $0 != "-" }.sorted()
                    },
                    by: element.attribute("by").map { _ in names("by", element).sorted() }))
        case "holds": return .holds(names("placed", element).filter { $0 != "-" }.sorted())
        case "copy": return copy(element).map { .copy($0) }
        default: return nil
        }
    }

    private func names(_ attribute: String, _ element: XMLElement) -> [String] {
        element.attribute(attribute)?.words.map(\.text) ?? []
    }

    // MARK: - Copies

    private func copy(_ element: XMLElement) -> ExpectedCopy? {
        let refusal = pattern(element.attribute("refused"))
        if element.attribute("refused") != nil, let part = element.children.first {
            log.add(
                .error, "misplaced-element", "of a copy that is refused there is nothing to expect", at: part.place)
        }
        if element.attribute("refused") == nil, element.children.isEmpty, element.attribute("others") == nil {
            log.add(
                .error, "nothing-expected", "nothing is expected of the copy", at: element.place,
                hint: "write <removed attribute=\"…\"/>, <kept …/>, <changed …/>, <value …/>, or others=\"kept\"")
        }
        let target: ExpectedCopy.Target
        switch (element.attribute("audience")?.trimmed, element.attribute("profile")?.trimmed) {
        case (let audience?, nil): target = .audience(audience)
        case (nil, let profile?): target = .profile(profile)
        default:
            log.add(
                .error, "missing-attribute", "a copy is for an `audience`, or by a `profile`", at: element.place)
            return nil
        }
        return ExpectedCopy(
            target: target, refusal: refusal,
            parts: element.children.compactMap(part), keepsOthers: element.attribute("others")?.value == "kept")
    }

    private func part(_ element: XMLElement) -> ExpectedCopy.Part? {
        guard let attribute = element.attribute("attribute") else { return nil }
        let paths = attribute.words.compactMap { word in
            AttributeParser(log: log).parse(word, of: attribute, .statement).map { (text: $0.text, path: $0.path) }
        }
        let outcome: ExpectedCopy.Outcome? =
            switch element.name {
            case "removed": .removed
            case "emptied": .emptied
            case "kept": .kept
            case "added": .added
            case "changed": .changed(pattern(element.attribute("pattern")))
            case "value": .value(Self.values(element.attribute("is")?.value ?? ""))
            default: nil
            }
        return outcome.map { ExpectedCopy.Part(outcome: $0, paths: paths, location: element.location) }
    }

    static func values(_ text: String) -> [String] {
        text.isEmpty ? [] : text.split(separator: "\\", omittingEmptySubsequences: false).map(String.init)
    }

    private func pattern(_ attribute: XMLAttribute?) -> TextPattern? {
        guard let attribute else { return nil }
        do {
            return try TextPattern(attribute.value)
        } catch {
            log.add(.error, "bad-pattern", "the pattern is none of RE2: \(error.reason)", at: attribute.place)
            return nil
        }
    }
}
