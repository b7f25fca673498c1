/// Where rule files, lists and certificates are read from: the disk, or the memory of whoever has them already. A file
/// knows where it came from, and what it names is looked for there.
package struct FileSource: Sendable {
    package typealias Read = @Sendable (_ path: String, _ limit: Int) throws(FileAccess.Failure) -> FileAccess.Contents

    private let content: Read

    package init(_ content: @escaping Read) { self.content = content }

    package func read(_ path: String, limit: Int) throws(FileAccess.Failure) -> FileAccess.Contents {
        try content(path, limit)
    }

    package static let disk = FileSource { path, limit throws(FileAccess.Failure) in
        try FileAccess.read(path, limit: limit)
    }

    /// Files by their paths, without `.` and `folder/..`; nothing else is there.
    package static func memory(_ files: [String: [UInt8]]) -> FileSource {
        let numbers = Dictionary(uniqueKeysWithValues: files.keys.sorted().enumerated().map { ($1, UInt64($0)) })
        return FileSource { path, limit throws(FileAccess.Failure) in
            let name = FilePath.simplified(path)
            guard let bytes = files[name], let number = numbers[name] else {
                throw .system("no such file or directory")
            }
            guard bytes.count <= limit else { throw .tooLarge(limit: limit) }
            return FileAccess.Contents(bytes: bytes, identity: FileAccess.Identity(device: .max, inode: number))
        }
    }
}
