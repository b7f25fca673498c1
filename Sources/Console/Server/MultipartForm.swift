/// A form with a file in it: multipart/form-data (RFC 7578), text alone.
enum MultipartForm {
    /// Parts of a form of ours.
    private static let mostParts = 20

    /// Names and values; nil for what cannot be read, or is not UTF-8.
    static func fields(_ body: [UInt8], contentType: String) -> FormFields? {
        guard let boundary = boundary(contentType) else { return nil }
        let mark = Array("--\(boundary)".utf8)
        var rest = body[...], pairs: [String] = []
        guard rest.starts(with: mark) else { return nil }
        rest = rest.dropFirst(mark.count)
        // A boundary begins on a line of its own (RFC 2046 5.1.1).
        let delimiter = [UInt8]("\r\n".utf8) + mark
        while !rest.starts(with: "--".utf8) {
            guard rest.starts(with: "\r\n".utf8), pairs.count < mostParts,
                let end = position(of: delimiter, in: rest)
            else { return nil }
            guard let pair = part(rest[rest.startIndex + 2..<max(end, rest.startIndex + 2)]) else { return nil }
            pairs.append(pair)
            rest = rest[(end + delimiter.count)...]
        }
        return FormFields(pairs.joined(separator: "&"))
    }

    private static func boundary(_ contentType: String) -> String? {
        let parts = contentType.split(separator: ";").map { $0.drop { $0 == " " } }
        guard parts.first?.lowercased() == "multipart/form-data",
            let named = parts.first(where: { $0.lowercased().hasPrefix("boundary=") })
        else { return nil }
        let text = named.dropFirst("boundary=".count).filter { $0 != "\"" }
        return (1...70).contains(text.utf8.count) ? String(text) : nil
    }

    /// A part as a pair of a query.
    private static func part(_ bytes: ArraySlice<UInt8>) -> String? {
        guard let end = position(of: Array("\r\n\r\n".utf8), in: bytes), end - bytes.startIndex < 4096,
            let head = String(validating: bytes[..<end], as: UTF8.self),
            let value = String(validating: bytes[(end + 4)...], as: UTF8.self)
        else { return nil }
        for line in head.split(whereSeparator: \.isNewline) where line.lowercased().hasPrefix("content-disposition:") {
            for word in line.split(separator: ";") {
                let trimmed = word.drop { $0 == " " }
                guard trimmed.hasPrefix("name=\""), trimmed.hasSuffix("\"") else { continue }
                let name = trimmed.dropFirst(6).dropLast()
                return "\(PercentText.encode(name))=\(PercentText.encode(value))"
            }
        }
        return nil
    }

    private static func position(of wanted: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        guard let first = wanted.first else { return nil }
        var start = bytes.startIndex
        while let next = bytes[start...].firstIndex(of: first) {
            if bytes[next...].starts(with: wanted) { return next }
            start = next + 1
        }
        return nil
    }
}
