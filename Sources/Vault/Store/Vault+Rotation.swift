import Glibc
import Host

/// What a rotation of keys did.
public struct RotationReport: Hashable, Sendable {
    /// The id of the key that all new objects, and now all others, are wrapped with.
    public var key: String
    /// Envelopes that were wrapped anew.
    public var rewrapped = 0
    /// Envelopes that had the key already.
    public var current = 0
    /// Names of objects whose envelope cannot be opened; `cordon vault fsck` says why.
    public var failed: [String] = []
    /// Folders of places that are not there.
    public var absent: [String] = []
    /// Ids of keys that nothing needs any more, now in `keys/retired/`.
    public var retired: [String] = []

    /// Whether every envelope has the key now.
    public var isComplete: Bool { failed.isEmpty && absent.isEmpty }
}

extension Vault {
    /// Makes a new site key and wraps the data key of every object with it; one that was interrupted is continued. No
    /// object is written again. Old keys are put aside when no envelope needs them, and not before.
    /// - Parameter progress: told the buckets that are done, and how many there are.
    public func rotate(progress: (Int, Int) -> Void = { _, _ in }) throws(VaultError) -> RotationReport {
        guard mode == .encrypted else {
            throw VaultError(.arguments, "the vault does not encrypt, so it has no keys to rotate")
        }
        let report = try locks.holdIfFree(.rotation) { () throws(VaultError) in
            guard let before = try reloadKeys() else {
                throw VaultError(.key, "the keys of the vault are gone; restore them from your backup")
            }
            // Several keys that wrap: a rotation was cut short.
            if before.wrapping.count == 1 {
                let last = (before.wrapping + before.retired).map(\.number).max() ?? 0
                try keyFolder.add(.made(.wrapping, number: last + 1))
            }
            guard let ring = try reloadKeys() else { throw VaultError(.key, "the new key cannot be read") }
            return try rewrap(ring, progress)
        }
        guard let report else { throw VaultError(.arguments, "another process rotates keys; wait until it has ended") }
        return report
    }

    private func rewrap(_ ring: KeyRing, _ progress: (Int, Int) -> Void) throws(VaultError) -> RotationReport {
        var report = RotationReport(key: ring.current.id)
        let places = try places()
        for (number, place) in places.enumerated() {
            guard place.isHome || place.isThere(vault: id) else {
                report.absent.append(place.path)
                continue
            }
            for bucket in Place.buckets {
                let names = try VaultError.wrapping("the vault's folders cannot be read") { () throws(SystemError) in
                    try FolderListing.names(in: place.bucket(bucket))
                }
                var changed = false
                for file in names where file.hasSuffix(Place.envelopeSuffix) {
                    let name = ObjectName(
                        ObjectName.bucketName(bucket) + file.dropLast(Place.envelopeSuffix.utf8.count))
                    guard let name else { continue }
                    if try rewrap(name, in: place, ring, &report) { changed = true }
                }
                if changed {
                    try VaultError.wrapping("envelopes cannot be brought to disk") { () throws(SystemError) in
                        try FileSystem.flushFolder(place.bucket(bucket))
                    }
                }
                progress(number * Place.buckets.count + bucket + 1, places.count * Place.buckets.count)
            }
        }
        guard report.isComplete else { return report }
        for key in ring.wrapping.dropLast() {
            try keyFolder.retire(key)
            report.retired.append(key.id)
        }
        _ = try reloadKeys()
        return report
    }

    /// Whether the envelope was replaced.
    private func rewrap(
        _ name: ObjectName, in place: Place, _ ring: KeyRing, _ report: inout RotationReport
    ) throws(VaultError) -> Bool {
        var outcome = RotationReport(key: ring.current.id)
        let changed = try locks.hold(.bucket(name.bucket)) { () throws(VaultError) in
            let bytes = try VaultError.wrapping("an envelope cannot be read") { () throws(SystemError) in
                try FolderListing.bytes(place.envelope(name), limit: 4096)
            }
            // Removed or moved since; a place is gone through after the one that things are moved from.
            guard let bytes else { return false }
            guard let envelope = try? KeyEnvelope(bytes, vault: id, name: name, ring: ring) else {
                outcome.failed.append(name.text)
                return false
            }
            if KeyEnvelope.keyID(bytes) == ring.current.id {
                outcome.current += 1
                return false
            }
            let text = try envelope.text(vault: id, name: name, key: ring.current)
            try VaultError.wrapping("an envelope cannot be written") { () throws(SystemError) in
                let file = try TemporaryFile(in: place.temporary, name: "envelope")
                try file.write(text)
                try file.finish(mode: 0o400)
                try file.replace(place.envelope(name))
            }
            outcome.rewrapped += 1
            return true
        }
        report.failed += outcome.failed
        report.current += outcome.current
        report.rewrapped += outcome.rewrapped
        return changed
    }
}
