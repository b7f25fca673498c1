import Host

/// The first twenty bytes of an object that is encrypted:
///
///     8   `CORDONV1`
///     4   bytes of plain text in a chunk, big endian: 65536
///     7   the beginning of every chunk's nonce, at random
///     1   zero
///
/// They are authenticated with every chunk. Which site key wraps the data key does not stand here but in the envelope,
/// where it is authenticated: it changes when keys are rotated, and objects are never written again.
struct SealedHeader: Equatable {
    static let magic = Array("CORDONV1".utf8)
    static let byteCount = 20
    static let prefixByteCount = 7
    static let chunkSize = 1 << 16
    static let tagSize = 16
    /// On disk.
    static let sealedChunkSize = chunkSize + tagSize

    let prefix: [UInt8]

    /// With a prefix of its own.
    init() {
        var generator = SystemRandomNumberGenerator()
        prefix = generator.bytes(Self.prefixByteCount)
    }

    /// Nil unless they are such bytes.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        prefix = Array(bytes[12..<19])
        guard self.bytes == bytes else { return nil }
    }

    var bytes: [UInt8] {
        Self.magic + (0..<4).map { UInt8(truncatingIfNeeded: Self.chunkSize >> (24 - 8 * $0)) } + prefix + [0]
    }

    /// The nonce of a chunk: the prefix, its number, and whether it is the last (the STREAM construction of Hoang,
    /// Reyhanitabar, Rogaway and Vizár, 2015). Chunks can then neither change places nor be dropped at the end.
    func nonce(chunk: UInt32, isLast: Bool) -> [UInt8] {
        prefix + (0..<4).map { UInt8(truncatingIfNeeded: chunk >> (24 - 8 * UInt32($0))) } + [isLast ? 1 : 0]
    }

    /// How large an object of so many bytes is on disk.
    static func sealedSize(of plainSize: Int64) -> Int64 {
        let chunks = max(1, (plainSize + Int64(chunkSize) - 1) / Int64(chunkSize))
        return Int64(byteCount) + plainSize + chunks * Int64(tagSize)
    }
}
