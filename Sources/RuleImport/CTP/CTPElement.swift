import DICOMCore
import DICOMDictionary

/// An element as a script of CTP names it.
enum CTPElement: Hashable {
    case standard(Tag)
    /// `0029[SIEMENS CSA HEADER]08`.
    case privateElement(group: UInt16, creator: String, element: UInt8)

    /// The `t` of an element, and what stands in `set.[…]`: eight hexadecimal digits, or a private element by creator.
    init?(specification text: String) {
        let text = text.trimmed
        if let element = Self.privateElement(text) {
            self = element
            return
        }
        guard let tag = Self.hexadecimal(text) else { return nil }
        self = .standard(tag)
    }

    /// `1234ABCD`, `1234,ABCD`, `12,34`.
    static func hexadecimal(_ text: String) -> Tag? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { String($0).trimmed }
        guard parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Self.isHexadecimal) }) else { return nil }
        switch parts.count {
        case 1:
            guard parts[0].utf8.count <= 8 else { return nil }
            return UInt32(parts[0], radix: 16).map { Tag(rawValue: $0) }
        case 2:
            guard let group = UInt16(parts[0], radix: 16), let element = UInt16(parts[1], radix: 16) else { return nil }
            return Tag(group, element)
        default: return nil
        }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    /// `9,[CREATOR]02`, `0009[CREATOR]02`; `0009,00[CREATOR]` is the creator's own element.
    private static func privateElement(_ text: String) -> CTPElement? {
        guard let open = text.firstIndex(of: "["), let close = text.lastIndex(of: "]"), open < close else { return nil }
        var group = text[..<open]
        if group.last == "," { group.removeLast() }
        let element = text[text.index(after: close)...]
        guard !group.isEmpty, group.utf8.count <= 4, let number = UInt16(group, radix: 16), number & 1 == 1,
            element.utf8.count == 2, let low = UInt8(element, radix: 16)
        else { return nil }
        var creator = text[text.index(after: open)..<close]
        while creator.last == " " { creator.removeLast() }
        while creator.first == " " { creator.removeFirst() }
        guard !creator.isEmpty, !creator.contains(where: { "{}".contains($0) }) else { return nil }
        return .privateElement(group: number, creator: String(creator), element: low)
    }

    /// As our language names it; nil for a private element without its creator, and for what no data set has.
    var attribute: ScriptAttribute? {
        switch self {
        case .standard(let tag):
            guard !tag.isDelimiter, tag.group != 0 else { return nil }
            guard !tag.isPrivate || tag.isPrivateCreator else { return nil }
            return ScriptAttribute(tag)
        case .privateElement(let group, let creator, let element):
            return ScriptAttribute(group: group, creator: creator, element: element)
        }
    }

    var tag: Tag? {
        if case .standard(let tag) = self { tag } else { nil }
    }
}

/// An attribute that a function or a filter names, with its way through sequences.
struct CTPReference {
    var attribute: ScriptAttribute
    /// The element itself, when no way leads to it.
    var element: CTPElement?
    var isKnownToCTP: Bool

    /// - Parameter names: names that a script gives to private elements.
    init?(_ text: String, names: [String: CTPElement] = [:]) {
        var text = text.trimmed
        if text.hasPrefix("root:") { text = String(text.dropFirst(5)).trimmed }
        let steps = Self.steps(of: text)
        guard let last = steps.last, let found = Self.element(last, names), var attribute = found.element.attribute
        else { return nil }
        isKnownToCTP = found.isKnown
        element = steps.count == 1 ? found.element : nil
        for step in steps.dropLast().reversed() {
            guard let sequence = Self.element(step, names), let outer = sequence.element.attribute,
                outer.isSequence || outer.vrs.isEmpty
            else { return nil }
            isKnownToCTP = isKnownToCTP && sequence.isKnown
            attribute = attribute.inFirstItem(of: outer)
        }
        self.attribute = attribute
    }

    /// The parts between `::`.
    private static func steps(of text: String) -> [String] {
        var steps: [String] = [""]
        var rest = text[...]
        while let first = rest.first {
            if rest.hasPrefix("::") {
                steps.append("")
                rest = rest.dropFirst(2)
            } else {
                steps[steps.count - 1].append(first)
                rest = rest.dropFirst()
            }
        }
        return steps.map(\.trimmed)
    }

    private static func element(
        _ text: String, _ names: [String: CTPElement]
    ) -> (element: CTPElement, isKnown: Bool)? {
        var text = text
        if let first = text.first, let last = text.last, first == "[" && last == "]" || first == "(" && last == ")" {
            text = String(text.dropFirst().dropLast()).trimmed
        }
        if let found = CTPName.find(text) { return (.standard(found.tag), found.isKnownToCTP) }
        if let named = names[text] { return (named, true) }
        return CTPElement(specification: text).map { ($0, true) }
    }
}
