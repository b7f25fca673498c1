internal import Glibc
internal import Host

/// RFC 5424 as PS3.15 A.6 asks for it, framed by counting octets (RFC 6587 3.4.1, RFC 5425 4.3).
enum SyslogMessage {
    /// Security messages of the facility 10, severity 5: notice.
    private static let priority = 10 * 8 + 5
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// - Parameter sequence: the number that a receiver knows the message by, and by which it knows whether one is missing.
    static func frame(_ xml: String, time: Instant, host: String, sequence: Int) -> [UInt8] {
        let header =
            "<\(priority)>1 \(time) \(host) cordon \(getpid()) DICOM+RFC3881 [meta sequenceId=\"\(sequence)\"] "
        let message =
            Array(header.utf8) + byteOrderMark + Array("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\(xml)".utf8)
        return Array("\(message.count) ".utf8) + message
    }

    /// After the largest comes 1 (RFC 5424 7.3.1).
    static func sequence(after number: Int) -> Int { number >= 2_147_483_647 ? 1 : number + 1 }

    /// The name of this machine as the header takes it: printable ASCII, at most 255.
    static var host: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, 255) == 0 else { return "-" }
        let bytes = name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)).filter { $0 > 0x20 && $0 < 0x7f }
        return bytes.isEmpty ? "-" : String(decoding: bytes, as: UTF8.self)
    }

    /// How many bytes at the beginning are whole frames.
    static func wholeFrames(_ bytes: [UInt8]) -> Int {
        var place = 0
        while let end = end(of: bytes, at: place) { place = end }
        return place
    }

    /// Where the frame ends that begins there; nil when it is not whole, or none.
    private static func end(of bytes: [UInt8], at start: Int) -> Int? {
        var length = 0
        var place = start
        while place < bytes.count, place - start < 10, (48...57).contains(bytes[place]) {
            length = length * 10 + Int(bytes[place] - 48)
            place += 1
        }
        guard place > start, place < bytes.count, bytes[place] == 0x20, length > 0,
            length <= bytes.count - place - 1
        else { return nil }
        return place + 1 + length
    }
}
