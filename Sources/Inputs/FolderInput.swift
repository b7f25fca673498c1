package import Host
package import Glibc

/// Walks folders: every file below, whatever the layout. A folder is read once, however many links lead to it, so that
/// loops end; the place where it lies goes before a place where a link leads.
package struct FolderInput {
    package enum Found {
        case file(PathBytes)
        /// A pipe, a socket, a device.
        case special
        case refused(PathBytes, Refusal)
    }

    /// Folders that have been read.
    private(set) var visited: Set<FileIdentity> = []
    /// Links to folders, left for the end.
    private var links: [PathBytes] = []
    /// The output folder, which must not be met.
    private let output: FileIdentity?

    package init(output: FileIdentity?) { self.output = output }

    /// Walks the folder. Links to folders wait for `walkLinks`.
    package mutating func walk(_ root: PathBytes, _ found: (Found) throws(RunError) -> Void) throws(RunError) {
        var folders = [root]
        while let folder = folders.popLast() {
            let contents: [(name: [UInt8], kind: FileKind?)]
            do throws(SystemError) {
                contents = try enter(folder)
            } catch {
                if error.call == Self.metOutput { throw Self.outputWithinInput }
                try found(.refused(folder, Refusal(reason: .cannotReadFolder, code: error.code)))
                continue
            }
            for (name, kind) in contents {
                let path = folder.appending(name)
                switch kind ?? Self.kind(of: path, followingLinks: false) {
                case .file: try found(.file(path))
                case .special: try found(.special)
                case .folder: folders.append(path)
                case .link:
                    switch Self.kind(of: path, followingLinks: true) {
                    case .file: try found(.file(path))
                    case .special, .link: try found(.special)
                    case .folder: links.append(path)
                    case nil: try found(.refused(path, Refusal(reason: .cannotOpen, code: ENOENT)))
                    }
                case nil: try found(.refused(path, Refusal(reason: .cannotOpen, code: ENOENT)))
                }
            }
        }
    }

    /// Follows the links that were met, and those met then.
    package mutating func walkLinks(_ found: (Found) throws(RunError) -> Void) throws(RunError) {
        while !links.isEmpty {
            let round = links.sorted()
            links = []
            for link in round { try walk(link, found) }
        }
    }

    package static func kind(of path: PathBytes, followingLinks: Bool) -> FileKind? {
        var status = stat()
        let result = path.withCString { followingLinks ? stat($0, &status) : lstat($0, &status) }
        return result == 0 ? FileKind(mode: status.st_mode) : nil
    }

    private static let metOutput = "output"
    package static let outputWithinInput = RunError(
        .arguments, "OUT lies within an input folder, or a link leads there; name an output folder elsewhere")

    /// What the folder holds, sorted by name; nothing when it was read before. The kind is nil where the file system does
    /// not say it along with the name.
    private mutating func enter(_ folder: PathBytes) throws(SystemError) -> [(name: [UInt8], kind: FileKind?)] {
        guard let stream = folder.withCString({ opendir($0) }) else { throw .last("opendir") }
        defer { closedir(stream) }
        var status = stat()
        guard fstat(dirfd(stream), &status) == 0 else { throw .last("fstat") }
        let identity = FileIdentity(status)
        if identity == output { throw SystemError(code: 0, call: Self.metOutput) }
        guard visited.insert(identity).inserted else { return [] }
        var contents: [(name: [UInt8], kind: FileKind?)] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw .last("readdir") }
                break
            }
            let name = Self.name(of: entry)
            if name == [PathBytes.dot] || name == [PathBytes.dot, PathBytes.dot] { continue }
            contents.append((name, Self.kind(type: Int(entry.pointee.d_type))))
        }
        return contents.sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }

    package static func name(of entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
        let start = UnsafeRawPointer(entry) + (MemoryLayout<dirent>.offset(of: \.d_name) ?? 0)
        let text = start.assumingMemoryBound(to: UInt8.self)
        return Array(UnsafeBufferPointer(start: text, count: strlen(start.assumingMemoryBound(to: CChar.self))))
    }

    private static func kind(type: Int) -> FileKind? {
        switch type {
        case Int(DT_REG): .file
        case Int(DT_DIR): .folder
        case Int(DT_LNK): .link
        case Int(DT_UNKNOWN): nil
        default: .special
        }
    }
}
