import DICOMCore
import DICOMDictionary

/// The paths of sequences that walks have met, each with a number, and what becomes of attributes there: what the IOD says of
/// them and the profile. A thousand frames have a thousand items and one path, so that no path is built twice and no Type is
/// looked up twice; and the next image of the series has the same paths.
struct ItemPaths {
    /// The top level.
    static let root: Int32 = 0

    /// What becomes of an attribute at a place, whatever its value.
    struct Standing: Sendable {
        /// By dictionary.
        var known: VR?
        var treatment: Treatment
        /// What the treatment comes to; nil where that hangs on more than the place.
        var disposal: Disposal?
    }

    let iod: InformationObjectDefinitions.IOD?
    private var parents: [Int32] = [-1]
    private var tags: [Tag] = [Tag(0, 0)]
    private var children: [UInt64: Int32] = [:]
    private var requirements: [UInt64: Requirement] = [:]
    private var standings = PlaceTable<Standing>()

    init(iod: InformationObjectDefinitions.IOD?) { self.iod = iod }

    /// Whether this is worth keeping: a data set that was made to be large is not to stay in memory (P9).
    var isSmall: Bool { parents.count <= 1024 && standings.count <= 16_384 && requirements.count <= 16_384 }

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

    /// What becomes of an attribute of the standard that no statement with a path names.
    mutating func standing(of tag: Tag, at path: Int32, under profile: CompiledProfile) -> Standing {
        let key = Self.key(path, tag)
        if let known = standings[key] { return known }
        let known = StandardDictionary.vr(of: tag)
        let treatment = profile.treatment(of: tag, vr: known ?? .UN)
        var standing = Standing(known: known, treatment: treatment)
        switch treatment {
        case .encrypt, .clean: break
        default:
            let requirement = treatment.needsRequirement ? requirement(of: tag, at: path) : Requirement.nothing
            standing.disposal = profile.disposal(treatment, for: requirement)
        }
        standings[key] = standing
        return standing
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

/// Numbers to values, found in one or two steps. Open addressing over a table that is at most half full, and grows.
struct PlaceTable<Value: Sendable>: Sendable {
    private var keys: [UInt64] = []
    private var values: [Value?] = []
    private(set) var count = 0

    /// No place: (FFFF,FFFF) is no tag of any element (PS3.5 7.8).
    private static var free: UInt64 { .max }

    subscript(key: UInt64) -> Value? {
        get {
            guard count > 0 else { return nil }
            let mask = keys.count - 1
            var slot = Self.slot(key, mask)
            while true {
                if keys[slot] == key { return values[slot] }
                if keys[slot] == Self.free { return nil }
                slot = (slot + 1) & mask
            }
        }
        set {
            guard key != Self.free else { return }
            if (count + 1) * 2 > keys.count { grow() }
            let slot = place(key)
            if keys[slot] == Self.free { count += 1 }
            keys[slot] = key
            values[slot] = newValue
        }
    }

    /// Where a key is, or belongs.
    private func place(_ key: UInt64) -> Int {
        let mask = keys.count - 1
        var slot = Self.slot(key, mask)
        while keys[slot] != Self.free, keys[slot] != key { slot = (slot + 1) & mask }
        return slot
    }

    private mutating func grow() {
        let (oldKeys, oldValues) = (keys, values)
        let size = max(512, keys.count * 2)
        keys = [UInt64](repeating: Self.free, count: size)
        values = [Value?](repeating: nil, count: size)
        for (index, key) in oldKeys.enumerated() where key != Self.free {
            let slot = place(key)
            keys[slot] = key
            values[slot] = oldValues[index]
        }
    }

    /// Fibonacci hashing.
    private static func slot(_ key: UInt64, _ mask: Int) -> Int {
        Int(truncatingIfNeeded: key &* 0x9E37_79B9_7F4A_7C15 >> 32) & mask
    }
}
