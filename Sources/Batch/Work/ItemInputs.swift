import Glibc
import Host
import Inputs

/// The files of an item as they were when they were read: what they are is named by one digest, wherever they lie.
struct ItemInputs: Sendable {
    /// SHA-256 over the digest of each file and its name within the item, sorted: 64 hexadecimal digits.
    let digest: String
    let count: Int
    /// In bytes.
    let size: Int
    /// By path, so that a change is noticed.
    private let seen: [(path: PathBytes, fingerprint: Fingerprint)]
    /// What the item names, and all that was found there, so that what comes is noticed, too.
    private let paths: [String]
    private let names: [InputName]

    /// Reads all files of an item once.
    ///
    /// - Parameter output: which may not be among them.
    init(_ paths: [String], output: InputCollector.OutputPlace?) throws(ItemError) {
        let roots = try Self.roots(of: paths)
        let names: [InputName]
        do throws(RunError) {
            names = try Self.names(in: paths, output: output)
        } catch {
            throw ItemError(error.message)
        }
        var seen: [(path: PathBytes, fingerprint: Fingerprint)] = []
        var lines: [[UInt8]] = []
        var size = 0
        for index in 0..<names.count {
            if StopSignal.number != nil { throw ItemError("the worker was told to stop", mayPass: true) }
            let name = names[index]
            // Entries of an archive are one file.
            if seen.last?.path == name.path { continue }
            do {
                let file = try Descriptor(reading: name.path)
                let status = try file.status()
                guard FileKind(mode: status.st_mode) == .file else { continue }
                let digest = try ContentDigest(of: file)
                seen.append((name.path, Fingerprint(status)))
                lines.append(Array("\(digest.hexadecimal) ".utf8) + Self.relative(name.path, to: roots) + [0x0A])
                size += Int(status.st_size)
            } catch let error as SystemError {
                // Whether it is missing or not given: a study with a hole in it is not what was meant.
                throw ItemError("input \(index + 1) of the item cannot be read: \(error)", mayPass: true)
            } catch {
                throw ItemError("input \(index + 1) of the item cannot be read", mayPass: true)
            }
        }
        guard !seen.isEmpty else { throw ItemError("there is no file in the item") }
        lines.sort { $0.lexicographicallyPrecedes($1) }
        digest = ContentDigest(of: Array("\(BatchProtocol.name) inputs\n".utf8) + lines.joined()).hexadecimal
        count = seen.count
        self.size = size
        self.seen = seen
        self.paths = paths
        self.names = names
    }

    private static func names(
        in paths: [String], output: InputCollector.OutputPlace?
    ) throws(RunError) -> [InputName] {
        let names = try InputCollector.collect(InputSources(paths: paths), output: output).names
        return (0..<names.count).map { names[$0] }
    }

    /// Whether all files are what they were, and there are no others.
    var areUnchanged: Bool {
        guard let found = try? Self.names(in: paths, output: nil), found == names else { return false }
        return seen.allSatisfy { path, fingerprint in
            var status = stat()
            guard path.withCString({ stat($0, &status) }) == 0 else { return false }
            return Fingerprint(status) == fingerprint
        }
    }

    /// Where names within the item begin: a folder itself, or the folder of a file.
    private static func roots(of paths: [String]) throws(ItemError) -> [PathBytes] {
        var roots: Set<PathBytes> = []
        for (number, path) in paths.enumerated() {
            let path = PathBytes(path)
            guard let resolved = path.resolved, let kind = FolderInput.kind(of: resolved, followingLinks: true) else {
                // A file system that is not mounted looks like this, too.
                throw ItemError("place \(number + 1) of the item is not there", mayPass: true)
            }
            if kind == .folder {
                roots.insert(resolved)
            } else if let folder = path.folder.resolved {
                roots.insert(folder)
            }
        }
        // The innermost root gives the name.
        return roots.sorted { ($0.bytes.count, $0) > ($1.bytes.count, $1) }
    }

    private static func relative(_ path: PathBytes, to roots: [PathBytes]) -> [UInt8] {
        guard let root = roots.first(where: { path.isWithin($0) && path != $0 }) else {
            return Array(path.lastComponent)
        }
        return Array(path.bytes[(root.bytes.count + (root.bytes == [PathBytes.slash] ? 0 : 1))...])
    }
}
