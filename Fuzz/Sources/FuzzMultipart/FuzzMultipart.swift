import FuzzDriver

@_cdecl("FuzzMultipart_main")
func main(_ count: Int32, _ arguments: Arguments) -> Int32 { fuzz(count, arguments, read) }

/// What a body says, however it was cut: its parts, and how it ended.
private struct Reading: Equatable {
    var parts: [MultipartHeaders] = []
    var bytes: [[UInt8]] = []
    var error: MultipartError.Code?
}

private func readings(_ body: [UInt8], _ sizes: some Sequence<Int>) -> Reading {
    var limits = MultipartLimits()
    limits.headerLength = 256
    limits.preambleLength = 256
    limits.parts = 100
    var reading = Reading()
    guard var parser = MultipartParser(boundary: "b", limits: limits) else { return reading }
    var position = 0
    do throws(MultipartError) {
        for size in sizes {
            let end = min(body.count, position + size)
            parser.append(body[position..<end])
            position = end
            while let event = try parser.next() {
                switch event {
                case .beginPart(let headers):
                    reading.parts.append(headers)
                    reading.bytes.append([])
                case .bytes(let bytes): reading.bytes[reading.bytes.count - 1] += bytes
                case .endPart: break
                }
            }
            if position == body.count { break }
        }
        try parser.finish()
    } catch {
        precondition(error.offset >= -2 && error.offset <= body.count + 2)
        reading.error = error.code
    }
    return reading
}

/// Whatever the bytes: a body reads the same in one piece, byte by byte, and in pieces that it says itself; texts that are
/// read are written as they were read.
private func read(_ bytes: [UInt8]) {
    let whole = readings(bytes, [bytes.count])
    precondition(readings(bytes, repeatElement(1, count: max(1, bytes.count))) == whole)
    let sizes = bytes.prefix(32).map { Int($0) + 1 } + [bytes.count]
    precondition(readings(bytes, sizes) == whole)
    if let text = String(validating: bytes, as: UTF8.self) {
        if let type = MediaType(text) { precondition(MediaType(type.description) == type) }
        _ = AcceptList([text])
        if let decoded = PercentEncoding.decode(text) {
            precondition(PercentEncoding.decode(PercentEncoding.encode(decoded)) == decoded)
        }
    }
    _ = try? JSONParser.parse(bytes)
}
