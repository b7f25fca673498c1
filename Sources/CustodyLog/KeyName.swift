internal import Crypto

/// What stands before a signature to say whose it is (C2SP signed-note): a name and the first bytes of a hash.
enum KeyName {
    /// Not empty, no spaces, no plus, no control characters.
    static func isValid(_ name: String) -> Bool {
        !name.isEmpty
            && name.unicodeScalars.allSatisfy {
                !$0.properties.isWhitespace && $0 != "+" && $0.properties.generalCategory != .control
            }
    }

    /// The first four bytes of SHA-256 over the name, a line feed, the type and the key.
    static func identifier(name: String, type: SignatureType, publicKey: [UInt8]) -> UInt32 {
        var hash = SHA256()
        hash.update(data: Array(name.utf8) + [UInt8(ascii: "\n"), type.rawValue] + publicKey)
        return hash.finalize().prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Eight hexadecimal digits.
    static func digits(_ identifier: UInt32) -> String {
        let text = String(identifier, radix: 16)
        return String(repeating: "0", count: 8 - text.count) + text
    }
}

/// What a signature of Ed25519 says.
public enum SignatureType: UInt8, Hashable, Sendable {
    /// Over the text of a note (C2SP signed-note).
    case note = 0x01
    /// Of a witness, over a time and the text of a checkpoint (C2SP tlog-cosignature v1).
    case cosignature = 0x04
}
