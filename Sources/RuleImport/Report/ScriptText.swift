package import RuleLanguage

/// A script's text with its lines: places of what stands in it.
struct ScriptText {
    let file: String
    let bytes: [UInt8]
    private let lineStarts: [Int]

    init(file: String, bytes: [UInt8]) {
        self.file = file
        self.bytes = bytes
        var starts = [0]
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { starts.append(index + 1) }
        lineStarts = starts
    }

    /// Of a byte. Columns count characters.
    func location(at offset: Int) -> SourceLocation {
        let offset = min(max(offset, 0), bytes.count)
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        // Of a line that nobody can read whole, the bytes are counted.
        let run = bytes[lineStarts[low]..<offset]
        let column = run.count > 4096 ? run.count : String(decoding: run, as: UTF8.self).count
        return SourceLocation(file: file, line: low + 1, column: column + 1)
    }

    /// Lines without their ends, each with the offset of its first byte.
    var lines: [(text: String, offset: Int)] {
        lineStarts.indices.map { index in
            var end = index + 1 < lineStarts.count ? lineStarts[index + 1] - 1 : bytes.count
            if end > lineStarts[index], bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
            return (String(decoding: bytes[lineStarts[index]..<end], as: UTF8.self), lineStarts[index])
        }
    }

    /// Finds bytes that are not UTF-8, or no text at all.
    func firstBadByte() -> Int? {
        if let nul = bytes.firstIndex(of: 0) { return nul }
        var index = 0
        var decoder = UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        while true {
            switch decoder.parseScalar(from: &iterator) {
            case .valid(let scalar): index += scalar.count
            case .emptyInput: return nil
            case .error: return index
            }
        }
    }
}

/// Why a script cannot be imported at all.
package struct ImportFailure: Error, Sendable, Hashable {
    /// At least one.
    package var findings: [Finding]

    init(_ findings: [Finding]) { self.findings = findings }

    init(_ code: String, _ message: String, at location: SourceLocation, hint: String? = nil) {
        findings = [Finding(severity: .error, code: code, message: message, location: location, hint: hint)]
    }
}
