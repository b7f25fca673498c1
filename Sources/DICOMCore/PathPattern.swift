/// A path as rules write it: which elements of a data set are meant.
///
/// - `(0010,0020)`: at the top level. `RequestAttributesSequence/*/AccessionNumber`: in every item.
/// - `(0040,A730)/2/(0008,0100)`: in the second item. `**/PatientName`: at any depth, the top level included.
/// - `(0029,{SIEMENS CSA HEADER}10)`: private, by creator. `(60xx,3000)`: repeating groups 6000 to 601E or 60FE.
public struct PathPattern: Hashable, Sendable {
    /// What one element of the path may be.
    public enum Element: Hashable, Sendable {
        case standard(Tag)
        /// `gggg` with the low byte `ee` in whatever block the creator reserved.
        case privateElement(group: UInt16, creator: String, element: UInt8)
        /// A repeating group, `(50xx,eeee)` or `(60xx,eeee)` (PS3.5 7.6): the first group and the element.
        case repeating(group: UInt16, element: UInt16)
    }

    public enum Step: Hashable, Sendable {
        /// `**/`: any sequences and items, or none.
        case anyDepth
        /// A sequence and one of its items, counted from 1; nil for `*`, every item.
        case sequence(Element, item: Int?)
    }

    public var steps: [Step]
    public var element: Element

    public init(steps: [Step] = [], element: Element) {
        self.steps = steps
        self.element = element
    }

    public init(_ tag: Tag) { self.init(element: .standard(tag)) }

    /// Whether the path names one place: no `**`, no `*`.
    public var isExact: Bool {
        steps.allSatisfy { step in
            if case .sequence(_, .some) = step { true } else { false }
        }
    }

    /// Whether the first element is of group 0002.
    public var isFileMeta: Bool {
        guard steps.isEmpty, case .standard(let tag) = element else { return false }
        return tag.group == 0x0002
    }
}

extension PathPattern.Element: CustomStringConvertible {
    public var description: String {
        switch self {
        case .standard(let tag): "\(tag)"
        case .privateElement(let group, let creator, let element):
            "(\(hexadecimal(group)),{\(creator)}\(hexadecimal(UInt16(element)).suffix(2)))"
        case .repeating(let group, let element): "(\(hexadecimal(group).prefix(2))xx,\(hexadecimal(element)))"
        }
    }
}

extension PathPattern: CustomStringConvertible {
    public var description: String {
        let prefix = steps.map { step in
            switch step {
            case .anyDepth: "**/"
            case .sequence(let element, let item): "\(element)/\(item.map(String.init) ?? "*")/"
            }
        }
        return prefix.joined() + "\(element)"
    }
}
