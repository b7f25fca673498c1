import DICOMCore

/// Reads one statement of a profile: its selector and its action.
struct StatementParser {
    let log: FindingLog
    let actions: ActionParser

    /// A statement with what findings say of it.
    struct Parsed {
        var statement: ProfileStatement
        /// What it chooses, as it is written.
        var text: String
        var place: Place
    }

    func parse(_ element: XMLElement) -> Parsed? {
        // Both are read, so that what is wrong with either is heard.
        let selected = selector(of: element), action = actions.parse(element)
        guard let selected, let action else { return nil }
        ActionFit(log: log, element: element, selector: selected).check(action)
        let statement = ProfileStatement(selector: selected.selector, action: action, location: element.location)
        return Parsed(statement: statement, text: selected.text, place: element.place)
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
}
