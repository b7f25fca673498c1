internal import Host

/// What a bundle says of what is in it; what is signed.
///
///     cordon rule bundle 1
///     language urn:cordon:rules:1
///     id general-hospital
///     revision 7
///     digest 64 hexadecimal digits
///     root sites/general-hospital.xml
///     file 64 hexadecimal digits SIZE packs/vip.xml
///     …
///
/// One way to write it, and no other: lines in this order, files by their paths, no blanks but those shown.
public struct Manifest: Hashable, Sendable {
    public struct File: Hashable, Sendable {
        public var path: String
        /// SHA-256, 64 hexadecimal digits.
        public var digest: String
        public var size: Int
    }

    /// Of the rule set.
    public var id: String
    /// A whole number, which grows with each version that is given out.
    public var revision: Int
    /// Of all files: SHA-256 of their digests, sorted, as `RuleSet.digest` is of a rule set without lists of a registry.
    public var digest: String
    public var root: String
    /// Sorted by path.
    public var files: [File]

    static let header = "cordon rule bundle 1"
    static let language = "urn:cordon:rules:1"
    /// Limits of a bundle (P9): lists may have a gibibyte.
    static let mostFiles = 2000
    static let largestText = 1 << 20

    init(id: String, revision: Int, root: String, files: [String: [UInt8]]) {
        self.id = id
        self.revision = revision
        self.root = root
        self.files = files.map { path, bytes in
            File(path: path, digest: ContentDigest(of: bytes).hexadecimal, size: bytes.count)
        }.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        digest = Self.digest(of: self.files)
    }

    static func digest(of files: [File]) -> String {
        ContentDigest(of: Set(files.map(\.digest)).sorted().joined(separator: "\n").utf8).hexadecimal
    }

    var text: String {
        let lines =
            [
                Self.header, "language \(Self.language)", "id \(id)", "revision \(revision)", "digest \(digest)",
                "root \(root)",
            ] + files.map { "file \($0.digest) \($0.size) \($0.path)" }
        return lines.map { $0 + "\n" }.joined()
    }

    /// Of all that it says: SHA-256 of its text. Files may have other names, and another of them be the root, where `digest`
    /// is the same.
    var fingerprint: String { ContentDigest(of: text.utf8).hexadecimal }

    /// Reads what `text` writes, and nothing else.
    init(text: String) throws(BundleError) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)[...]
        func next(_ word: String) throws(BundleError) -> String {
            guard let line = lines.popFirst(), line.hasPrefix(word + " ") else {
                throw BundleError(.malformed, "the manifest has no line `\(word) …` where it should be")
            }
            return String(line.dropFirst(word.count + 1))
        }
        guard lines.popFirst() == Self.header else {
            throw BundleError(.malformed, "this is no bundle: its first line is not `\(Self.header)`")
        }
        let language = try next("language")
        guard language == Self.language else {
            throw BundleError(.malformed, "the bundle is of the language `\(language)`, this is \(Self.language)")
        }
        id = try next("id")
        guard let revision = Self.number(try next("revision")) else {
            throw BundleError(.malformed, "the revision of the manifest is no whole number")
        }
        self.revision = revision
        digest = try next("digest")
        root = try next("root")
        files = []
        while let line = lines.popFirst() {
            if line.isEmpty, lines.isEmpty { break }
            let parts = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 4, parts[0] == "file", let size = Self.number(parts[2]), files.count < Self.mostFiles
            else { throw BundleError(.malformed, "a line of the manifest is not `file DIGEST SIZE PATH`") }
            files.append(File(path: parts[3], digest: parts[1], size: size))
        }
        guard files.allSatisfy({ Self.isPath($0.path) }), files.contains(where: { $0.path == root }) else {
            throw BundleError(.malformed, "a path of the manifest leads out of the bundle, or the root is not there")
        }
        guard zip(files, files.dropFirst()).allSatisfy({ $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }),
            self.text.utf8.elementsEqual(text.utf8), digest == Self.digest(of: files)
        else { throw BundleError(.malformed, "the manifest is not as it was written") }
    }

    /// A whole number from 0 without needless zeros, that fits into 53 bits.
    static func number(_ text: String) -> Int? {
        guard let number = Int(text), (0..<1 << 53).contains(number), String(number) == text else { return nil }
        return number
    }

    /// A way down from the folder of the bundle.
    static func isPath(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return !path.isEmpty && path.utf8.count <= 1024 && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
            && path.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }
}
