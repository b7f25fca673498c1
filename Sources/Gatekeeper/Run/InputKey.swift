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

    var text: String {
        withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { hexadecimalDigits($0) }
    }
}

/// The `InputKey`s of a run, by the numbers of its inputs.
struct InputKeys: Sendable {
    private let code: HMAC<SHA256>
    private let names: InputNames
    /// Of all inputs; empty where few are asked for.
    private let all: [InputKey]

    /// - Parameters:
    ///   - secret: from the site's key, where there is one; else what identifies the run, which hides nothing
    ///     from somebody who guesses whole paths, in an output that holds the patient's name anyway.
    ///   - isReady: makes all of them now: a run that writes asks for each several times.
    init(of names: InputNames, secret: [UInt8], isReady: Bool = true) {
        let code = HMAC<SHA256>(key: SymmetricKey(data: secret))
        self.code = code
        self.names = names
        all = isReady ? (0..<names.count).map { Self.key(for: names.identity(of: $0), code) } : []
    }

    subscript(_ index: Int) -> InputKey {
        all.isEmpty ? Self.key(for: names.identity(of: index), code) : all[index]
    }

    private static func key(for name: [UInt8], _ code: HMAC<SHA256>) -> InputKey {
        var code = code
        code.update(data: name)
        return code.finalize().withUnsafeBytes { bytes in
            InputKey(
                high: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
                low: bytes.dropFirst(8).prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
        }
    }

    /// A fingerprint as it may stand in OUT.
    func mark(of fingerprint: Fingerprint) -> String { Self.key(for: Array(fingerprint.text.utf8), code).text }
}
