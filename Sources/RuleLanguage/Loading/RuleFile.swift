import Crypto

/// A rule file that has been read.
struct RuleFile {
    var root: XMLElement
    /// SHA-256, 64 hexadecimal digits.
    var digest: String
    /// As it is shown.
    var name: String
    var isRoot: Bool
}

/// SHA-256 as 64 hexadecimal digits.
func digest(of bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(64)
    for byte in SHA256.hash(data: bytes) {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
}
