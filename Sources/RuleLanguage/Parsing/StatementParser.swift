import DICOMCore

/// Reads one statement of a profile: its selector and its action.
struct StatementParser {
    let log: FindingLog

    func parse(_ element: XMLElement) -> ProfileStatement? {
        guard let selector = selector(of: element), let action = action(of: element) else { return nil }
        ActionFit(log: log, element: element, selector: selector).check(action)
        return ProfileStatement(selector: selector.selector, action: action, location: element.location)
    }

    /// A selector with what is known of the VR of what it chooses.
    struct Selected {
        var selector: ProfileStatement.Selector
        /// As it is written.
        var text: String
        /// Empty when they may be any.
        var vrs: [VR] = []
        var isOneAttribute = false
    }

    // MARK: - Selectors

    private func selector(of element: XMLElement) -> Selected? {
        let names = ["attribute", "creator", "group", "vr", "anything"]
        let given = names.compactMap { element.attribute($0) }
        guard let attribute = given.first, given.count == 1, let text = attribute.trimmed else {
            log.error(
                .badSelector, "`\(element.name)` needs exactly one of \(Spelling.list(names, conjunction: "and"))",
                at: given.dropFirst().first?.namePlace ?? element.place)
            return nil
        }
        switch attribute.name {
        case "attribute": return AttributeParser(log: log).parse(attribute, .statement).map { Self.selected($0) }
        case "creator":
            AttributeParser(log: log).checkCreator(text, attribute.place)
            return Selected(selector: .creator(text), text: text)
        case "group": return group(text, attribute)
        case "vr": return VR(text).map { Selected(selector: .vr($0), text: text, vrs: [$0]) }
        default: return Selected(selector: .anything, text: "anything")
        }
    }

    /// A single attribute is meant at every depth, with `**/` before it or without.
    private static func selected(_ attribute: NamedAttribute) -> Selected {
        let path = attribute.path
        var selector = ProfileStatement.Selector.path(path)
        if path.steps.isEmpty || path.steps == [.anyDepth] {
            selector =
                switch path.element {
                case .standard(let tag): .tag(tag)
                case .repeating(let group, let element): .repeating(group: group, element: element)
                case .privateElement(let group, let creator, let element):
                    .privateElement(group: group, creator: creator, element: element)
                }
        }
        return Selected(
            selector: selector, text: attribute.text, vrs: attribute.isUnknown ? [] : attribute.allowedVRs,
            isOneAttribute: true)
    }

    private func group(_ text: String, _ attribute: XMLAttribute) -> Selected? {
        switch text {
        case "private": return Selected(selector: .privateGroups, text: text)
        case "60xx": return Selected(selector: .group(0x6000, repeating: true), text: text)
        case "50xx": return Selected(selector: .group(0x5000, repeating: true), text: text)
        default:
            guard let group = AttributeParser.hexadecimal(text[...], digits: 4) else { return nil }
            return Selected(selector: .group(group, repeating: false), text: text)
        }
    }

    // MARK: - Actions

    private func action(of element: XMLElement) -> ProfileAction? {
        switch element.name {
        case "replace": element.attribute("value").map { .replace($0.value) }
        case "by-type": byType(element)
        default: Self.simple(element.name)
        }
    }

    private func byType(_ element: XMLElement) -> ProfileAction? {
        let actions = ["type1", "type2", "type3"].compactMap { element.attribute($0)?.trimmed.flatMap(Self.simple) }
        guard actions.count == 3 else { return nil }
        return .byType(type1: actions[0], type2: actions[1], type3: actions[2])
    }

    private static func simple(_ name: String) -> ProfileAction? {
        switch name {
        case "keep": .keep
        case "remove": .remove
        case "empty": .empty
        case "dummy": .dummy
        case "clean": .clean
        case "uid": .uid
        case "pseudonym": .pseudonym
        default: nil
        }
    }
}
