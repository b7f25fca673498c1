internal import Glibc
internal import Host

/// What a site remembers: every instance that came, what was decided, labelled, held and kept, and who did what with it.
///
/// All that changes it goes through a verb of its own, which writes the records and their leaf on the custody log in one
/// transaction: when a verb returns, both are on the disk. What holds and retentions forbid (P6) is decided in one place,
/// `perform(_:on:by:reason:at:)`, in the transaction that records the act. It reads no clock: whoever calls says when it is.
///
/// ## Topics
/// - Instances: `receive(_:by:)`, `instance(_:)`, `instances(sopInstanceUID:)`, `instances(inStudy:)`, `instances(matching:)`
/// - Decisions: `record(_:)`, `decisions(ofInstance:)`
/// - Labels: `label(_:on:source:reason:by:at:)`, `withdraw(label:reason:by:at:)`, `labels(for:at:)`
/// - Holds: `place(_:by:at:)`, `review(hold:reason:next:by:at:)`, `requestRelease(ofHold:reason:by:at:)`,
///   `approveRelease(ofHold:reason:by:at:)`, `holds(inForceFor:at:)`
/// - Retention: `retain(_:until:mode:reason:by:at:)`, `extend(retention:until:reason:by:at:)`,
///   `shorten(retention:until:reason:by:bypassingGovernance:at:)`
/// - P6: `perform(_:on:by:reason:at:)`
/// - Broken glass: `breakGlass(_:by:at:)`, `end(grant:reason:by:at:)`, `review(grant:isJustified:remark:by:at:)`, `grants(runningFor:at:)`
/// - Studies: `record(ofStudy:ruleSet:)`, `reach(of:)`
/// - Lists: `change(list:columns:adding:removing:reason:by:at:)`, `list(_:)`
/// - Others: `record(_:about:)`, `activate(ruleSet:revision:digest:tier:reason:by:goingBack:at:)`, `erase(_:reason:by:at:)`
/// - The log: `readLog(_:)`
public final class Registry: Sendable {
    package let storage: any RegistryStorage

    package init(storage: any RegistryStorage) { self.storage = storage }

    /// The file in a registry's folder.
    package static let fileName = "registry.sqlite"

    /// Whether there is a registry in a folder.
    public static func isThere(in folder: String) -> Bool { FileSystem.status(folder + "/" + fileName) != nil }

    /// Opens the registry in a folder.
    ///
    /// - Parameter making: both are made, for their owner alone, when they are not there. Whoever only looks makes nothing.
    /// - Throws: `RegistryError`.
    public static func open(_ folder: String, making: Bool = true) throws -> Registry {
        guard making || isThere(in: folder) else {
            throw RegistryError(
                .unknown, "there is no registry in this folder", advice: "give the folder of one")
        }
        try SQLiteStorage.translated {
            guard mkdir(folder, 0o700) != 0 else {
                return try FileSystem.flushFolder(PathBytes(folder).absolute.folder.text)
            }
            switch errno {
            case EEXIST: break
            case ENOENT:
                throw RegistryError(
                    .invalid, "the folder in which that of the registry is to be made is not there",
                    advice: "make it, or give another")
            default: throw SystemError.last("mkdir")
            }
        }
        return Registry(storage: try SQLiteStorage(path: folder + "/" + fileName))
    }
}
