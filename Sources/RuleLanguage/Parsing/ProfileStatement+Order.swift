import DICOMCore

extension ProfileStatement.Selector: Comparable {
    /// The most specific first, then by what is chosen: an order that no file can change (P4).
    public static func < (left: Self, right: Self) -> Bool {
        // Nearly all are such, of which the numbers stand in the order of their texts.
        if case .tag(let left) = left, case .tag(let right) = right { return left < right }
        let (rank, other) = (left.rank, right.rank)
        return rank != other ? rank < other : left.text < right.text
    }

    private var rank: Int {
        switch self {
        case .path: 0
        case .tag: 1
        case .privateElement: 2
        case .repeating: 3
        case .creator: 4
        case .group: 5
        case .privateGroups: 6
        case .vr: 7
        case .anything: 8
        }
    }

    private var text: String {
        switch self {
        case .path(let path): "\(path)"
        case .tag(let tag): "\(tag)"
        case .privateElement(let group, let creator, let element):
            "\(PathPattern.Element.privateElement(group: group, creator: creator, element: element))"
        case .repeating(let group, let element): "\(PathPattern.Element.repeating(group: group, element: element))"
        case .creator(let creator): creator
        case .group(let group, let repeating): hexadecimal(group) + (repeating ? "xx" : "")
        case .privateGroups, .anything: ""
        case .vr(let vr): "\(vr)"
        }
    }
}
