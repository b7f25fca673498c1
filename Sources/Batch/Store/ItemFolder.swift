import Glibc
import Host

/// The files of an item in its folder.
struct ItemFolder: Sendable {
    let path: String

    struct File: Hashable, Sendable {
        /// Relative to the folder that was asked for.
        var path: String
        /// In bytes.
        var size: Int
    }

    /// Below `released/`, as `released/<patient>/<study>/<series>/<instance>.dcm`, sorted.
    func released() throws(SystemError) -> [File] {
        try Self.files(in: "\(path)/released").map { File(path: "released/\($0.path)", size: $0.size) }
    }

    /// The studies that are ready to leave, as `released/<patient>/<study>`, sorted.
    func studies() throws(SystemError) -> [String] {
        Set(try released().map { $0.path.split(separator: "/").prefix(3).joined(separator: "/") }).sorted()
    }

    /// All files below a folder. Anything that is neither file nor folder is an error: no item has any.
    static func files(in folder: String) throws(SystemError) -> [File] {
        var files: [File] = []
        var open = [""]
        while let relative = open.popLast() {
            let full = relative.isEmpty ? folder : "\(folder)/\(relative)"
            guard let names = BatchStore.names(in: full) else {
                if relative.isEmpty, FileSystem.status(full) == nil { return [] }
                throw SystemError(code: EIO, call: "opendir")
            }
            for name in names {
                let path = relative.isEmpty ? name : "\(relative)/\(name)"
                guard let status = FileSystem.status("\(folder)/\(path)") else { throw .last("lstat") }
                switch FileKind(mode: status.st_mode) {
                case .folder: open.append(path)
                case .file: files.append(File(path: path, size: Int(status.st_size)))
                case .link, .special: throw SystemError(code: EINVAL, call: "lstat")
                }
            }
        }
        return files.sorted { $0.path < $1.path }
    }
}
