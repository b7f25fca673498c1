/// A person name (PS3.5 6.2.1): up to three groups of up to five components. Reading loses nothing and never fails: what
/// goes beyond the fifth component or the third group stays in the last one, with its delimiter.
public struct PersonName: Hashable, Sendable {
    /// PS3.5 6.2.1.2: the same name as letters, as ideographs, and as it is spoken.
    public enum Group: String, Hashable, Sendable, CaseIterable { case alphabetic, ideographic, phonetic }
    /// PS3.5 6.2.1.1, in order.
    public enum Component: String, Hashable, Sendable, CaseIterable { case family, given, middle, prefix, suffix }

    /// The components of one group, without surrounding blanks.
    public struct ComponentGroup: Hashable, Sendable {
        private var components: [String]

        init(_ text: Substring) { components = parts(text, at: UInt8(ascii: "^"), atMost: 5).map(trimmed) }

        public subscript(component: Component) -> String {
            let index = Component.allCases.firstIndex(of: component) ?? 0
            return index < components.count ? components[index] : ""
        }

        public var isEmpty: Bool { components.allSatisfy(\.isEmpty) }

        /// Components joined by `^`, without delimiters at the end.
        public var canonical: String { joined(components, by: UInt8(ascii: "^")) }
    }

    private var groups: [ComponentGroup]

    public init(_ text: String) {
        groups = parts(text[...], at: UInt8(ascii: "="), atMost: 3).map(ComponentGroup.init)
    }

    public subscript(group: Group) -> ComponentGroup {
        let index = Group.allCases.firstIndex(of: group) ?? 0
        return index < groups.count ? groups[index] : ComponentGroup("")
    }

    /// The form in which names are compared: no blanks around components, no delimiters at the end of a group or of the
    /// name (PS3.5 6.2.1.1: they may be left out and mean the same).
    public var canonical: String { joined(groups.map(\.canonical), by: UInt8(ascii: "=")) }
}

/// Split at bytes, which are the delimiters' own in UTF-8: one that a combining mark follows is a delimiter still.
private func parts(_ text: Substring, at delimiter: UInt8, atMost count: Int) -> [Substring] {
    text.utf8.split(separator: delimiter, maxSplits: count - 1, omittingEmptySubsequences: false).map(Substring.init)
}

/// Joined, with trailing delimiters gone, also those within a last part that holds more than one.
private func joined(_ parts: [String], by delimiter: UInt8) -> String {
    var bytes: [UInt8] = []
    for (index, part) in parts.enumerated() {
        if index > 0 { bytes.append(delimiter) }
        bytes += part.utf8
    }
    while bytes.last == delimiter { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
}

/// Without blanks (U+0020) around it: the only character that PS3.5 6.2 pads with.
func trimmed(_ text: Substring) -> String {
    let utf8 = text.utf8
    guard let first = utf8.firstIndex(where: { $0 != 0x20 }), let last = utf8.lastIndex(where: { $0 != 0x20 }) else {
        return ""
    }
    return String(Substring(utf8[first...last]))
}
