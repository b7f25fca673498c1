import Testing
import TestSupport

@testable import Deidentification

/// A stream in fragments is read as if it were one.
@Suite struct FragmentReaderTests {
    /// Some bytes in fragments of any length, empty ones too, with other bytes between them.
    private func reader(_ stream: [UInt8], _ random: inout SeededGenerator) -> FragmentReader {
        var file: [UInt8] = []
        var fragments: [Range<Int>] = []
        var rest = stream[...]
        while !rest.isEmpty {
            file += [0xAA, 0xFF]
            let part = rest.prefix(Int.random(in: 0...9, using: &random))
            fragments.append(file.count..<file.count + part.count)
            file += part
            rest = rest.dropFirst(part.count)
        }
        return FragmentReader(fragments) { [file] in Array(file[$0]) }
    }

    @Test(arguments: 0..<200 as Range<UInt64>) func `what is looked for is found where it is, however fragments lie`(
        seed: UInt64
    ) {
        var random = SeededGenerator(seed: seed)
        let stream = (0..<Int.random(in: 1...120, using: &random)).map { _ in
            [0, 0, 0, 0xFF, 0xD8, 0x4F].randomElement(using: &random) ?? 0 as UInt8
        }
        let start = Int.random(in: 0..<stream.count, using: &random)
        for byte in [0, 0xFF, 0xD8] as [UInt8] {
            var reader = reader(stream, &random)
            let place = stream[start...].firstIndex(of: byte)
            let isFound = reader.skip(start) && reader.skip(to: byte)
            #expect(isFound == (place != nil))
            #expect(reader.position == place ?? stream.count)
            let next = reader.peek()
            #expect(next == place.map { stream[$0] })
        }
        for count in 1...5 {
            let wanted = Array(stream[start...].prefix(count))
            var reader = reader(stream, &random)
            let comes = reader.skip(start) && reader.comes(wanted)
            #expect(comes && reader.position == start)
            let others = reader.comes(wanted.dropLast() + [0x77]) || reader.comes(Array(stream[start...]) + [0])
            #expect(!others)
        }
    }

    @Test(arguments: 0..<200 as Range<UInt64>) func `of a run nothing is passed over that may belong to what follows`(
        seed: UInt64
    ) {
        var random = SeededGenerator(seed: seed)
        let zeros = Int.random(in: 0...40, using: &random)
        var reader = reader([UInt8](repeating: 0, count: zeros) + [0x0C, 0, 0], &random)
        while reader.peek() == 0 {
            let before = reader.position
            reader.skipRun(of: 0, butLast: 4)
            #expect(reader.position >= before && reader.position <= max(before, zeros - 1))
            guard reader.skip(1) else { return }
        }
        let next = reader.peek()
        #expect(reader.position == zeros && next == 0x0C)
    }

    /// Padding before a beginning that is zeros itself (PS3.5 A.4; ISO 15444-1 I.5.1).
    @Test(arguments: 0..<60) func `an image behind padding is found, and what it begins with belongs to it`(
        padding: Int
    ) {
        var random = SeededGenerator(seed: UInt64(padding))
        for beginning in [[0, 0, 0, 0x0C, 0x6A], [0xFF, 0x4F, 0xFF, 0x51]] as [[UInt8]] {
            var reader = reader([UInt8](repeating: 0, count: padding) + beginning + [1, 2], &random)
            var isChanged = false
            let isFound = reader.findImage(
                [[0xFF, 0x4F, 0xFF, 0x51], [0, 0, 0, 0x0C, 0x6A]], after: nil, isChanged: &isChanged)
            #expect(isFound && reader.position == padding && !isChanged)
        }
    }
}
