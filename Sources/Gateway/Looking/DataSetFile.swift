internal import Access
internal import DICOMFile
internal import Glibc
internal import Host

/// The data set of a delivered file, in pieces: what travels in a C-STORE, without preamble and file meta information.
final class DataSetFile {
    private let descriptor: Descriptor
    private var place: Int
    private let end: Int

    init(_ delivery: Access.Delivery) throws {
        descriptor = try Descriptor(reading: PathBytes(delivery.path))
        // The data set begins behind group 0002, deflated or not.
        place = delivery.file.fileMeta.range.upperBound
        end = delivery.file.size
    }

    /// The next bytes, or nil after the last.
    func next(_ maximum: Int) throws -> ArraySlice<UInt8>? {
        let count = min(maximum, end - place)
        guard count > 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        let read = bytes.withUnsafeMutableBytes { pread(descriptor.number, $0.baseAddress, count, off_t(place)) }
        guard read > 0 else { throw SystemError.last("pread") }
        place += read
        return bytes[..<read]
    }
}
