import Crypto
import FoundationEssentials
import Glibc
import Host

/// Decrypts an object in chunks. What it hands on has been authenticated, chunk by chunk; that it is the object it is
/// called, the digest says at the end.
enum Opener {
    /// What is wrong with the bytes, and where.
    struct Damage: Error, Hashable {
        var reason: String
    }

    /// Throws `Damage`, `SystemError`, and whatever `body` throws.
    static func open(
        _ file: Descriptor, key: SymmetricKey, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let size = Int(try file.status().st_size)
        guard size >= SealedHeader.byteCount + SealedHeader.tagSize else {
            throw Damage(reason: "it has been cut: \(size) bytes are left, and the shortest object has 36")
        }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: SealedHeader.sealedChunkSize, alignment: 16)
        defer { buffer.deallocate() }
        let head = UnsafeMutableRawBufferPointer(rebasing: buffer[..<SealedHeader.byteCount])
        let headCount = try file.read(into: head, at: 0)
        guard headCount == SealedHeader.byteCount, let header = SealedHeader(Array(head)) else {
            throw Damage(reason: "its header is damaged (bytes 0 to 19)")
        }
        var offset = SealedHeader.byteCount
        var chunk: UInt32 = 0
        while offset < size {
            let count = min(SealedHeader.sealedChunkSize, size - offset)
            let isLast = offset + count == size
            let place = "chunk \(chunk), bytes \(offset) to \(offset + count - 1)"
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
            let partCount = try file.read(into: part, at: offset)
            guard count >= SealedHeader.tagSize, partCount == count else {
                throw Damage(reason: "it has been cut (\(place))")
            }
            guard let plain = header.open(UnsafeRawBufferPointer(part), chunk: chunk, isLast: isLast, key) else {
                throw Damage(reason: "its bytes are not what was sealed (\(place))")
            }
            try plain.withUnsafeBytes(body)
            offset += count
            chunk &+= 1
        }
    }
}

extension SealedHeader {
    /// The plain bytes of one chunk with its tag; nil unless they are what was sealed.
    func open(
        _ sealed: UnsafeRawBufferPointer, chunk: UInt32, isLast: Bool, _ key: SymmetricKey
    ) -> Data? {
        let count = sealed.count - Self.tagSize
        guard count >= 0, let nonce = try? AES.GCM.Nonce(data: nonce(chunk: chunk, isLast: isLast)),
            let box = try? AES.GCM.SealedBox(
                nonce: nonce, ciphertext: UnsafeRawBufferPointer(rebasing: sealed[..<count]),
                tag: UnsafeRawBufferPointer(rebasing: sealed[count...]))
        else { return nil }
        return try? AES.GCM.open(box, using: key, authenticating: bytes)
    }
}
