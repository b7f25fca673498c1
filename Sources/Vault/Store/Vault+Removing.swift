import Glibc
public import Host
public import Registry

/// What a removal came to.
public struct RemovalReport: Hashable, Sendable {
    /// Digests of what was removed, sorted.
    public var removed: [String] = []
    /// Digests of what was permitted to go and was not there.
    public var absent: [String] = []
    /// Digests of what has been received again meanwhile, and stays.
    public var receivedAgain: [String] = []
    /// The leaf on the custody log that tells of it.
    public var leaf: Int?
}

extension Vault {
    /// Removes bytes that the registry permits to remove: it decides and records first (P6), then they go. A crash in
    /// between is made good by `finishRemovals(_:)`.
    ///
    /// - Throws: `RegistryError` with code `forbidden` while a hold or a retention covers one of them: then all stay.
    public func remove(
        _ digests: [String], asking registry: Registry, by person: Person, reason: String, at time: Instant
    ) throws -> RemovalReport {
        // Dropped, it is crossed out; a crash leaves it.
        let intention = try intention(to: digests.map { try name(of: $0) })
        defer { intention.remove() }
        let permit = try registry.perform(.delete, on: .bytes(digests), by: person, reason: reason, at: time)
        return try remove(permit, registry)
    }

    /// Removes what a permit is about, unless it has been received again since.
    public func remove(_ permit: RemovalPermit, _ registry: Registry) throws -> RemovalReport {
        guard permit.act == .delete || permit.act == .overwrite || permit.act == .coerce else {
            throw VaultError(.forbidden, "the permit is not one to remove bytes")
        }
        var report = RemovalReport(leaf: permit.leaf)
        for digest in permit.digests {
            var stands = false
            let isRemoved = try remove(digest) {
                stands = try registry.state(of: digest) == .removed
                return stands
            }
            if isRemoved {
                report.removed.append(digest)
            } else if stands {
                report.absent.append(digest)
            } else {
                report.receivedAgain.append(digest)
            }
        }
        return report
    }

    /// Goes on with removals that were permitted and then cut short. To be called at the start, before anything else is
    /// removed; costs nothing when there are none.
    @discardableResult
    public func finishRemovals(_ registry: Registry) throws -> RemovalReport {
        var report = RemovalReport()
        guard isWritable else { return report }
        let texts = try VaultError.wrapping("the list of removals cannot be read") { () throws(SystemError) in
            try FolderListing.names(in: removals)
        }
        for text in texts {
            let path = "\(removals)/\(text)"
            // Somebody is at it.
            guard let file = TemporaryFile.abandoned(path) else { continue }
            let bytes = try FolderListing.bytes(of: file, limit: 1 << 26)
            // One that was not written to its end was never acted upon.
            for value in CheckedText(bytes, title: Self.removalTitle)?.values("object") ?? [] {
                guard let name = ObjectName(value), let digest = try digest(of: name),
                    try remove(digest, while: { try registry.state(of: digest) == .removed })
                else { continue }
                report.removed.append(digest)
            }
            try FileSystem.remove(path)
        }
        report.removed.sort()
        return report
    }

    // An intention is a file in `removals/` that says which objects somebody asks to remove. It outlasts its maker, and
    // says where to look; what it says is checked with the registry.

    private static let removalTitle = "cordon vault removal 1"
    private var removals: String { home.path + "/removals" }

    private func intention(to names: [ObjectName]) throws(VaultError) -> TemporaryFile {
        try VaultError.wrapping("a removal cannot be written down") { () throws(SystemError) in
            try FileSystem.makeFolder(removals, mode: 0o700)
            let file = try TemporaryFile(in: removals, name: "removal")
            let lines = names.map { CheckedText.Line("object", $0.text) }
            try file.write(CheckedText(title: Self.removalTitle, lines: lines).text)
            try file.finish(mode: 0o600)
            try FileSystem.flushFolder(removals)
            try FileSystem.flushFolder(home.path)
            return file
        }
    }

    /// Removes an object from all places, with its envelope.
    ///
    /// - Parameter stands: asks, while nobody can bring the object, whether the permit still stands: the same bytes may
    ///   have been received again since it was given. Nothing is removed unless it does.
    /// - Returns: whether there was anything to remove, and it was.
    func remove(_ digest: String, while stands: () throws -> Bool) throws -> Bool {
        let name = try name(of: digest)
        let places = try places()
        if let absent = places.first(where: { !$0.isHome && !$0.isThere(vault: id) }) { throw Self.absent(absent) }
        let result = try locks.hold(.bucket(name.bucket)) { () throws(VaultError) in
            Result { () throws -> Bool in
                guard try stands() else { return false }
                var found = false
                for place in places { found = try remove(name, from: place) || found }
                return found
            }
        }
        return try result.get()
    }

    /// The caller holds the lock of the bucket. The object goes before its envelope: what a crash leaves is an envelope
    /// that has a second name in `temporary/`, and goes with it when the next process tidies up.
    func remove(_ name: ObjectName, from place: Place) throws(VaultError) -> Bool {
        let size = FileSystem.status(place.object(name)).map { Int64($0.st_size) }
        try VaultError.wrapping("an object cannot be removed") { () throws(SystemError) in
            let remains = "\(place.temporary)/\(name.text)\(Place.envelopeSuffix).removed"
            try place.unlink(remains)
            // A file system without hard links leaves an envelope alone after a crash, and the check says so.
            _ = Glibc.link(place.envelope(name), remains)
            try place.unlink(place.object(name))
            try place.unlink(place.envelope(name))
            try FileSystem.flushFolder(place.bucket(name.bucket))
            try place.unlink(remains)
        }
        if place.isHome, let size { try room.give(size) }
        return size != nil
    }
}
