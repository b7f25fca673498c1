import DICOMCore
import DICOMEncoding
import Testing

struct HeaderTests {
    @Test(arguments: [ElementEncoding.implicitLittleEndian, .explicitLittleEndian, .explicitBigEndian])
    func `a header that is written is read, and no shorter one`(_ encoding: ElementEncoding) {
        for vr in VR.all {
            for length in [UInt32(0), 2, 0x1234, 0xFFFE] + (vr.hasLongLength ? [0x0102_0304, 0xFFFF_FFFF] : []) {
                var writer = ElementWriter(encoding)
                writer.appendHeader(DICOMCore.Tag(0x0010, 0x1234), vr, ValueLength(rawValue: length))
                let bytes = writer.bytes
                #expect(bytes.count == ElementWriter.headerByteCount(vr, encoding))
                for end in 0...bytes.count {
                    let header = ElementHeader.read(from: bytes.rawSpan, at: 0, end: end, encoding: encoding)
                    guard end == bytes.count else {
                        #expect(header == nil)
                        continue
                    }
                    let expected = ElementHeader(
                        tag: DICOMCore.Tag(0x0010, 0x1234), vr: encoding.isExplicit ? vr : .UN,
                        length: ValueLength(rawValue: length), byteCount: bytes.count)
                    #expect(header == expected)
                }
            }
        }
    }

    @Test func `items and delimiters have no VR in any encoding`() {
        for encoding in [ElementEncoding.implicitLittleEndian, .explicitLittleEndian, .explicitBigEndian] {
            for tag in [DICOMCore.Tag.item, .itemDelimitationItem, .sequenceDelimitationItem] {
                var writer = ElementWriter(encoding)
                writer.appendHeader(tag, .UN, .undefined)
                #expect(writer.bytes.count == 8)
                let header = ElementHeader.read(from: writer.bytes.rawSpan, at: 0, end: 8, encoding: encoding)
                #expect(header == ElementHeader(tag: tag, vr: .UN, length: .undefined, byteCount: 8))
            }
        }
    }

    @Test func `values are swapped by the width of their VR, and padded with what the VR is padded with`() {
        let cases: [(VR, [UInt8], [UInt8])] = [
            (.US, [1, 2, 3, 4], [2, 1, 4, 3]), (.AT, [1, 2, 3, 4], [2, 1, 4, 3]), (.OW, [1, 2], [2, 1]),
            (.UL, [1, 2, 3, 4], [4, 3, 2, 1]), (.FD, [1, 2, 3, 4, 5, 6, 7, 8], [8, 7, 6, 5, 4, 3, 2, 1]),
            (.OB, [1, 2, 3], [1, 2, 3, 0]), (.UI, [0x31], [0x31, 0]), (.LO, [0x31], [0x31, 0x20]),
            (.UN, [1, 2], [1, 2]), (.UL, [1, 2, 3, 4, 5, 6], [4, 3, 2, 1, 6, 5]), (.SH, [], []),
        ]
        for (vr, value, expected) in cases {
            var writer = ElementWriter(.explicitBigEndian)
            writer.appendValue(value, vr)
            #expect(writer.bytes == expected, "\(vr)")
            var little = ElementWriter(.implicitLittleEndian)
            little.appendValue(value, vr)
            #expect(little.bytes == value + (value.count % 2 == 1 ? [vr.padding] : []), "\(vr)")
        }
    }

    @Test func `an error says what, where and what was expected`() {
        let path = AttributePath(steps: [.init(sequence: DICOMCore.Tag(0x0040, 0xA730), item: 2)], tag: .codeValue)
        let error = ParseError(.truncated, at: 12, path: path, expected: "a value of at most 4 bytes")
        #expect(
            error.description
                == "truncated at byte 12 in (0040,A730)/2/(0008,0100): expected a value of at most 4 bytes")
        #expect(ParseError(.notDICOM, at: 0, expected: "x").description == "notDICOM at byte 0: expected x")
    }
}
