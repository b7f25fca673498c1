import DICOMCore

/// Reads conditions, and checks each against what its attribute can be.
package final class ConditionParser {
    private let log: FindingLog
    private let labels: [String: Label]
    private let lists: ListNames
    private let patterns: CompiledPatterns
    private let tier: Int
    private var itemDepth = 0
    /// Of conditions, for later findings.
    private(set) var places: [SourceLocation: Place] = [:]

    init(
        log: FindingLog, labels: [String: Label], lists: ListNames, patterns: CompiledPatterns, tier: Int
    ) {
        self.log = log
        self.patterns = patterns
        self.labels = labels
        self.lists = lists
        self.tier = tier
    }

    /// Reads conditions that stand outside of a rule set and ask a data set alone.
    package convenience init(log: FindingLog) {
        self.init(log: log, labels: [:], lists: [:], patterns: CompiledPatterns(), tier: 1)
    }

    /// Nil when it is not understood; then something has been said about it.
    package func parse(_ element: XMLElement) -> Condition? {
        places[element.location] = element.place
        return kind(of: element).map { Condition($0, at: element.location) }
    }

    private func kind(of element: XMLElement) -> Condition.Kind? {
        switch element.name {
        case "all": group(element).map { .all($0) }
        case "any": group(element).map { .any($0) }
        case "not": element.children.first.flatMap { parse($0) }.map { .not($0) }
        case "present": attribute(element).map { .present($0.reference) }
        case "absent": attribute(element).map { .absent($0.reference) }
        case "empty": attribute(element).map { .empty($0.reference) }
        case "equals": text(element, .equals)
        case "contains": text(element, .contains)
        case "starts-with": text(element, .startsWith)
        case "one-of": oneOf(element)
        case "matches": matches(element)
        case "in": inList(element)
        case "compare": compare(element)
        case "labelled": labelled(element)
        case "held": held(element)
        case "source": source(element)
        case "preamble": preamble(element)
        case "signature": signature(element)
        case "some": item(element, .some)
        case "every": item(element, .every)
        default: nil
        }
    }

    /// Every child, so that each one's findings are heard; nil if one is not understood.
    private func group(_ element: XMLElement) -> [Condition]? {
        let children = element.children.map { parse($0) }
        let understood = children.compactMap { $0 }
        return understood.count == children.count && !understood.isEmpty ? understood : nil
    }

    // MARK: - Attributes

    private struct Asked {
        var attribute: NamedAttribute
        var reference: AttributeReference
    }

    private func attribute(_ element: XMLElement) -> Asked? {
        guard let attribute = element.attribute("attribute") else { return nil }
        return AttributeParser(log: log).parse(attribute, itemDepth > 0 ? .item : .condition).map { named in
            Asked(
                attribute: named,
                reference: AttributeReference(
                    path: named.path, text: named.text, vr: named.vr,
                    component: element.attribute("component")?.trimmed.flatMap { name in
                        AttributeReference.NameComponent.allCases.first { "\($0)" == name }
                    },
                    group: element.attribute("group")?.trimmed.flatMap { name in
                        AttributeReference.NameGroup.allCases.first { "\($0)" == name }
                    }))
        }
    }

    // MARK: - Text

    private func text(_ element: XMLElement, _ comparison: Condition.TextComparison) -> Condition.Kind? {
        guard let asked = attribute(element), let value = element.attribute("value") else { return nil }
        let folding = folding(element)
        let check = TextFit(log: log, attribute: asked.attribute, reference: asked.reference)
        guard check.isComparable(element) else { return nil }
        check.check(value.value, comparison, folding, at: value.place)
        return .compareText(asked.reference, comparison, [value.value], folding)
    }

    private func oneOf(_ element: XMLElement) -> Condition.Kind? {
        guard let asked = attribute(element) else { return nil }
        let folding = folding(element)
        let check = TextFit(log: log, attribute: asked.attribute, reference: asked.reference)
        guard check.isComparable(element) else { return nil }
        let values = element.children(named: "value")
        for value in values { check.check(value.text, .equals, folding, at: value.textPlace) }
        guard !values.isEmpty else { return nil }
        return .compareText(asked.reference, .equals, Set(values.map(\.text)).sorted(), folding)
    }

    private func folding(_ element: XMLElement) -> Condition.Folding {
        var folding: Condition.Folding = []
        for word in element.names("fold") {
            if word == "case" { folding.insert(.letterCase) }
            if word == "accents" { folding.insert(.accents) }
        }
        return folding
    }

    private func matches(_ element: XMLElement) -> Condition.Kind? {
        guard let asked = attribute(element), let pattern = element.attribute("pattern") else { return nil }
        let check = TextFit(log: log, attribute: asked.attribute, reference: asked.reference)
        guard check.isComparable(element) else { return nil }
        let isCaseSensitive = element.attribute("case")?.trimmed != "ignore"
        guard
            let compiled = PatternCheck(log: log, patterns: patterns)
                .compile(pattern, isCaseSensitive: isCaseSensitive, check)
        else { return nil }
        return .matches(asked.reference, compiled)
    }

    // MARK: - Lists

    private func inList(_ element: XMLElement) -> Condition.Kind? {
        guard let name = element.attribute("list"), let id = name.trimmed else { return nil }
        guard let keys = lists[id]?.keys else {
            log.error(
                .unknownList, "there is no list `\(id)`", at: name.place,
                hint: Spelling.suggestion(for: id, among: lists.keys))
            return nil
        }
        // The columns stand in for attributes that are not named.
        let named = element.attribute("attribute")
        let words = named?.words ?? keys.map { XMLAttribute.Word(text: $0, offset: 0, place: name.place) }
        guard words.count == keys.count else {
            log.error(
                .keyCount, "the list `\(id)` has \(keys.count) key columns, and \(words.count) attributes are named",
                at: named?.place ?? name.place, hint: "its columns are \(Spelling.list(keys, conjunction: "and"))")
            return nil
        }
        let parser = AttributeParser(log: log)
        let attributes = words.compactMap { word -> AttributeReference? in
            let role: AttributeParser.Role = itemDepth > 0 ? .item : .condition
            let attribute: NamedAttribute?
            if let named {
                attribute = parser.parse(word, of: named, role)
            } else {
                attribute = columnAttribute(word.text, of: id, at: name, role)
            }
            guard let attribute else { return nil }
            let reference = AttributeReference(path: attribute.path, text: attribute.text, vr: attribute.vr)
            let check = TextFit(log: log, attribute: attribute, reference: reference)
            return check.isComparable(element) ? reference : nil
        }
        return attributes.count == keys.count ? .inList(id, attributes) : nil
    }

    private func columnAttribute(
        _ column: String, of list: String, at name: XMLAttribute, _ role: AttributeParser.Role
    ) -> NamedAttribute? {
        // Spoken of at the list's name, since the column is not written here.
        let quiet = FindingLog()
        let word = XMLAttribute.Word(text: column, offset: 0, place: name.place)
        if let attribute = AttributeParser(log: quiet).parse(word, of: name, role), !quiet.hasErrors {
            return attribute
        }
        log.error(
            .unknownAttribute, "the column `\(column)` of the list `\(list)` is no keyword of PS3.6", at: name.place,
            hint: "name the attributes: <in list=\"\(list)\" attribute=\"…\"/>")
        return nil
    }

    // MARK: - Numbers, dates, ages

    private func compare(_ element: XMLElement) -> Condition.Kind? {
        guard let asked = attribute(element), let op = element.attribute("op")?.trimmed else { return nil }
        let orders: [String: Condition.Order] = [
            "lt": .less, "le": .lessOrEqual, "eq": .equal, "ge": .greaterOrEqual, "gt": .greater, "ne": .unequal,
        ]
        guard let order = orders[op] else { return nil }
        let given = ["number", "date", "age"].compactMap { element.attribute($0) }
        guard let value = given.first, given.count == 1 else {
            log.error(
                .missingAttribute, "`compare` needs exactly one of `number`, `date` and `age`", at: element.place)
            return nil
        }
        let check = QuantityFit(log: log, attribute: asked.attribute)
        switch value.name {
        case "number": return check.number(value, order).map { .compareNumber(asked.reference, order, $0) }
        case "date": return check.date(value).map { .compareDate(asked.reference, order, $0) }
        default: return check.age(value).map { .compareAge(asked.reference, order, $0) }
        }
    }

    // MARK: - Labels, sources, preambles

    private func labelled(_ element: XMLElement) -> Condition.Kind? {
        guard let attribute = element.attribute("with"), let word = attribute.words.first else { return nil }
        if itemDepth > 0 {
            log.error(
                .labelledInItem, "`labelled` cannot stand in `some` or `every`: items have no labels",
                at: element.place, hint: "join it to them with `all`")
        }
        guard let label = labels[word.text] else {
            log.unknownLabel(word, among: labels)
            return nil
        }
        if label.tier >= tier {
            log.error(
                .labelledTier, "`\(label.id)` is of tier \(label.tier); a rule of tier \(tier) sees lower tiers only",
                at: word.place, hint: label.tier < 4 ? "move the rule to tier \(label.tier + 1)" : nil)
        }
        return .labelled(label.id)
    }

    private func held(_ element: XMLElement) -> Condition.Kind {
        if itemDepth > 0 {
            log.error(
                .heldInItem, "`held` cannot stand in `some` or `every`: items are not held", at: element.place,
                hint: "join it to them with `all`")
        }
        return .held(matter: element.attribute("matter")?.trimmed)
    }

    private func source(_ element: XMLElement) -> Condition.Kind? {
        let source = Condition.Source(
            aeTitle: element.attribute("ae")?.trimmed, address: element.attribute("address")?.trimmed,
            user: element.attribute("user")?.trimmed, role: element.attribute("role")?.trimmed)
        guard source != Condition.Source() else {
            log.error(
                .missingAttribute, "`source` needs `ae`, `address`, `user` or `role`", at: element.place)
            return nil
        }
        return .source(source)
    }

    private func preamble(_ element: XMLElement) -> Condition.Kind? {
        element.attribute("kind")?.trimmed.flatMap(Condition.Preamble.init(rawValue:)).map { .preamble($0) }
    }

    private func signature(_ element: XMLElement) -> Condition.Kind? {
        element.attribute("state")?.trimmed.flatMap(Condition.Signature.init(rawValue:)).map { .signature($0) }
    }

    // MARK: - Items

    private func item(_ element: XMLElement, _ quantifier: Condition.Quantifier) -> Condition.Kind? {
        let sequence = element.attribute("of").flatMap {
            AttributeParser(log: log).parse($0, itemDepth > 0 ? .item : .condition)
        }
        if let sequence, !sequence.isUnknown, !sequence.allowedVRs.contains(.SQ) {
            log.error(
                .notASequence, "`\(sequence.text)` is no sequence, its VR is \(sequence.allowedVRs[0])",
                at: sequence.place)
        }
        itemDepth += 1
        defer { itemDepth -= 1 }
        guard let inner = element.children.first.flatMap({ parse($0) }), let sequence else { return nil }
        let reference = AttributeReference(path: sequence.path, text: sequence.text, vr: sequence.vr)
        return .item(quantifier, of: reference, inner)
    }
}
