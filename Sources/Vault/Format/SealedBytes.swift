import Crypto
package import DICOMFile
import FoundationEssentials
import Glibc
import Host
import Synchronization

/// An object that is encrypted, read where somebody looks and nowhere else. Every chunk that is handed on has been authenticated
/// under the data key, which is this object's alone, with its number in the object and the size of the whole: a byte of it is
/// either what was stored or an error. What nobody looks at may be damaged all the same; `original` tells.
package final class SealedBytes: ByteSource {
    package let size: Int
    private let file: Descriptor
    private let key: SymmetricKey
    private let header: SealedHeader
    private let storedSize: Int
    /// The chunk that was read last: the next look is often at the same.
    private let last = Mutex<(number: Int, bytes: [UInt8])?>(nil)

    /// - Parameter size: of the plain bytes, as the envelope has it.
    init(_ file: Descriptor, key: SymmetricKey, size: Int64) throws(ByteSourceError) {
        let storedSize: Int
        do throws(SystemError) { storedSize = Int(try file.status().st_size) } catch {
            throw ByteSourceError("it cannot be looked at: \(error)")
        }
        guard Int64(storedSize) == SealedHeader.sealedSize(of: size) else {
            throw ByteSourceError("it has not the size that its envelope says")
        }
        guard let header = SealedHeader(try Self.read(file, 0..<SealedHeader.byteCount)) else {
            throw ByteSourceError("its header is damaged (bytes 0 to 19)")
        }
        self.file = file
        self.key = key
        self.size = Int(size)
        self.header = header
        self.storedSize = storedSize
    }

    package func bytes(in range: Range<Int>) throws(ByteSourceError) -> [UInt8] {
        guard range.lowerBound >= 0, range.upperBound <= size else {
            throw ByteSourceError("bytes were asked for that it has not")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        var position = range.lowerBound
        while position < range.upperBound {
            let number = position / SealedHeader.chunkSize
            let start = number * SealedHeader.chunkSize
            let chunk = try chunk(number)
            let end = min(range.upperBound - start, chunk.count)
            guard position - start < end else { throw ByteSourceError("it has been cut (chunk \(number))") }
            bytes += chunk[(position - start)..<end]
            position = start + end
        }
        return bytes
    }

    private func chunk(_ number: Int) throws(ByteSourceError) -> [UInt8] {
        if let known = last.withLock({ $0?.number == number ? $0?.bytes : nil }) { return known }
        let offset = SealedHeader.byteCount + number * SealedHeader.sealedChunkSize
        let end = min(offset + SealedHeader.sealedChunkSize, storedSize)
        let sealed = try Self.read(file, offset..<end)
        let plain = sealed.withUnsafeBytes {
            header.open($0, chunk: UInt32(truncatingIfNeeded: number), isLast: end == storedSize, key)
        }
        guard let plain else {
            throw ByteSourceError("its bytes are not what was sealed (chunk \(number), bytes \(offset) to \(end - 1))")
        }
        let bytes = Array(plain)
        last.withLock { $0 = (number, bytes) }
        return bytes
    }

    private static func read(_ file: Descriptor, _ range: Range<Int>) throws(ByteSourceError) -> [UInt8] {
        var failure: SystemError?
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            do throws(SystemError) {
                let whole = UnsafeMutableRawBufferPointer(
                    rebasing: UnsafeMutableRawBufferPointer(buffer)[..<range.count])
                count = try file.read(into: whole, at: range.lowerBound)
            } catch {
                failure = error
            }
        }
        if let failure { throw ByteSourceError("it cannot be read: \(failure)") }
        guard bytes.count == range.count else { throw ByteSourceError("it has been cut at byte \(bytes.count)") }
        return bytes
    }
}
