import DICOMCore

extension KeyedIdentifiers {
    /// Text in which UIDs that stand in it are new, the same as anywhere else; nil when there is none. A token is taken for a
    /// UID when it is one (PS3.5 9.1) of five components and twenty characters at least, so that versions, addresses and
    /// section numbers are none; what PS3.6 registers stays.
    func mappingUIDs(inText text: [UInt8]) -> [UInt8]? {
        var result: [UInt8] = []
        var copied = 0
        var start = 0
        while start < text.count {
            guard Self.isUIDByte(text[start]) else {
                start += 1
                continue
            }
            var end = start
            while end < text.count, Self.isUIDByte(text[end]) { end += 1 }
            // A sentence ends with a full stop, too.
            var token = text[start..<end]
            while token.last == UInt8(ascii: ".") { token = token.dropLast() }
            if Self.isLongUID(token), !Self.isRegistered(token) {
                result += text[copied..<start]
                result += uid(for: token).utf8
                copied = token.endIndex
            }
            start = end
        }
        return copied == 0 ? nil : result + text[copied...]
    }

    private static func isUIDByte(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ".") || byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    private static func isLongUID(_ token: ArraySlice<UInt8>) -> Bool {
        guard token.count >= 20, token.count <= 64 else { return false }
        let parts = token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count >= 5, parts[0].count == 1, parts[0].first ?? 0 <= UInt8(ascii: "2") else { return false }
        return parts.allSatisfy { !$0.isEmpty }
    }
}

extension VR {
    /// Text in which a UID may stand though it is not the place for one.
    var mayNameUIDs: Bool {
        switch self {
        case .LO, .LT, .SH, .ST, .UC, .UR, .UT: true
        default: false
        }
    }
}
