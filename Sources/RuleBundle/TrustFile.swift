internal import Host
internal import RuleLanguage

/// Whose signatures count, as this machine says: a file of lines.
///
///     # who may sign our rule sets
///     threshold 2
///     key alice ed25519 BASE64
///     key bob p256 BASE64
///     ruleset general-hospital 7
///
/// `threshold` is how many different keys have signed at least; `ruleset` names a rule set that is accepted and, if need
/// be, the lowest revision. What was accepted is remembered beside it, in `FILE.seen`: an older revision is then refused.
public struct TrustFile: Sendable {
    public let path: String
    public private(set) var keys: [PublicKey] = []
    public private(set) var threshold = 0
    /// The lowest revision of each rule set.
    public private(set) var ruleSets: [String: Int] = [:]

    private static let largestSize = 1 << 20

    public init(path: String) throws(BundleError) {
        let bytes: [UInt8]
        do {
            bytes = try FileAccess.read(path, limit: Self.largestSize).bytes
        } catch {
            throw BundleError(.trust, "the trust file `\(path)` cannot be read: \(error.reason)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw BundleError(.trust, "the trust file `\(path)` is not UTF-8")
        }
        try self.init(text: text, path: path)
    }

    init(text: String, path: String) throws(BundleError) {
        self.path = path
        // A carriage return and a line feed are one Character.
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (number, line) in lines.enumerated() {
            let words = line.split { $0 == " " || $0 == "\t" }.map(String.init)
            guard let word = words.first, !word.hasPrefix("#") else { continue }
            do throws(BundleError) {
                try take(word, Array(words.dropFirst()))
            } catch {
                throw BundleError(.trust, "`\(path)` line \(number + 1): \(error.message)")
            }
        }
        guard threshold > 0 else { throw BundleError(.trust, "`\(path)` has no line `threshold N`") }
        guard threshold <= keys.count else {
            throw BundleError(.trust, "`\(path)` asks for \(threshold) signatures and has \(keys.count) keys")
        }
        guard !ruleSets.isEmpty else { throw BundleError(.trust, "`\(path)` has no line `ruleset ID`") }
    }

    private mutating func take(_ word: String, _ rest: [String]) throws(BundleError) {
        switch (word, rest.count) {
        case ("threshold", 1):
            guard threshold == 0, let number = Manifest.number(rest[0]), number > 0 else {
                throw BundleError(.trust, "`threshold` is a number from 1, and stands once")
            }
            threshold = number
        case ("key", 3):
            let key = try PublicKey(rest.joined(separator: " "))
            guard !keys.contains(where: { $0.name == key.name || $0.bytes == key.bytes }) else {
                throw BundleError(.trust, "the key or the name of `\(key.name)` stands twice: one person signs once")
            }
            keys.append(key)
        case ("ruleset", 1), ("ruleset", 2):
            guard ruleSets[rest[0]] == nil else {
                throw BundleError(.trust, "the rule set `\(rest[0])` stands twice")
            }
            guard let lowest = rest.count == 2 ? Manifest.number(rest[1]) : 0 else {
                throw BundleError(.trust, "the lowest revision is a whole number")
            }
            ruleSets[rest[0]] = lowest
        default:
            throw BundleError(
                .trust, "expected `threshold N`, `key NAME ed25519|p256 BASE64`, or `ruleset ID [LOWEST-REVISION]`")
        }
    }

    // MARK: - Verifying

    /// Who signed a bundle that is accepted.
    ///
    /// Every signature in it must be of a key that is pinned here, right, and the only one of its key; there are at least
    /// as many as the threshold. What the bundle says of itself decides none of that.
    public func signers(of bundle: RuleBundle) throws(BundleError) -> [PublicKey] {
        let manifest = bundle.manifest
        guard let lowest = ruleSets[manifest.id] else {
            let names = ruleSets.keys.sorted().map { "`\($0)`" }.joined(separator: ", ")
            throw BundleError(
                .ruleSet, "the rule set `\(manifest.id)` is not one of those that `\(path)` accepts: \(names)")
        }
        guard manifest.revision >= lowest else {
            throw BundleError(
                .replayed,
                "revision \(manifest.revision) of `\(manifest.id)` is older than \(lowest), the lowest accepted")
        }
        guard !bundle.signatures.isEmpty else { throw BundleError(.unsigned, "nobody has signed the bundle") }
        let message = Array(manifest.text.utf8)
        var signers: [PublicKey] = []
        for signature in bundle.signatures {
            guard let key = keys.first(where: { $0.identifier == signature.identifier }) else {
                throw BundleError(
                    .signature,
                    "the bundle is signed by the key \(signature.identifier), which `\(path)` does not name")
            }
            guard !signers.contains(key) else {
                throw BundleError(.signature, "`\(key.name)` has signed the bundle twice")
            }
            guard key.isValid(signature.bytes, over: message) else {
                throw BundleError(.signature, "the signature of `\(key.name)` is wrong: the bundle was altered")
            }
            signers.append(key)
        }
        guard signers.count >= threshold else {
            let names = signers.map { "`\($0.name)`" }.joined(separator: ", ")
            throw BundleError(
                .unsigned, "\(signers.count) of \(threshold) signatures that `\(path)` asks for are there: \(names)")
        }
        return signers
    }
}
