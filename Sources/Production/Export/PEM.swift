/// Text between `BEGIN CERTIFICATE` and `END CERTIFICATE` (RFC 7468).
enum PEM {
    /// The bytes of each certificate.
    static func certificates(_ text: [UInt8]) -> [[UInt8]] {
        let lines = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline)
        var found: [[UInt8]] = []
        var body: String?
        for line in lines {
            if line == "-----BEGIN CERTIFICATE-----" {
                body = ""
            } else if line == "-----END CERTIFICATE-----" {
                if let body { found.append(decoded(body)) }
                body = nil
            } else if body != nil {
                body? += line
            }
        }
        return found
    }

    private static func decoded(_ text: String) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var bytes: [UInt8] = []
        var bits = 0
        var count = 0
        for character in text.utf8 {
            guard let value = alphabet.firstIndex(of: character) else { continue }
            bits = (bits << 6 | value) & 0xFFFFFF
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> count))
            }
        }
        return bytes
    }
}
