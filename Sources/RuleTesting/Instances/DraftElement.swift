import DICOMCore
import RuleLanguage

/// An element of a data set as a test writes it.
struct DraftElement {
    enum Value {
        case text([String])
        case bytes([UInt8])
        /// Stored as UN, its items are in implicit VR (PS3.5 6.2.2).
        case items([[DraftElement]], isUnknown: Bool)
        /// There, and nobody can read it.
        case unreadable
    }

    /// A standard tag, or a private element by creator.
    var element: PathPattern.Element
    var vr: VR
    var value: Value
    var place: Place
}

extension [DraftElement] {
    /// With these in place of what they name, and the rest behind.
    func replaced(by others: [DraftElement]) -> [DraftElement] {
        let names = Set(others.map(\.element))
        return filter { !names.contains($0.element) } + others
    }

    func text(_ tag: Tag) -> [String]? {
        for draft in self where draft.element == .standard(tag) {
            if case .text(let values) = draft.value { return values }
        }
        return nil
    }

    func contains(_ tag: Tag) -> Bool { contains { $0.element == .standard(tag) } }

    /// Whether any text in it, at any depth, is not ASCII.
    var hasOtherLetters: Bool {
        contains { draft in
            switch draft.value {
            case .text(let values): values.contains { !$0.utf8.allSatisfy { $0 < 0x80 } }
            case .items(let items, _): items.contains(where: \.hasOtherLetters)
            case .bytes, .unreadable: false
            }
        }
    }
}
