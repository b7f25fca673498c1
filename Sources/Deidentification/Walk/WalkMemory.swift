import DICOMCore
import DICOMDictionary
import Synchronization

/// What a walk finds out that the next one would find out again: instances of a series have the same attributes at the same
/// places, and many of the same UIDs. Nothing in it depends on more than the profile, the key and the IOD, so that what
/// comes out is the same with it and without.
struct WalkMemory {
    var paths: ItemPaths
    var uids = KnownUIDs()
    private var dummies: [UInt64: [UInt8]] = [:]

    init(iod: InformationObjectDefinitions.IOD?) { paths = ItemPaths(iod: iod) }

    /// A dummy of an attribute.
    mutating func dummy(for tag: Tag, vr: VR) -> [UInt8] {
        let key = UInt64(tag.rawValue) << 16 | UInt64(vr.code)
        if let known = dummies[key] { return known }
        let new = DummyValue.bytes(for: tag, vr: vr)
        dummies[key] = new
        return new
    }

    var isSmall: Bool { paths.isSmall && dummies.count <= 4096 }
}

/// Memories that no walk has at the moment: each thread takes one of its own.
final class WalkMemories: Sendable {
    /// Threads at work, and kinds of objects that come by turns.
    private static let most = 16

    private let free = Mutex<[WalkMemory]>([])

    func take(_ iod: InformationObjectDefinitions.IOD?) -> WalkMemory {
        let found = free.withLock { free in
            free.lastIndex { $0.paths.iod == iod }.map { free.remove(at: $0) }
        }
        return found ?? WalkMemory(iod: iod)
    }

    func give(_ memory: WalkMemory) {
        guard memory.isSmall else { return }
        free.withLock { free in
            if free.count >= Self.most { free.removeFirst() }
            free.append(memory)
        }
    }
}
