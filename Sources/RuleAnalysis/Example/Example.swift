public import DICOMCore
import DICOMDictionary
public import RuleEngine
public import RuleLanguage

/// A data set, made to show something: what is in it, where it came from, and what the registry says of it.
public struct Example: Sendable, Hashable {
    public var elements: [Element] = []
    public var preamble = Condition.Preamble.zero
    public var source = Condition.Source()
    /// What its digital signatures come to; nil where nobody has looked.
    public var signature: Condition.Signature?
    /// What the registry says; nothing when it is nil.
    public var known: RegistryKnowledge?
    /// Attributes at the top level that it must be without, sorted.
    public var absent: [Tag] = []

    public init() {}

    /// An element, or what matters of it.
    public struct Element: Sendable, Hashable {
        public var element: PathPattern.Element
        public var vr: VR
        public var content: Content

        public init(element: PathPattern.Element, vr: VR, content: Content) {
            self.element = element
            self.vr = vr
            self.content = content
        }
    }

    public indirect enum Content: Sendable, Hashable {
        case empty
        /// Bytes that nobody can read as what stands there.
        case unreadable
        case values([Value])
        case items([[Element]])
    }

    public struct Value: Sendable, Hashable {
        public var text: String
        /// The list that it was taken from: it names somebody.
        public var list: String?

        public init(text: String, list: String? = nil) {
            self.text = text
            self.list = list
        }
    }
}

extension Example {
    /// Whether a value in it is a row of a list.
    public var namesSomebody: Bool { elements.contains(where: \.namesSomebody) }

    /// On one line: `Modality CT, PatientID absent`. Rows of lists are shown as what they are, unless values may be.
    public func words(showingValues: Bool = false) -> String {
        var parts = elements.map { $0.words(showingValues: showingValues) }
        if preamble != .zero { parts.append("preamble \(preamble.rawValue)") }
        let fields = [
            ("AE title", source.aeTitle), ("address", source.address), ("user", source.user), ("role", source.role),
        ]
        for case (let name, let value?) in fields { parts.append("from \(name) \(value)") }
        if let signature { parts.append("signature \(signature.rawValue)") }
        for hold in known?.holds ?? [] {
            parts.append("held in the matter \(hold.matter)\(hold.isCertain ? "" : ", perhaps")")
        }
        for label in known?.labels ?? [] {
            parts.append("the registry says \(label.name)\(label.isCertain ? "" : ", uncertainly")")
        }
        return parts.isEmpty ? "a data set of which nothing matters" : parts.joined(separator: ", ")
    }
}

extension Example.Element {
    var namesSomebody: Bool {
        switch content {
        case .values(let values): values.contains { $0.list != nil }
        case .items(let items): items.joined().contains(where: \.namesSomebody)
        case .empty, .unreadable: false
        }
    }

    var name: String {
        if case .standard(let tag) = element, let entry = StandardDictionary.entry(for: tag), !entry.keyword.isEmpty {
            return entry.keyword
        }
        return "\(element)"
    }

    func words(showingValues: Bool) -> String {
        switch content {
        case .empty: "\(name) empty"
        case .unreadable: "\(name) unreadable"
        case .values(let values):
            "\(name) "
                + values.map { value in
                    if let list = value.list, !showingValues { return "‹a row of \(list)›" }
                    return "\"\(value.text)\""
                }.joined(separator: " and ")
        case .items(let items):
            "\(name) ["
                + items.map { $0.map { $0.words(showingValues: showingValues) }.joined(separator: ", ") }
                .joined(separator: "] [") + "]"
        }
    }
}
