internal import Glibc
internal import Host

/// A bag (RFC 8493) in the making, in `OUT.partial` beside where it will be. It is no bag before its last file,
/// `bagit.txt`, is there, and it gets its name when everything is on the disk: whoever looks sees a whole bag or none.
///
/// What an interrupted export left under the temporary name is removed by the next to the same place.
package final class BagFolder {
    package let finalPath: String
    package let path: String
    private let lock: Descriptor
    private var loose: [String: BagFile.Digests] = [:]
    private var runs: [ManifestRun] = []
    private var folders: Set<String> = []
    private var isFinished = false
    package private(set) var payloadSize = 0
    package private(set) var payloadCount = 0

    package static let declaration = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    /// What is listed in the second list of tag files alone: it tells what the first list is.
    package static let receipt = "receipt/"

    /// - Throws: `ProductionError` when something is there already, or somebody else is writing there.
    package init(at finalPath: String) throws(ProductionError) {
        var trimmed = Substring(finalPath)
        while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
        self.finalPath = String(trimmed)
        path = self.finalPath + ".partial"
        guard FileSystem.status(self.finalPath) == nil else {
            throw ProductionError(.arguments, "OUT is there already; name a folder that is not")
        }
        do throws(SystemError) {
            try FileSystem.makeFolder(path, mode: 0o700)
            let number = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
            guard number >= 0 else { throw .last("open") }
            lock = Descriptor(number)
        } catch {
            throw ProductionError(writing: error)
        }
        guard flock(lock.number, LOCK_EX | LOCK_NB) == 0 else {
            throw ProductionError(.arguments, "another export is writing to OUT; wait for it, or name another folder")
        }
        try Self.empty(PathBytes(path))
    }

    deinit {
        guard !isFinished else { return }
        try? Self.empty(PathBytes(path))
        rmdir(path)
    }

    // MARK: - Files

    /// The place of a file in the folder of now.
    package func place(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file. Names are relative, with slashes, and made by us: letters, digits, `-`, `_`, `.`.
    ///
    /// - Parameter run: where its digests are noted; nil for one of the few files that are not one of many.
    @discardableResult
    package func file(
        _ name: String, in run: ManifestRun? = nil, _ body: (BagFile) throws -> Void
    ) throws -> (digests: BagFile.Digests, size: Int) {
        try makeFolders(of: name)
        let digests: BagFile.Digests
        let size: Int
        do {
            let file = try BagFile(path: place(name))
            try body(file)
            digests = try file.finish()
            size = file.size
        } catch let error as SystemError {
            throw ProductionError(writing: error)
        }
        if name.hasPrefix("data/") {
            payloadSize += size
            payloadCount += 1
        }
        if let run { try run.add(name, digests) } else { loose[name] = digests }
        return (digests, size)
    }

    @discardableResult
    package func file(_ name: String, _ text: String) throws -> BagFile.Digests {
        try file(name) { try $0.write(text) }.digests
    }

    @discardableResult
    package func file(_ name: String, _ bytes: [UInt8]) throws -> BagFile.Digests {
        try file(name) { try $0.write(bytes) }.digests
    }

    /// Removes a folder that was made by somebody else for work in between.
    package func discard(_ name: String) {
        try? Self.empty(PathBytes(place(name)))
        rmdir(place(name))
    }

    /// A place for the digests of many files whose names ascend and begin with the same words.
    package func run(_ prefix: String) throws -> ManifestRun {
        let run = try ManifestRun(prefix: prefix, folder: path)
        runs.append(run)
        return run
    }

    private func makeFolders(of name: String) throws {
        var folder = path
        for part in name.split(separator: "/").dropLast() {
            folder += "/" + part
            guard folders.insert(folder).inserted else { continue }
            let here = folder
            try Self.wrapping { () throws(SystemError) in try FileSystem.makeFolder(here, mode: 0o700) }
        }
    }

    // MARK: - Lists

    /// Writes the lists of the payload's digests.
    ///
    /// - Returns: the SHA-256 of `manifest-sha256.txt`.
    package func writePayloadManifests() throws -> String {
        try writeList("manifest-sha512.txt", .sha512, true)
        return try writeList("manifest-sha256.txt", .sha256, true).sha256
    }

    /// Writes the first list of tag files. The receipt is not there yet.
    ///
    /// - Returns: its SHA-256, which stands for all of the bag.
    package func writeTagManifest() throws -> String {
        // Declared last, and known before.
        loose["bagit.txt"] = BagFile.Digests(
            sha256: ContentDigest(of: Self.declaration.utf8).hexadecimal,
            sha512: ManifestRun.sha512(Array(Self.declaration.utf8)))
        return try writeList("tagmanifest-sha256.txt", .sha256, false).sha256
    }

    /// Every path and digest of payload or tag files, ascending.
    @discardableResult
    private func writeList(
        _ name: String, _ algorithm: ManifestRun.Algorithm, _ isPayload: Bool
    ) throws -> BagFile.Digests {
        let names = loose.keys.filter {
            $0.hasPrefix("data/") == isPayload && !$0.hasPrefix("tagmanifest-")
                && !(algorithm == .sha256 && $0.hasPrefix(Self.receipt))
        }
        let parts = runs.filter { $0.prefix.hasPrefix("data/") == isPayload }
        let order = (names + parts.map(\.prefix)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return try file(name) { file in
            for name in order {
                if let digests = loose[name] {
                    try file.write("\(algorithm.of(digests))  \(name)\n")
                } else if let run = parts.first(where: { $0.prefix == name }) {
                    try run.forEach { name, digests in try file.write("\(algorithm.of(digests))  \(name)\n") }
                }
            }
        }.digests
    }

    /// Ends the bag, when the receipt is there: the last list, the declaration, everything to the disk, the name.
    package func finish() throws {
        try writeList("tagmanifest-sha512.txt", .sha512, false)
        try file("bagit.txt", Self.declaration)
        try Self.wrapping { () throws(SystemError) in
            for folder in folders.sorted() { try FileSystem.flushFolder(folder) }
            try FileSystem.flushFolder(path)
            // The system refuses to put a folder over anything but an empty folder.
            try FileSystem.rename(path, to: finalPath)
            isFinished = true
            try FileSystem.flushFolder(PathBytes(finalPath).folder.text)
        }
    }

    // MARK: - Help

    private static func wrapping<Value>(_ body: () throws(SystemError) -> Value) throws(ProductionError) -> Value {
        do throws(SystemError) { return try body() } catch { throw ProductionError(writing: error) }
    }

    /// Removes what is in a folder; links are removed, not followed.
    private static func empty(_ folder: PathBytes) throws(ProductionError) {
        guard let listing = folder.withCString({ opendir($0) }) else { return }
        defer { closedir(listing) }
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name == [PathBytes.dot] || name == [PathBytes.dot, PathBytes.dot] { continue }
            let place = folder.appending(name)
            if place.withCString({ unlink($0) }) == 0 { continue }
            try empty(place)
            guard place.withCString({ rmdir($0) }) == 0 else { throw ProductionError(writing: .last("rmdir")) }
        }
    }
}
