internal import Crypto

/// Proves that the form by which somebody comes in was given to the same browser, before there is a session: a random value in a
/// cookie, and in the form its MAC.
struct FormSeal: Sendable {
    private let key = SymmetricKey(size: .bits256)

    func newValue() -> String { Hex.text(SecureRandom.bytes(32)) }

    func token(_ value: String) -> String {
        Hex.text(HMAC<SHA256>.authenticationCode(for: Array(("login " + value).utf8), using: key))
    }

    func fits(_ token: String, _ value: String) -> Bool {
        SecretBytes.areEqual(Array(self.token(value).utf8), Array(token.utf8))
    }
}
