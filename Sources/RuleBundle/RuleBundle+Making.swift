internal import Glibc
internal import Host
public import RuleLanguage
internal import Synchronization

extension RuleBundle {
    /// Makes a bundle of a rule set on disk: the root file, what it includes, lists and certificates. Lists of the registry
    /// stay in the registry.
    ///
    /// - Parameter registryLists: of the registry, when the rule set names any.
    /// - Throws: `content` when it does not load, with what is wrong in `findings`; when its `revision` is no whole number;
    ///   when something lies where a bundle cannot have it.
    public static func make(
        path: String, registryLists: RegistryLists? = nil, findings: inout [Finding]
    ) throws(BundleError) -> RuleBundle {
        guard let start = absolute(path) else {
            throw BundleError(.unavailable, "the folder that the command runs in cannot be told")
        }
        let recorder = Recorder()
        var loader = RuleSetLoader(registryLists: registryLists)
        loader.files = recorder.source
        let loaded = loader.load(path: start)
        findings = loaded.findings
        guard let ruleSet = loaded.ruleSet else { throw BundleError(.content, "the rule set does not load") }
        guard let revision = Manifest.number(ruleSet.revision) else {
            throw BundleError(
                .content,
                "the revision `\(ruleSet.revision)` is no whole number; a bundle needs one, which grows with each version: "
                    + "write revision=\"1\"")
        }
        let files = try recorder.files()
        let folder = commonFolder(of: Array(files.keys))
        func inner(_ path: String) -> String { String(path.dropFirst(folder.count)) }
        let contents = Dictionary(uniqueKeysWithValues: files.map { (inner($0), $1) })
        guard contents.count <= Manifest.mostFiles, contents.keys.allSatisfy(Manifest.isPath) else {
            throw BundleError(.content, "the rule set has too many files, or one whose name a bundle cannot have")
        }
        let manifest = Manifest(
            id: ruleSet.id, revision: revision, root: inner(FilePath.simplified(start)), files: contents)
        // What is made can be read.
        guard manifest.text.utf8.count < Manifest.largestText else {
            throw BundleError(.content, "the names of the files are longer than the manifest of a bundle may be")
        }
        let bundle = RuleBundle(manifest: manifest, files: contents)
        guard manifest.files.reduce(0, { $0 + $1.size }) <= RuleBundle.largestSize - 2 * Manifest.largestText else {
            throw BundleError(.content, "the files are larger than a bundle may be")
        }
        // Links and absolute paths may lead elsewhere on disk than in the bundle: it must load from itself, and be the same.
        var inBundle: [Finding] = []
        do throws(BundleError) {
            let again = try bundle.ruleSet(registryLists: registryLists, findings: &inBundle)
            guard again.digest == ruleSet.digest else {
                throw BundleError(.content, "the rule set in the bundle would be another one")
            }
        } catch {
            throw BundleError(
                .content,
                "the files cannot be bundled: \(error.message); name them by paths that count from the rule files, without links"
            )
        }
        return bundle
    }

    private static func absolute(_ path: String) -> String? {
        guard !path.hasPrefix("/") else { return path }
        guard let folder = getcwd(nil, 0) else { return nil }
        defer { free(folder) }
        return String(cString: folder) + "/" + path
    }

    /// With a slash at its end.
    private static func commonFolder(of paths: [String]) -> String {
        guard let first = paths.first else { return "" }
        var parts = first.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        for path in paths {
            let others = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            parts = parts.prefix(zip(parts, others).prefix { $0 == $1 }.count)
        }
        return parts.map { $0 + "/" }.joined()
    }

    /// Keeps what a loader reads.
    private final class Recorder: Sendable {
        private let read = Mutex<(files: [String: [UInt8]], conflict: String?)>(([:], nil))

        var source: FileSource {
            FileSource { [self] path, limit throws(FileAccess.Failure) in
                let contents = try FileAccess.read(path, limit: limit)
                let name = FilePath.simplified(path)
                read.withLock { read in
                    if let known = read.files[name], known != contents.bytes { read.conflict = name }
                    read.files[name] = contents.bytes
                }
                return contents
            }
        }

        func files() throws(BundleError) -> [String: [UInt8]] {
            let (files, conflict) = read.withLock { $0 }
            if let conflict {
                throw BundleError(.content, "`\(conflict)` changed while it was read, or is two files by a link")
            }
            return files
        }
    }
}
