internal import Host
public import RuleLanguage

/// A rule set with all files that it needs, and signatures: one file. First the manifest, then an empty line, a line for
/// each signature, another empty line, and the bytes of the files in the order of the manifest.
///
/// Reading one checks that it is whole and byte for byte as it was made. Whether it may be used, a `TrustFile` says; nothing
/// in the bundle does.
public struct RuleBundle: Sendable {
    public let manifest: Manifest
    public private(set) var signatures: [Signature]
    let files: [String: [UInt8]]

    public struct Signature: Hashable, Sendable {
        /// Of the key.
        public var identifier: String
        public var bytes: [UInt8]

        var line: String { "signature \(identifier) \(Base64.encode(bytes))\n" }
    }

    /// More people than sign a rule set anywhere (P9).
    static let mostSignatures = 64
    static let largestSize = 2 << 30

    init(manifest: Manifest, files: [String: [UInt8]], signatures: [Signature] = []) {
        self.manifest = manifest
        self.files = files
        self.signatures = signatures
    }

    public var bytes: [UInt8] {
        var bytes = Array((manifest.text + "\n" + signatures.map(\.line).joined() + "\n").utf8)
        for file in manifest.files { bytes += files[file.path] ?? [] }
        return bytes
    }

    /// Reads a bundle from a file.
    public init(path: String) throws(BundleError) {
        let contents: FileAccess.Contents
        do {
            contents = try FileAccess.read(path, limit: Self.largestSize)
        } catch {
            throw BundleError(.unavailable, "the bundle `\(path)` cannot be read: \(error.reason)")
        }
        try self.init(bytes: contents.bytes)
    }

    /// Whether a file begins as bundles do.
    public static func isBundle(path: String) -> Bool {
        let beginning = Array((Manifest.header + "\n").utf8)
        return (try? FileAccess.beginning(path, count: beginning.count)) == beginning
    }

    /// Reads a bundle. No signature is looked at.
    public init(bytes: [UInt8]) throws(BundleError) {
        guard bytes.starts(with: (Manifest.header + "\n").utf8) else {
            throw BundleError(.malformed, "this is no bundle: its first line is not `\(Manifest.header)`")
        }
        var position = 0
        let head = try Self.section(bytes, &position)
        manifest = try Manifest(text: head)
        signatures = try Self.signatures(try Self.section(bytes, &position))
        var files: [String: [UInt8]] = [:]
        for file in manifest.files {
            guard bytes.count - position >= file.size else {
                throw BundleError(.malformed, "the bundle ends within `\(file.path)`")
            }
            let content = Array(bytes[position..<(position + file.size)])
            guard ContentDigest(of: content).hexadecimal == file.digest else {
                throw BundleError(.malformed, "`\(file.path)` is not the file that the manifest names")
            }
            files[file.path] = content
            position += file.size
        }
        guard position == bytes.count else {
            throw BundleError(.malformed, "there are \(bytes.count - position) bytes behind the last file")
        }
        self.files = files
    }

    /// Lines up to an empty one, which is taken too.
    private static func section(_ bytes: [UInt8], _ position: inout Int) throws(BundleError) -> String {
        let start = position
        let limit = min(bytes.count, start + Manifest.largestText)
        var lineStart = start
        while position < limit {
            guard bytes[position] == UInt8(ascii: "\n") else {
                position += 1
                continue
            }
            if position == lineStart {
                position += 1
                guard let text = String(validating: bytes[start..<lineStart], as: UTF8.self) else { break }
                return text
            }
            position += 1
            lineStart = position
        }
        throw BundleError(.malformed, "the bundle has no end of its manifest or of its signatures")
    }

    private static func signatures(_ text: String) throws(BundleError) -> [Signature] {
        var signatures: [Signature] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            let parts = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3, parts[0] == "signature", parts[1].utf8.count == 32,
                parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }),
                let bytes = Base64.decode(Array(parts[2].utf8)), signatures.count < mostSignatures
            else { throw BundleError(.malformed, "a line of the signatures is not `signature KEY BASE64`") }
            signatures.append(Signature(identifier: parts[1], bytes: bytes))
        }
        return signatures
    }

    // MARK: - Signing

    /// Signed once more. A key signs once.
    public func signed(by key: SigningKeyFile) throws(BundleError) -> RuleBundle {
        guard !signatures.contains(where: { $0.identifier == key.publicKey.identifier }) else {
            throw BundleError(.signature, "`\(key.publicKey.name)` has signed the bundle already")
        }
        guard signatures.count < Self.mostSignatures else {
            throw BundleError(.signature, "the bundle has \(Self.mostSignatures) signatures already")
        }
        var bundle = self
        bundle.signatures.append(
            Signature(identifier: key.publicKey.identifier, bytes: try key.sign(Array(manifest.text.utf8))))
        bundle.signatures.sort { $0.identifier < $1.identifier }
        return bundle
    }

    // MARK: - The rule set

    /// Loads the rule set from the bytes of the bundle; nothing else is read.
    ///
    /// - Throws: `content` when it does not load, with the findings in `findings`, or when it is not what the manifest says.
    public func ruleSet(
        registryLists: RegistryLists? = nil, findings: inout [Finding]
    ) throws(BundleError) -> RuleSet {
        var loader = RuleSetLoader(registryLists: registryLists)
        loader.files = .memory(files)
        let loaded = loader.load(path: manifest.root)
        findings = loaded.findings
        guard let ruleSet = loaded.ruleSet else {
            throw BundleError(.content, "the rule set in the bundle does not load")
        }
        guard ruleSet.id == manifest.id, ruleSet.revision == String(manifest.revision) else {
            throw BundleError(
                .content,
                "the manifest names revision \(manifest.revision) of `\(manifest.id)`; in it is another rule set"
            )
        }
        let read = Set(ruleSet.sources.filter { !$0.path.hasPrefix("registry:") }.map { "\($0.digest) \($0.path)" })
        guard read == Set(manifest.files.map { "\($0.digest) \($0.path)" }) else {
            throw BundleError(.content, "the bundle has other files in it than the rule set reads")
        }
        return ruleSet
    }
}
