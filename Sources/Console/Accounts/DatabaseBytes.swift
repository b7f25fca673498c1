internal import Foundation

/// Bytes as GRDB takes and gives them.
enum DatabaseBytes {
    static func data(_ bytes: [UInt8]) -> Data { Data(bytes) }
    static func bytes(_ data: Data) -> [UInt8] { Array(data) }
}
