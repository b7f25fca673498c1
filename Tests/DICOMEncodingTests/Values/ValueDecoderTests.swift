import DICOMCore
import DICOMEncoding
import Testing

@Suite struct ValueDecoderTests {
    @Test(
        arguments: [
            (VR.US, [0xFF, 0xFF, 0x01, 0x00], ["65535", "1"]), (.SS, [0xFF, 0xFF, 0x00, 0x80], ["-1", "-32768"]),
            (.UL, [0xFF, 0xFF, 0xFF, 0xFF], ["4294967295"]), (.SL, [0x00, 0x00, 0x00, 0x80], ["-2147483648"]),
            (.UV, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], ["18446744073709551615"]),
            (.SV, [0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80], ["-9223372036854775808"]),
            (.AT, [0x10, 0x00, 0x20, 0x00], ["(0010,0020)"]), (.FL, [0x00, 0x00, 0x00, 0x40], ["2"]),
            (.FL, [0xCD, 0xCC, 0xCC, 0x3D], ["0.1"]), (.FL, [0x00, 0x00, 0xC0, 0x7F], ["nan"]),
            (.FL, [0x00, 0x00, 0x80, 0xFF], ["-inf"]),
            (.FD, [0x9A, 0x99, 0x99, 0x99, 0x99, 0x99, 0xB9, 0x3F], ["0.1"]),
            (.FD, [0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80], ["-0.0"]), (.US, [], []),
        ] as [(VR, [UInt8], [String])])
    func `binary numbers are read in both byte orders`(vr: VR, bytes: [UInt8], values: [String]) throws {
        #expect(try read(bytes, vr) == values)
        let unit = vr == .AT ? 2 : vr.unitSize
        let swapped = stride(from: 0, to: bytes.count, by: unit).flatMap { bytes[$0..<$0 + unit].reversed() }
        #expect(
            try ValueDecoder.values(swapped, vr: vr, isBigEndian: true, characterSet: .defaultRepertoire) == values)
    }

    @Test(arguments: [VR.US, .SS, .UL, .SL, .FL, .AT, .UV, .SV, .FD])
    func `a length that is no multiple is an error`(vr: VR) {
        for count in 1..<8 where count % vr.unitSize != 0 || (vr == .AT && count % 4 != 0) {
            #expect(code { _ = try read([UInt8](repeating: 1, count: count), vr) } == .wrongLength)
        }
    }

    @Test(arguments: [VR.OB, .OD, .OF, .OL, .OV, .OW, .SQ, .UN, VR("Z", "Z")])
    func `bytes are no text`(vr: VR) {
        #expect(code { _ = try read([0x41, 0x42], vr) } == .notText)
        #expect(!ValueDecoder.hasText(vr))
    }

    @Test(arguments: [
        (VR.LO, " A \\ B ", ["A", "B"]), (.LT, "  A\\B  ", ["  A\\B"]), (.UI, "1.2\\1.3\0", ["1.2", "1.3"]),
        (.UI, "1.2\0\\1.3", ["1.2", "1.3"]),
        (.UC, " A\\B ", [" A", "B"]), (.CS, "A\\\\B", ["A", "", "B"]), (.CS, "\\", ["", ""]), (.SH, "", []),
        (.SH, "   ", []),
        (.SH, "\0\0", []), (.PN, "A^B\\C", ["A^B", "C"]), (.IS, " 5 ", ["5"]), (.DA, "20260101 ", ["20260101"]),
        (.UR, "http://x/a\\b ", ["http://x/a\\b"]), (.ST, "a\r\nb", ["a\r\nb"]), (.AE, "  X", ["X"]), (.UT, " ", []),
    ])
    func `padding goes, what has meaning stays`(vr: VR, text: String, values: [String]) throws {
        #expect(try read(Array(text.utf8), vr) == values)
    }

    @Test func `a zero byte within a text is an error, not the end of it`() {
        #expect(code { _ = try read(Array("VIP\0Smith".utf8), .LO) } == .malformedText)
        #expect(code { _ = try read(Array("1.2\0.3".utf8), .UI) } == .malformedText)
    }

    @Test func `a value beyond the limit is an error`() throws {
        let longest = [UInt8](repeating: 0x41, count: ValueDecoder.longest)
        #expect(try read(longest, .UT).count == 1)
        #expect(code { _ = try read(longest + [0x41], .UT) } == .tooLong)
    }

    private func read(_ bytes: [UInt8], _ vr: VR) throws -> [String] {
        try ValueDecoder.values(bytes, vr: vr, isBigEndian: false, characterSet: .defaultRepertoire)
    }
}
