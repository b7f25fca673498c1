internal import CCrypt
internal import Glibc
internal import Inputs
internal import RuleLanguage

/// Names and hashed passcodes, as `mkpasswd`, `openssl passwd -6` or `htpasswd -B` write them: `name:hash` on each line. For user
/// identities of associations (PS3.7 D.3.3.7).
struct UserList: Sendable {
    private var hashes: [String: String] = [:]
    /// Of nobody's passcode: an unknown name takes as long as a known one.
    private var usual = "$6$cordoncordoncord$"

    /// bcrypt, yescrypt, scrypt, SHA-512 and SHA-256 of crypt(5). Older ones can be guessed in hours.
    private static let methods = ["$2b$", "$2y$", "$2a$", "$y$", "$gy$", "$7$", "$6$", "$5$"]
    private static let longestPasscode = 512

    init(path: String) throws(GatewayError) {
        let bytes: [UInt8]
        do throws(FileAccess.Failure) { bytes = try FileAccess.read(path, limit: 1 << 20).bytes } catch {
            throw GatewayError(.arguments, "the list of users cannot be read: \(error.reason)")
        }
        try self.init(text: String(decoding: bytes, as: UTF8.self))
    }

    /// - Throws: with the line for one that cannot be meant; neither name nor hash is told.
    init(text: String) throws(GatewayError) {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (number, line) in lines.enumerated() {
            guard !line.isEmpty, line.first != "#" else { continue }
            func wrong(_ why: String) -> GatewayError {
                GatewayError(.arguments, "line \(number + 1) of the list of users \(why)")
            }
            guard let colon = line.firstIndex(of: ":"), colon > line.startIndex else {
                throw wrong("is not `name:hash`")
            }
            let name = String(line[..<colon])
            // What stands behind another colon is for people, as in shadow(5).
            let hash = String(line[line.index(after: colon)...].prefix { $0 != ":" })
            guard Self.methods.contains(where: hash.hasPrefix) else {
                throw wrong(
                    "has no hash of bcrypt, yescrypt, scrypt, SHA-512 or SHA-256; `openssl passwd -6` makes one")
            }
            guard hashes.updateValue(hash, forKey: name) == nil else { throw wrong("names somebody a second time") }
            usual = hash
        }
    }

    /// Whether the passcode is this user's. Takes as long as its hash wants, so that nobody tries many.
    func proves(_ name: String, _ passcode: [UInt8]) -> Bool {
        let known = hashes[name]
        guard passcode.count <= Self.longestPasscode, !passcode.contains(0) else { return false }
        let setting = known ?? usual
        guard let made = Self.hash(passcode, setting) else { return false }
        // Every byte is looked at, whatever the first ones say.
        var difference: UInt8 = made.utf8.count == setting.utf8.count ? 0 : 1
        for (one, other) in zip(made.utf8, setting.utf8) { difference |= one ^ other }
        return difference == 0 && known != nil
    }

    private static func hash(_ passcode: [UInt8], _ setting: String) -> String? {
        let phrase = passcode.map { CChar(bitPattern: $0) } + [0]
        var data: UnsafeMutableRawPointer?
        var size: Int32 = 0
        defer { free(data) }
        // Null for a setting that it does not know.
        guard let result = crypt_ra(phrase, setting, &data, &size) else { return nil }
        return String(cString: result)
    }
}
