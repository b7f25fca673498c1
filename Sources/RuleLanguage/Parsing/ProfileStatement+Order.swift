import DICOMCore

extension ProfileStatement.Selector: Comparable {
    /// The most specific first, then by what is chosen: an order that no file can change (P4).
    public static func < (left: Self, right: Self) -> Bool { left.order < right.order }

    /// What a selector is sorted by: whoever sorts many makes it once for each.
    struct Order: Comparable {
        let rank: Int
        /// Of a tag, which most selectors are: their numbers stand in the order of their texts.
        let tag: Tag
        let text: String

        static func < (left: Self, right: Self) -> Bool {
            if left.rank != right.rank { return left.rank < right.rank }
            return left.tag != right.tag ? left.tag < right.tag : left.text < right.text
        }
    }

    var order: Order {
        if case .tag(let tag) = self { return Order(rank: rank, tag: tag, text: "") }
        return Order(rank: rank, tag: Tag(rawValue: 0), text: text)
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
