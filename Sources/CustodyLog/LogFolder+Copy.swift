internal import Glibc
internal import Host

extension LogFolder {
    /// Copies the policy and all that was signed into a new folder, beside a backup of the registry. No keys are in it.
    ///
    /// - Returns: how many files.
    public func copy(to folder: String) throws(LogError) -> Int {
        try Self.carried {
            guard mkdir(folder, 0o700) == 0, mkdir(folder + "/checkpoints", 0o700) == 0 else {
                throw SystemError.last("mkdir")
            }
        }
        // Before the first key there is nothing.
        guard FileSystem.status(path + "/checkpoints") != nil else { return 0 }
        return try Self.copyFiles(from: path, to: folder)
    }

    /// Brings back what a copy has and this folder does not. A file that is here with other bytes stays, and is an error before
    /// anything is written: of two histories somebody has to say which is true.
    ///
    /// - Returns: how many files came back.
    public func bringBack(from copy: String) throws(LogError) -> Int {
        try makeFolders()
        return try Self.copyFiles(from: copy, to: path)
    }

    private static func copyFiles(from source: String, to folder: String) throws(LogError) -> Int {
        var missing: [(name: String, bytes: [UInt8])] = []
        for name in try ["policy"] + names(in: source + "/checkpoints").map({ "checkpoints/" + $0 }) {
            let bytes = try contents("\(source)/\(name)"), there = try contents("\(folder)/\(name)")
            guard let bytes, bytes != there else { continue }
            // Of policies and cosignatures the one in use knows more.
            guard there == nil || name == "policy" || name.hasSuffix(".cosignatures") else {
                throw LogError(.fork, "\(name) is here with other bytes than in the copy")
            }
            if there == nil { missing.append((name, bytes)) }
        }
        for (name, bytes) in missing {
            try carried {
                try FileSystem.place(bytes, at: "\(folder)/\(name)", mode: 0o600, replacing: false)
            }
        }
        return missing.count
    }

    private static func contents(_ path: String) throws(LogError) -> [UInt8]? {
        try carried { try FileSystem.contents(path) }
    }

    private static func carried<Result>(_ body: () throws -> Result) throws(LogError) -> Result {
        do {
            return try body()
        } catch {
            throw LogError(.unavailable, "what was signed of the log cannot be copied: \(error)")
        }
    }

    /// The files in a folder, in the order of their names.
    static func names(in path: String) throws(LogError) -> [String] {
        guard let folder = opendir(path) else {
            throw LogError(.unavailable, "the checkpoints cannot be listed: \(SystemError.last("opendir"))")
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
        return names.filter { $0 != "." && $0 != ".." }.sorted()
    }
}
