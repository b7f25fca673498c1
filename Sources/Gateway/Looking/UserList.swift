internal import CCrypt
internal import Glibc
internal import Host
internal import Inputs
internal import NIOPosix
internal import RuleLanguage

/// Names and hashed passcodes, as `mkpasswd`, `openssl passwd -6` or `htpasswd -B` write them: `name:hash` on each line. For user
/// identities of associations (PS3.7 D.3.3.7).
struct UserList: Sendable {
    private var hashes: [String: String] = [:]
    /// All hashes, sorted: an unknown name takes as long as one of these, and as the same one each time.
    private var settings: [String] = []
    /// Of the whole list, by which nobody else can say which one that is.
    private var secret = ""

    /// A way to hash, of crypt(5). Older ones can be guessed in hours.
    private struct Method {
        var prefix: String
        /// Characters of the hash, behind the last `$`. bcrypt has the salt there, too.
        var length: Int
        /// Bytes of a passcode that count; behind them two passcodes would be one.
        var most: Int = UserList.longestPasscode

        static let all = [
            Method(prefix: "$2b$", length: 53, most: 72), Method(prefix: "$2y$", length: 53, most: 72),
            Method(prefix: "$2a$", length: 53, most: 72), Method(prefix: "$y$", length: 43),
            Method(prefix: "$gy$", length: 43), Method(prefix: "$7$", length: 43), Method(prefix: "$6$", length: 86),
            Method(prefix: "$5$", length: 43),
        ]

        static func of(_ hash: String) -> Method? { all.first { hash.hasPrefix($0.prefix) } }
    }

    private static let longestPasscode = 512
    /// Of nobody's passcode, for a list without anybody.
    private static let nobodys = "$6$cordoncordoncord$"

    init(path: String) throws(GatewayError) {
        let bytes: [UInt8]
        do throws(FileAccess.Failure) { bytes = try FileAccess.read(path, limit: 1 << 20).bytes } catch {
            throw GatewayError(.arguments, "the list of users cannot be read: \(error.reason)")
        }
        // Not repaired: two names that are none would become one.
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw GatewayError(.arguments, "the list of users is no UTF-8")
        }
        try self.init(text: text)
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
            guard let method = Method.of(hash) else {
                throw wrong(
                    "has no hash of bcrypt, yescrypt, scrypt, SHA-512 or SHA-256; `openssl passwd -6` makes one")
            }
            guard Self.isWhole(hash, method) else {
                throw wrong("has a hash that is not whole, or that this system cannot check")
            }
            guard hashes.updateValue(hash, forKey: name) == nil else { throw wrong("names somebody a second time") }
        }
        settings = hashes.values.sorted()
        secret = ContentDigest(of: text.utf8).hexadecimal
    }

    /// A hash that is cut short proves nobody, and takes another time than one that is whole.
    private static func isWhole(_ hash: String, _ method: Method) -> Bool {
        let own = hash.utf8.reversed().prefix { $0 != UInt8(ascii: "$") }
        guard own.count == method.length, own.allSatisfy(isOfHash) else { return false }
        let verdict = crypt_checksalt(hash)
        return verdict == CRYPT_SALT_OK || verdict == CRYPT_SALT_METHOD_LEGACY
    }

    /// The characters of crypt(5): `./0-9A-Za-z`.
    private static func isOfHash(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ".")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }

    /// What a name's passcode is held against: as long as it stays the same, what was proved with it stays so.
    func hash(of name: String) -> String? { hashes[name] }

    /// The same on threads of its own: a hash takes a core for as long as it wants, and many who try at once wait for each other and
    /// hold up nobody else.
    func proves(_ name: String, _ passcode: [UInt8]) async -> Bool {
        (try? await Self.threads.runIfActive { isPasscode(passcode, of: name) }) ?? false
    }

    private static let threads: NIOThreadPool = {
        let threads = NIOThreadPool(numberOfThreads: 2)
        threads.start()
        return threads
    }()

    /// Whether the passcode is this user's. Takes as long as its hash wants, so that nobody tries many; for a name that is not
    /// there, as long as one that is.
    func isPasscode(_ passcode: [UInt8], of name: String) -> Bool {
        let known = hashes[name]
        guard passcode.count <= Self.longestPasscode, !passcode.contains(0) else { return false }
        let setting = known ?? stranger(name)
        guard let made = Self.hash(passcode, setting) else { return false }
        // Every byte is looked at, whatever the first ones say.
        var difference: UInt8 = made.utf8.count == setting.utf8.count ? 0 : 1
        for (one, other) in zip(made.utf8, setting.utf8) { difference |= one ^ other }
        // Of a passcode that is longer than its method reads, only the beginning was looked at.
        let isRead = Method.of(setting).map { passcode.count <= $0.most } ?? false
        return difference == 0 && isRead && known != nil
    }

    /// A hash in place of one for a name that has none, of a method and a cost that others have: where the list has several, names
    /// that are not there are spread over them as those are that are.
    private func stranger(_ name: String) -> String {
        guard !settings.isEmpty else { return Self.nobodys }
        let number = ContentDigest(of: "\(secret)\n\(name)".utf8).prefix
        return settings[Int(number % UInt64(settings.count))]
    }

    /// By crypt(5); nil for a setting that it does not know.
    static func hash(_ passcode: [UInt8], _ setting: String) -> String? {
        let phrase = passcode.map { CChar(bitPattern: $0) } + [0]
        var data: UnsafeMutableRawPointer?
        var size: Int32 = 0
        defer { free(data) }
        guard let result = crypt_ra(phrase, setting, &data, &size) else { return nil }
        return String(cString: result)
    }
}
