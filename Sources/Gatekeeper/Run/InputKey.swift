import Host
internal import Crypto
import Inputs

/// What an input is called in OUT: a keyed hash of its path, because paths can name patients and OUT is sent away.
struct InputKey: Hashable, Sendable {
    var high: UInt64
    var low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    init?(_ text: some StringProtocol) {
        guard text.utf8.count == 32, let high = UInt64(text.prefix(16), radix: 16),
            let low = UInt64(text.dropFirst(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }

    var text: String { Self.hexadecimal(high) + Self.hexadecimal(low) }

    private static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// Makes `InputKey`s.
struct InputKeys: Sendable {
    private let code: HMAC<SHA256>

    /// - Parameter secret: from the site's key, where there is one; else what identifies the run, which hides nothing
    ///   from somebody who guesses whole paths, in an output that holds the patient's name anyway.
    init(secret: [UInt8]) { code = HMAC<SHA256>(key: SymmetricKey(data: secret)) }

    func key(for name: [UInt8]) -> InputKey {
        var code = code
        code.update(data: name)
        return code.finalize().withUnsafeBytes { bytes in
            InputKey(
                high: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
                low: bytes.dropFirst(8).prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
        }
    }

    /// A fingerprint as it may stand in OUT.
    func mark(of fingerprint: Fingerprint) -> String { key(for: Array(fingerprint.text.utf8)).text }
}
