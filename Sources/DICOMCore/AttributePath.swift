/// Where an element lies in a data set: the sequences and items (counted from 1, as PS3.5 does) that lead to it, and its
/// own tag. Printed `(0040,A730)/2/(0008,0100)`.
public struct AttributePath: Hashable, Sendable {
    public struct Step: Hashable, Sendable {
        public var sequence: Tag
        /// From 1.
        public var item: Int

        public init(sequence: Tag, item: Int) {
            self.sequence = sequence
            self.item = item
        }
    }

    public var steps: [Step]
    /// Nil at an item itself, or where an element was expected and none was read.
    public var tag: Tag?

    public init(steps: [Step] = [], tag: Tag? = nil) {
        self.steps = steps
        self.tag = tag
    }

    public static let root = AttributePath()

    /// The tags alone, without item numbers: what IOD tables and profiles speak of.
    public var tags: [Tag] { steps.map(\.sequence) + (tag.map { [$0] } ?? []) }
}

extension AttributePath: CustomStringConvertible {
    public var description: String {
        if steps.isEmpty { return tag?.description ?? "" }
        var parts = steps.map { "\($0.sequence)/\($0.item)" }
        if let tag { parts.append("\(tag)") }
        return parts.joined(separator: "/")
    }
}

extension AttributePath: Comparable {
    public static func < (left: AttributePath, right: AttributePath) -> Bool {
        for (a, b) in zip(left.steps, right.steps) where a != b {
            return (a.sequence.rawValue, a.item) < (b.sequence.rawValue, b.item)
        }
        if left.steps.count != right.steps.count {
            // An element lies before or after the sequence in the shorter path, by its tag.
            let longer = left.steps.count > right.steps.count
            let next = longer ? left.steps[right.steps.count].sequence : right.steps[left.steps.count].sequence
            let own = (longer ? right.tag : left.tag) ?? Tag(0, 0)
            return longer ? next < own : own <= next
        }
        return (left.tag ?? Tag(0, 0)) < (right.tag ?? Tag(0, 0))
    }
}
