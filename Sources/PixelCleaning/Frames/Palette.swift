import DICOMCore
import DICOMFile

/// The colours of an image of PALETTE COLOR (PS3.3 C.7.6.3.1.5, C.7.6.3.1.6).
struct Palette {
    /// Which index is shown darkest.
    let darkestIndex: Int
    private let first: Int
    private let channels: [[UInt8]]

    init(_ file: DICOMFile) throws(UncleanablePixels) {
        let missing = UncleanablePixels("its palette cannot be read")
        guard let descriptor = file.dataSet.child(Tag(0x0028, 0x1101)),
            let values = try? file.values(of: descriptor), values.count == 3, let entries = Int(values[0]),
            let first = Int(values[1]), let bits = Int(values[2]), bits == 8 || bits == 16, 0...65_535 ~= first
        else { throw missing }
        // The number is not signed, whatever the pixels are; 0 is 65536, which does not fit.
        let count = entries > 0 ? entries : entries + 65_536
        guard 1...65_536 ~= count else { throw missing }
        var channels: [[UInt8]] = []
        for element: UInt16 in 0x1201...0x1203 {
            guard let node = file.dataSet.child(Tag(0x0028, element)), let bytes = try? file.bytes(of: node) else {
                throw missing
            }
            // Entries of eight bits are one or two to a word. Data of another length is not what the descriptor says.
            let width = bytes.count == count * 2 ? 2 : 1
            guard bytes.count == count * width || bytes.count == count + count % 2 else { throw missing }
            let isBigEndian = file.dataSet.encoding == .explicitBigEndian
            channels.append(
                (0..<count).map { index in
                    guard width == 2 else { return bytes[index] }
                    let word =
                        isBigEndian
                        ? UInt16(bytes[index * 2]) << 8 | UInt16(bytes[index * 2 + 1])
                        : UInt16(bytes[index * 2 + 1]) << 8 | UInt16(bytes[index * 2])
                    return bits == 16 ? UInt8(word >> 8) : UInt8(truncatingIfNeeded: word)
                })
        }
        self.first = first
        self.channels = channels
        let sums = (0..<count).map { index in channels.reduce(0) { $0 + Int($1[index]) } }
        darkestIndex = first + (sums.indices.min { sums[$0] < sums[$1] } ?? 0)
    }

    /// Red, green and blue of each sample; what is beyond the table has its first or last colour.
    func colours(of samples: Samples) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(samples.all.count * 3)
        for index in samples.all {
            let entry = min(channels[0].count - 1, max(0, samples.number(index) - first))
            for channel in channels { bytes.append(channel[entry]) }
        }
        return bytes
    }
}
