import DICOMCore
import DICOMDictionary

/// The paths of sequences that a walk has met, each with a number, and what the IOD says of attributes there. A thousand
/// frames have a thousand items and one path, so that no path is built twice and no Type is looked up twice.
struct ItemPaths {
    /// The top level.
    static let root: Int32 = 0

    private var parents: [Int32] = [-1]
    private var tags: [Tag] = [Tag(0, 0)]
    private var children: [UInt64: Int32] = [:]
    private var requirements: [UInt64: Requirement] = [:]
    private let iod: InformationObjectDefinitions.IOD?

    init(iod: InformationObjectDefinitions.IOD?) { self.iod = iod }

    private static func key(_ path: Int32, _ tag: Tag) -> UInt64 {
        UInt64(UInt32(bitPattern: path)) << 32 | UInt64(tag.rawValue)
    }

    /// The path within the items of a sequence.
    mutating func path(within sequence: Tag, at path: Int32) -> Int32 {
        let key = Self.key(path, sequence)
        if let known = children[key] { return known }
        let new = Int32(parents.count)
        parents.append(path)
        tags.append(sequence)
        children[key] = new
        return new
    }

    /// What the IOD asks of an attribute; nil when there is no IOD to ask.
    mutating func requirement(of tag: Tag, at path: Int32) -> Requirement? {
        guard let iod else { return nil }
        let key = Self.key(path, tag)
        if let known = requirements[key] { return known }
        var steps = [tag]
        var current = path
        while current != Self.root {
            steps.append(tags[Int(current)])
            current = parents[Int(current)]
        }
        let found = Requirement(InformationObjectDefinitions.type(of: steps.reversed(), in: iod))
        requirements[key] = found
        return found
    }
}
