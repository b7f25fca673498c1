/// A field of a segment, as it stands: repetitions of components of subcomponents, in which delimiters are escaped.
///
/// Nothing (``isAbsent``) says nothing about what the receiver knows; the null value `""` says that there is none
/// (2.5.3): the difference between "no news" and "no longer a VIP".
public struct Field: Hashable, Sendable {
    /// Escaped; nil where bytes are not of the message's character set.
    public let raw: String?
    let delimiters: Delimiters
    let characterSet: MessageCharacterSet

    init(raw: String?, _ delimiters: Delimiters, _ characterSet: MessageCharacterSet) {
        self.raw = raw
        self.delimiters = delimiters
        self.characterSet = characterSet
    }

    public var isAbsent: Bool { raw?.isEmpty ?? false }
    public var isNull: Bool { raw == Field.null }
    public var isUnreadable: Bool { raw == nil }

    static let null = "\"\""

    /// The repetitions; none of a field that is absent, null or unreadable. One that is empty among others is there.
    public var repetitions: [Repetition] {
        guard let raw, !raw.isEmpty, !isNull else { return [] }
        return raw.utf8.split(separator: delimiters.repetition, omittingEmptySubsequences: false).map {
            Repetition(raw: String(Substring($0)), delimiters, characterSet)
        }
    }

    /// The first component of the first repetition, unescaped; empty when there is none or it cannot be read.
    public var text: String { repetitions.first?[1] ?? "" }

    /// One of several values of a field.
    public struct Repetition: Hashable, Sendable {
        public let raw: String
        private let delimiters: Delimiters
        private let characterSet: MessageCharacterSet

        init(raw: String, _ delimiters: Delimiters, _ characterSet: MessageCharacterSet) {
            self.raw = raw
            self.delimiters = delimiters
            self.characterSet = characterSet
        }

        /// A component by its number, from 1, as its first subcomponent; nil when it is absent or null.
        public subscript(_ component: Int) -> String? { subcomponent(1, of: component) }

        /// A subcomponent, both numbers from 1, unescaped; nil when it is absent or null, or cannot be read.
        public func subcomponent(_ number: Int, of component: Int) -> String? {
            let components = raw.utf8.split(separator: delimiters.component, omittingEmptySubsequences: false)
            guard component >= 1, component <= components.count else { return nil }
            let parts = components[component - 1].split(
                separator: delimiters.subcomponent, omittingEmptySubsequences: false)
            guard number >= 1, number <= parts.count else { return nil }
            let text = String(Substring(parts[number - 1]))
            guard !text.isEmpty, text != Field.null else { return nil }
            let value = EscapedText(delimiters, characterSet).unescaped(text)
            return value.flatMap { $0.isEmpty ? nil : $0 }
        }

        /// Whether any component is there.
        public var isEmpty: Bool {
            raw.utf8.allSatisfy { $0 == delimiters.component || $0 == delimiters.subcomponent }
        }
    }
}
