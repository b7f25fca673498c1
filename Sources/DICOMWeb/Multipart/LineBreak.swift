import Glibc

/// Where a line may end. By `memchr`, since this is what the bytes of every image pass through.
enum LineBreak {
    /// The first CR at or behind an index.
    static func first(in bytes: [UInt8], from start: Int) -> Int? {
        guard start < bytes.count else { return nil }
        return bytes.withUnsafeBytes { buffer in
            // SAFETY: the length is that of what lies behind `start` in the buffer.
            guard let base = buffer.baseAddress, let found = memchr(base + start, 0x0D, buffer.count - start)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }
}
