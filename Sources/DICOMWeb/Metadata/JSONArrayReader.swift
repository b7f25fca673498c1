import NIOCore

/// The objects of a JSON array, each as its bytes, one after the other: a long answer is never in memory whole.
final class JSONArrayReader {
    private let body: Feed<ByteBuffer>
    private let limit: Int
    private var buffer = ByteBuffer()
    private var object: [UInt8] = []
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    private var state = State.beforeArray

    private enum State { case beforeArray, beforeFirst, behindComma, behindObject, inObject, atEnd }

    /// - Parameter limit: bytes of one object.
    init(_ body: Feed<ByteBuffer>, limit: Int = 64 << 20) {
        self.body = body
        self.limit = limit
    }

    private var offset = 0

    /// The next object, or nil behind the array. A body without anything in it is an empty array: some servers answer so.
    func next() async throws -> [UInt8]? {
        while true {
            while let byte = buffer.readInteger(as: UInt8.self) {
                offset += 1
                if try take(byte) {
                    defer { object.removeAll(keepingCapacity: true) }
                    return object
                }
            }
            guard let more = try await body.next() else {
                guard state == .atEnd || (state == .beforeArray && offset == 0) else {
                    throw MetadataError(at: offset, expected: "the end of the array")
                }
                return nil
            }
            buffer = more
        }
    }

    /// Whether an object ends with this byte.
    private func take(_ byte: UInt8) throws(MetadataError) -> Bool {
        if state == .inObject {
            guard object.count < limit else { throw MetadataError(at: offset, expected: "a shorter data set") }
            object.append(byte)
            return within(byte)
        }
        switch (state, byte) {
        case (_, 0x20), (_, 0x09), (_, 0x0A), (_, 0x0D): break
        case (.beforeArray, UInt8(ascii: "[")): state = .beforeFirst
        case (.beforeFirst, UInt8(ascii: "{")), (.behindComma, UInt8(ascii: "{")):
            object.append(byte)
            depth = 1
            state = .inObject
        case (.beforeFirst, UInt8(ascii: "]")), (.behindObject, UInt8(ascii: "]")): state = .atEnd
        case (.behindObject, UInt8(ascii: ",")): state = .behindComma
        default: throw MetadataError(at: offset - 1, expected: "an array of data sets")
        }
        return false
    }

    private func within(_ byte: UInt8) -> Bool {
        if isInString {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString = false
            }
            return false
        }
        switch byte {
        case UInt8(ascii: "\""): isInString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            depth -= 1
            if depth == 0 {
                state = .behindObject
                return true
            }
        default: break
        }
        return false
    }
}
