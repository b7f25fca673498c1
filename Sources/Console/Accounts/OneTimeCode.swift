internal import Crypto
package import Host

/// Codes of an authenticator: TOTP (RFC 6238) with SHA-1, six digits and steps of 30 seconds, which every authenticator has.
package struct OneTimeCode: Hashable, Sendable {
    /// 20 bytes, shared with the authenticator.
    package let secret: [UInt8]

    package init(secret: [UInt8]) { self.secret = secret }

    package static func new() -> OneTimeCode { OneTimeCode(secret: SecureRandom.bytes(20)) }

    package static func step(at time: Instant) -> Int64 { time.milliseconds / 30_000 }

    /// The code of a step (RFC 4226 5.3).
    package func code(step: Int64) -> String {
        let counter = (0..<8).map { UInt8(truncatingIfNeeded: step >> (56 - 8 * $0)) }
        let code = Array(
            HMAC<Insecure.SHA1>.authenticationCode(for: counter, using: SymmetricKey(data: secret)))
        let offset = Int((code.last ?? 0) & 15)
        let number = code[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let digits = String(number % 1_000_000)
        return String(repeating: "0", count: 6 - digits.count) + digits
    }

    /// The step that a code is of, if it is of this one or its neighbours, and later than the last that was used: a code is
    /// good once (RFC 6238 5.2).
    func step(of code: String, after last: Int64, at time: Instant) -> Int64? {
        let now = Self.step(at: time)
        let given = Array(code.utf8)
        var found: Int64?
        for step in [now - 1, now, now + 1] where SecretBytes.areEqual(Array(self.code(step: step).utf8), given) {
            if step > last { found = step }
        }
        return found
    }

    /// What authenticators read: `otpauth://totp/…`.
    package func address(account: String) -> String {
        let name = PercentText.encode(account)
        return
            "otpauth://totp/Cordon:\(name)?secret=\(Base32.text(secret))&issuer=Cordon&algorithm=SHA1&digits=6&period=30"
    }
}
