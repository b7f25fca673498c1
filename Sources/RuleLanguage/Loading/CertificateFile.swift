/// Reads the certificates that `recipient` elements name: X.509 in PEM (RFC 7468).
///
/// Only the envelope is looked at here; whoever encrypts reads what is in it, and refuses what it cannot encrypt for.
struct CertificateFile {
    let log: FindingLog

    /// Enough for any key that there is (P9).
    static let maximumSize = 1 << 20
    private static let begin = "-----BEGIN CERTIFICATE-----"
    private static let end = "-----END CERTIFICATE-----"

    func read(_ attribute: XMLAttribute) -> Recipient? {
        guard let path = attribute.trimmed else { return nil }
        let target = FilePath.resolve(path, from: attribute.source.path)
        let contents: FileAccess.Contents
        do {
            contents = try attribute.source.files.read(target, limit: Self.maximumSize)
        } catch {
            log.error(
                .unreadableFile, "the certificate `\(path)` cannot be read: \(error.reason)", at: attribute.place,
                hint: "the path counts from the folder of this file")
            return nil
        }
        if let problem = Self.problem(contents.bytes) {
            log.error(
                .badCertificate, "`\(path)` is no certificate: \(problem)", at: attribute.place,
                hint: "a PEM file holds one certificate between `\(Self.begin)` and `\(Self.end)`")
            return nil
        }
        return Recipient(path: FilePath.simplified(target), certificate: contents.bytes)
    }

    /// What is wrong with the text of a file; nil when there is one certificate in it and no private key.
    private static func problem(_ bytes: [UInt8]) -> String? {
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).map { line in
            String(line.reversed().drop(while: \.isWhitespace).reversed())
        }
        // A private key beside the rules would be read by everyone who reads the rules.
        if lines.contains(where: { $0.hasPrefix("-----BEGIN") && $0.contains("PRIVATE KEY") }) {
            return "it holds a private key, which belongs to the recipient alone"
        }
        let starts = lines.indices.filter { lines[$0] == begin }
        guard let start = starts.first else { return "it has no line that begins one" }
        guard starts.count == 1 else { return "it holds several" }
        guard let end = lines[start...].firstIndex(of: end) else { return "it is cut off" }
        guard let encoded = base64(lines[(start + 1)..<end].joined()), isSequence(encoded) else {
            return "what is in it is damaged"
        }
        return nil
    }

    /// Whether the bytes are one ASN.1 SEQUENCE in DER, whole and with nothing behind it (X.690 8.1).
    private static func isSequence(_ bytes: [UInt8]) -> Bool {
        guard bytes.count > 4, bytes[0] == 0x30 else { return false }
        let lengthBytes = bytes[1] < 0x80 ? 0 : Int(bytes[1] & 0x7F)
        guard lengthBytes <= 4, bytes.count >= 2 + lengthBytes else { return false }
        let length =
            lengthBytes == 0 ? Int(bytes[1]) : bytes[2..<(2 + lengthBytes)].reduce(0) { $0 << 8 | Int($1) }
        return bytes.count == 2 + lengthBytes + length
    }

    /// RFC 4648 with padding; nil when there is anything else.
    private static func base64(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits = 0
        var held = 0
        let body = text.utf8.prefix { $0 != UInt8(ascii: "=") }
        guard text.utf8.count % 4 == 0, text.utf8.dropFirst(body.count).allSatisfy({ $0 == UInt8(ascii: "=") }),
            text.utf8.count - body.count <= 2
        else { return nil }
        for byte in body {
            let value: Int
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = Int(byte) - 65
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = Int(byte) - 71
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = Int(byte) + 4
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            default: return nil
            }
            bits = bits << 6 & 0xFFFF | value
            held += 6
            if held >= 8 {
                held -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> held))
            }
        }
        return bytes
    }
}
