import DICOMCore
import DICOMEncoding
import DICOMFile
import Glibc
import TestSupport

/// Swift Testing has tags, too.
typealias Tag = DICOMCore.Tag

/// The code of the error, nil when there was none.
func code<T>(_ body: () throws(ParseError) -> T) -> ParseError.Code? {
    do throws(ParseError) {
        _ = try body()
        return nil
    } catch {
        return error.code
    }
}

struct SystemError: Error { var number: Int32 }

func temporaryPath() -> String {
    var template = Array("/tmp/cordon-test-XXXXXX".utf8CString)
    close(mkstemp(&template))
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

func write(_ bytes: [UInt8], to path: String) throws { try writeSparse(path, [(0, bytes)]) }

/// A file with holes between the parts.
func writeSparse(_ path: String, _ parts: [(Int, [UInt8])]) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    guard descriptor >= 0 else { throw SystemError(number: errno) }
    defer { close(descriptor) }
    for (offset, bytes) in parts {
        guard pwrite(descriptor, bytes, bytes.count, off_t(offset)) == bytes.count else {
            throw SystemError(number: errno)
        }
    }
}

extension DataSetBuilder {
    /// Items of a sequence of defined lengths, in implicit VR.
    static func encodedItems(_ items: [DataSetBuilder]) -> [UInt8] {
        let sequence = DataSetBuilder().sequence(Tag(0x0040, 0xA730), items).encoded(.implicitLittleEndian)
        return Array(sequence.dropFirst(8))
    }
}
