import Host
import Glibc
import Inputs

/// The output folder, held by one run at a time.
///
///     released/      what may leave
///     sequestered/   originals of what may not, each with its reason
///     decisions.jsonl
///     .cordon/       the run's own: lock, identity, journal, files not finished
final class OutputFolder: Sendable {
    let path: String
    private let lock: Descriptor

    /// The run's own folder, which only its owner may read.
    var ownFolder: String { "\(path)/.cordon" }
    var temporaryFolder: String { "\(path)/.cordon/tmp" }
    var journalPath: String { "\(path)/.cordon/journal" }
    var identityPath: String { "\(path)/.cordon/run" }
    var decisionsPath: String { "\(path)/decisions.jsonl" }

    /// Opens the folder, and makes it when it is not there. One that others have filled, or another run holds, is refused.
    init(_ path: String) throws(RunError) {
        let named = PathBytes(path).absolute
        let path = (named.resolved ?? named).text
        for name in [".cordon", ".cordon/tmp"] + Self.roots {
            guard let status = FileSystem.status("\(path)/\(name)") else { continue }
            guard FileKind(mode: status.st_mode) == .folder else {
                throw RunError(
                    .arguments,
                    "`\(name)` in OUT is no folder, but a link or a file; take it away, or name another output folder")
            }
        }
        if FileSystem.status("\(path)/.cordon") == nil, let contents = Self.contents(of: path), !contents.isEmpty {
            throw RunError(
                .arguments,
                "OUT is not empty and no run of cordon made it; name an empty folder or one that is not there")
        }
        do throws(SystemError) {
            try Self.makeFolders(path)
            // From here on the folder itself, wherever a link that leads to it may point later.
            self.path = PathBytes(path).resolved?.text ?? path
            try FileSystem.makeFolder("\(path)/.cordon", mode: 0o700)
            let number = open("\(path)/.cordon/lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard number >= 0 else { throw .last("open") }
            lock = Descriptor(number)
        } catch {
            throw .output(error, "the output folder cannot be made")
        }
        guard flock(lock.number, LOCK_EX | LOCK_NB) == 0 else {
            throw RunError(.arguments, "another run holds OUT; wait for it to end or name another output folder")
        }
    }

    /// What lies in OUT for others.
    private static let roots = [TargetName.root, SequesteredName.root, ReidentificationRun.root]

    /// What an earlier run was writing when it ended is of no use: it is written again.
    func clean() throws(RunError) {
        guard let names = Self.contents(of: temporaryFolder) else { return }
        do throws(SystemError) {
            for name in names { try FileSystem.remove("\(temporaryFolder)/\(name)") }
        } catch {
            throw .output(error, "files that an earlier run left unfinished cannot be removed")
        }
    }

    /// The folders for what is about to be written.
    func prepare() throws(SystemError) {
        try FileSystem.makeFolder(temporaryFolder, mode: 0o700)
        try FileSystem.makeFolder("\(path)/\(TargetName.root)")
        try FileSystem.makeFolder("\(path)/\(SequesteredName.root)", mode: 0o700)
        try FileSystem.flushFolder(ownFolder)
        try FileSystem.flushFolder(path)
        try FileSystem.flushFolder(PathBytes(path).folder.text)
    }

    /// Makes the folders that lead to a file; its path is relative to OUT.
    func makeFolders(for file: String) throws(SystemError) {
        for folder in Self.folders(of: file) where !folder.isEmpty { try FileSystem.makeFolder("\(path)/\(folder)") }
    }

    /// The folders that hold a file, relative to OUT, from OUT itself (empty) down: all of these must reach the disk
    /// before the file can be found again, whoever made them.
    static func folders(of file: String) -> [String] {
        let parts = file.split(separator: "/").dropLast()
        return (0...parts.count).map { parts.prefix($0).joined(separator: "/") }
    }

    /// Removes a file, and the folders that are empty then. Where a link leads, nothing is removed.
    func withdraw(_ file: String) throws(SystemError) {
        for folder in Self.folders(of: file) where !folder.isEmpty {
            guard FileSystem.status("\(path)/\(folder)") != nil else { return }
            try FileSystem.requireFolder("\(path)/\(folder)")
        }
        try FileSystem.remove("\(path)/\(file)")
        for folder in Self.folders(of: file).reversed() {
            // `released` and `sequestered` themselves stay.
            if folder.contains("/") {
                if rmdir("\(path)/\(folder)") == 0 || errno == ENOENT { continue }
                guard errno == ENOTEMPTY || errno == EEXIST else { throw .last("rmdir") }
            }
            return try FileSystem.flushFolder("\(path)/\(folder)")
        }
    }

    /// Files below `released/` and `sequestered/` for which the predicate holds; a reason goes with its original.
    func count(where predicate: (String) -> Bool) throws(RunError) -> Int {
        var count = 0
        var folders = [TargetName.root, SequesteredName.root]
        while let folder = folders.popLast() {
            let full = "\(path)/\(folder)"
            guard let names = Self.contents(of: full) else {
                if FileSystem.status(full) == nil { continue }
                throw .output(.last("opendir"), "a folder of OUT cannot be read")
            }
            for name in names {
                let file = "\(folder)/\(name)"
                if FileSystem.status("\(path)/\(file)").map({ FileKind(mode: $0.st_mode) }) == .folder {
                    folders.append(file)
                } else if predicate(SequesteredName.original(file)) {
                    count += 1
                }
            }
        }
        return count
    }

    /// Where OUT is or will be, all links followed, and which folder it is.
    static func place(of path: String) throws(RunError) -> InputCollector.OutputPlace {
        guard let place = existingPlace(of: path) else {
            throw RunError(.arguments, "the folder that OUT is to be in is not there; make it first")
        }
        guard place.path.isText else {
            throw RunError(.arguments, "OUT lies in a folder whose name is not UTF-8; name an output folder elsewhere")
        }
        return place
    }

    private static func existingPlace(of path: String) -> InputCollector.OutputPlace? {
        let path = PathBytes(path).absolute
        var status = stat()
        let isThere = path.withCString { stat($0, &status) } == 0
        if isThere { return path.resolved.map { .init(path: $0, identity: FileIdentity(status)) } }
        // The folders above it that are there, resolved, and the rest as it is written.
        var rest: [[UInt8]] = [], folder = path
        while folder.resolved == nil, folder.bytes.count > 1 {
            rest.append(Array(folder.lastComponent))
            folder = folder.folder
        }
        return folder.resolved.map { resolved in
            .init(path: rest.reversed().reduce(resolved) { $0.appending($1) }, identity: nil)
        }
    }

    private static func makeFolders(_ path: String) throws(SystemError) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        for count in stride(from: 1, through: parts.count, by: 1) {
            let folder = (path.hasPrefix("/") ? "/" : "") + parts.prefix(count).joined(separator: "/")
            if FileSystem.status(folder) != nil { continue }
            try FileSystem.makeFolder(folder)
            try FileSystem.flushFolder(PathBytes(folder).folder.text)
        }
    }

    private static func contents(of folder: String) -> [String]? {
        guard let stream = opendir(folder) else { return nil }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = String(decoding: FolderInput.name(of: entry), as: UTF8.self)
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
