internal import Host

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
                if let bytes = body.flatMap({ Base64.decode($0.utf8) }) { found.append(bytes) }
                body = nil
            } else if body != nil {
                body? += line
            }
        }
        return found
    }
}
