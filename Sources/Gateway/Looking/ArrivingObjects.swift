internal import DICOMCore
internal import DICOMEncoding
internal import DICOMFile
internal import DICOMNetwork
internal import Host

/// Takes what a C-GET of ours brings: each object becomes a file of PS3.10, is handed on, and is answered when it has been dealt
/// with.
struct ArrivingObjects: StorageHandler {
    let scratch: String
    let arrivals: Handoff<String>
    /// Bytes of one object; a larger one is refused, and has failed for whoever asked (P9).
    var mostBytes: Int64 = 16 << 30

    func store(_ request: StoreRequest, _ data: DataSetPieces) async -> Status {
        let path = "\(scratch)/arriving-\(UInt64.random(in: 0 ... .max)).dcm"
        do {
            var file = try DurableFile(temporaryPath: path, mode: 0o600)
            try file.write(Self.header(request))
            var size: Int64 = 0
            while let piece = try await data.next() {
                size += Int64(piece.count)
                guard size <= mostBytes else { throw TooLarge() }
                try file.write(Array(piece))
            }
        } catch {
            try? FileSystem.remove(path)
            return .outOfResources
        }
        // Who takes it removes it.
        if await arrivals.give(path) { return .success }
        try? FileSystem.remove(path)
        return .outOfResources
    }

    private struct TooLarge: Error {}

    /// Preamble and file meta information (PS3.10 7.1) of an object as it came.
    private static func header(_ request: StoreRequest) -> [UInt8] {
        func element(_ tag: Tag, _ vr: VR, _ value: [UInt8]) -> [UInt8] {
            var writer = ElementWriter(.explicitLittleEndian)
            writer.appendHeader(tag, vr, .bytes(UInt32(value.count + value.count % 2)))
            writer.appendValue(value, vr)
            return writer.bytes
        }
        let group =
            element(.fileMetaInformationVersion, .OB, [0, 1])
            + element(.mediaStorageSOPClassUID, .UI, Array(request.sopClass.utf8.prefix(64)))
            + element(.mediaStorageSOPInstanceUID, .UI, Array(request.sopInstance.utf8.prefix(64)))
            + element(.transferSyntaxUID, .UI, Array(request.transferSyntax.utf8.prefix(64)))
            + element(.implementationClassUID, .UI, Array(Implementation.uid.utf8))
        let length = (0..<4).map { UInt8(truncatingIfNeeded: group.count >> ($0 * 8)) }
        return [UInt8](repeating: 0, count: 128) + Array("DICM".utf8)
            + element(.fileMetaInformationGroupLength, .UL, length) + group
    }

    private enum Implementation { static let uid = "2.25.241557262254283614480741870342583713104" }
}

extension DurableFile {
    fileprivate mutating func write(_ bytes: [UInt8]) throws {
        let result = bytes.withUnsafeBytes { bytes in Result { () throws(SystemError) in try write(bytes) } }
        try result.get()
    }
}
