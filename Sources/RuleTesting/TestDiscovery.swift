import Glibc
import RuleLanguage

/// The files of tests that a path on the command line means: itself; beside a rule file `site.xml`, its `site.test.xml`;
/// in a folder, every `*.test.xml` at any depth.
package enum TestDiscovery {
    package static let ending = ".test.xml"
    /// More files than anybody keeps by hand (P9).
    private static let maximumFiles = 10_000

    /// - Returns: sorted for a folder; empty where there are none.
    package static func files(at path: String) -> [String] {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return [file(for: path)] }
        var found: [String] = []
        var folders = [path]
        while let folder = folders.popLast(), found.count < maximumFiles {
            for name in names(in: folder) where !name.hasPrefix(".") {
                let child = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
                guard lstat(child, &status) == 0 else { continue }
                if status.st_mode & S_IFMT == S_IFDIR {
                    folders.append(child)
                } else if name.hasSuffix(ending) {
                    found.append(child)
                }
            }
        }
        return found.sorted()
    }

    /// Tests stand beside the rules that they are of.
    private static func file(for path: String) -> String {
        guard !path.hasSuffix(ending), path.hasSuffix(".xml") else { return path }
        let beside = String(path.dropLast(4)) + ending
        return access(beside, F_OK) == 0 ? beside : path
    }

    private static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
