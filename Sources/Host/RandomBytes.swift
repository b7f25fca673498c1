extension RandomNumberGenerator {
    /// Bytes at random, eight from each call: each call asks the kernel.
    package mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            let word = next()
            for place in 0..<min(8, count - bytes.count) {
                bytes.append(UInt8(truncatingIfNeeded: word >> (8 * UInt64(place))))
            }
        }
        return bytes
    }
}
