import Glibc
import Host
import Inputs

/// A study of an item that is ready to leave, with the digest of each of its files as they are now.
struct StagedStudy: Sendable {
    struct File: Hashable, Sendable {
        /// Relative to the study's folder.
        var path: String
        var digest: String
    }

    /// `released/<patient>/<study>`.
    let name: String
    /// Where it lies.
    let folder: String
    let files: [File]

    init(of name: String, in item: ItemFolder) throws {
        self.name = name
        folder = "\(item.path)/\(name)"
        files = try Self.files(in: folder)
    }

    static func files(in folder: String) throws -> [File] {
        try ItemFolder.files(in: folder).map { file in
            let digest = try ContentDigest(of: Descriptor(reading: PathBytes("\(folder)/\(file.path)")))
            return File(path: file.path, digest: digest.hexadecimal)
        }
    }
}

/// Where studies are published: `released/<patient>/<study>/<series>/<instance>.dcm`, as `cordon apply` lays it out.
final class PublishedPlace: Sendable {
    let path: String
    private let lock: Descriptor

    private var temporaryFolder: String { "\(path)/.cordon/tmp" }

    /// Opens the folder, and makes it. One that others have filled, or another release holds, is refused.
    init(_ path: String, store: BatchStore) throws(RunError) {
        let named = PathBytes(path).absolute
        guard named.isText else { throw RunError(.arguments, "TO lies in a folder whose name is not UTF-8") }
        let path = (named.resolved ?? named).text
        guard !PathBytes(path).isWithin(PathBytes(store.path)), !PathBytes(store.path).isWithin(PathBytes(path)) else {
            throw RunError(.arguments, "TO and the workers' folder lie within each other; name a folder elsewhere")
        }
        let mark = "\(path)/.cordon/release"
        if FileSystem.status(mark) == nil, let names = BatchStore.names(in: path), !names.isEmpty, names != [".cordon"]
        {
            throw RunError(
                .arguments,
                "TO is not empty and no release of cordon made it; name an empty folder or one that is not there"
            )
        }
        do throws(SystemError) {
            try FileSystem.makeFolder(path)
            try FileSystem.makeFolder("\(path)/.cordon", mode: 0o700)
            let number = open("\(path)/.cordon/lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard number >= 0 else { throw .last("open") }
            lock = Descriptor(number)
        } catch {
            throw .output(error, "TO cannot be made")
        }
        guard flock(lock.number, LOCK_EX | LOCK_NB) == 0 else {
            throw RunError(.arguments, "another release holds TO; wait for it to end")
        }
        self.path = path
        try RunError.wrapping("TO cannot be written to") {
            if FileSystem.status(mark) == nil {
                try FileSystem.place(Array("\(BatchProtocol.name)\n".utf8), at: mark, mode: 0o600, replacing: true)
            }
            try BatchStore.removeTree("\(path)/.cordon/tmp")
            try FileSystem.makeFolder("\(path)/.cordon/tmp", mode: 0o700)
            try FileSystem.makeFolder("\(path)/released")
            try FileSystem.flushFolder("\(path)/.cordon")
            try FileSystem.flushFolder(path)
            try FileSystem.flushFolder(PathBytes(path).folder.text)
        }
    }

    enum Finding { case absent, same, other }

    /// Whether the study is there, with the same bytes.
    func find(_ study: StagedStudy) throws -> Finding {
        guard FileSystem.status("\(path)/\(study.name)") != nil else { return .absent }
        return try StagedStudy.files(in: "\(path)/\(study.name)") == study.files ? .same : .other
    }

    /// Puts the study in its place, whole: it is laid out beside, and renamed. The files are the item's own where the file system can
    /// do that, and copies elsewhere.
    func publish(_ study: StagedStudy) throws {
        let beside = "\(temporaryFolder)/\(String(UInt64.random(in: 0...UInt64.max), radix: 16))"
        try FileSystem.makeFolder(beside)
        var folders: Set<String> = [beside]
        for file in study.files {
            let parts = file.path.split(separator: "/").dropLast()
            for count in stride(from: 1, through: parts.count, by: 1) {
                let folder = "\(beside)/\(parts.prefix(count).joined(separator: "/"))"
                if folders.insert(folder).inserted { try FileSystem.makeFolder(folder) }
            }
            try put("\(study.folder)/\(file.path)", at: "\(beside)/\(file.path)", digest: file.digest)
        }
        for folder in folders.sorted(by: { $0.utf8.count > $1.utf8.count }) { try FileSystem.flushFolder(folder) }
        let target = "\(path)/\(study.name)", patient = PathBytes(target).folder.text
        try FileSystem.makeFolder(patient)
        try FileSystem.flushFolder("\(path)/released")
        // A folder with anything in it is not replaced.
        try FileSystem.rename(beside, to: target)
        try FileSystem.flushFolder(patient)
    }

    private func put(_ from: String, at path: String, digest: String) throws {
        if link(from, path) == 0 { return }
        guard [EXDEV, EPERM, EMLINK, EOPNOTSUPP, ENOSYS, EACCES].contains(errno) else { throw SystemError.last("link") }
        let source = try Descriptor(reading: PathBytes(from))
        var copy = try DurableFile(temporaryPath: path, mode: 0o666)
        try source.forEachPiece { try copy.write($0) }
        guard try copy.finish().hexadecimal == digest else {
            throw ItemError("a file of the item changed while it was published", mayPass: true)
        }
    }
}
