internal import CZlib

/// A picture of 8 bits a sample as PNG (ISO/IEC 15948): grey or RGB, not interlaced.
enum PNG {
    /// Nil when the samples are not as many as the size says, or zlib refuses.
    static func encode(width: Int, height: Int, samples: Int, _ bytes: [UInt8]) -> [UInt8]? {
        guard width > 0, height > 0, samples == 1 || samples == 3, bytes.count == width * height * samples else {
            return nil
        }
        let stride = width * samples
        var rows: [UInt8] = []
        rows.reserveCapacity(bytes.count + height)
        for row in 0..<height {
            rows.append(0)  // the filter of this row: none
            rows += bytes[row * stride..<(row + 1) * stride]
        }
        guard let packed = deflated(rows) else { return nil }
        let header =
            bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [8, samples == 1 ? 0 : 2, 0, 0, 0]
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header) + chunk("IDAT", packed)
            + chunk("IEND", [])
    }

    private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + data
        let sum = crc32(0, body, UInt32(body.count))
        return bigEndian(UInt32(data.count)) + body + bigEndian(UInt32(truncatingIfNeeded: sum))
    }

    private static func bigEndian(_ number: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    private static func deflated(_ bytes: [UInt8]) -> [UInt8]? {
        var count = compressBound(UInt(bytes.count))
        var packed = [UInt8](repeating: 0, count: Int(count))
        guard compress2(&packed, &count, bytes, UInt(bytes.count), 6) == Z_OK else { return nil }
        return Array(packed[..<Int(count)])
    }
}
