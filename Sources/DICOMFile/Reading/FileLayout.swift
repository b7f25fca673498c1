import DICOMCore
import DICOMEncoding

/// Where file meta information and data set begin (PS3.10 7.1), in files as they are found.
struct FileLayout {
    /// Offset of group 0002, nil for a data set without it.
    var fileMeta: Int?
    /// Offset of the data set when there is no group 0002.
    var dataSet: Int
    var preamble: DICOMFile.Preamble
    /// Group 0002 stands at 132 and `DICM` does not stand before it: four bytes that somebody damaged.
    var isPrefixDamaged = false

    /// By the first bytes of a file:
    /// 1. `DICM` at 128 and group 0002 behind it: a file of PS3.10.
    /// 2. `DICM` at 0 and group 0002 behind it: the preamble was forgotten.
    /// 3. Group 0002 at 0: preamble and `DICM` were forgotten.
    /// 4. `DICM` at 128 and a data set behind it: file meta information was forgotten.
    /// 5. A data set at 0.
    /// 6. Group 0002 at 132 and something else than `DICM` before it: damaged.
    ///
    /// - Returns: nil when the bytes are none of these.
    init?(_ bytes: borrowing RawSpan, size: Int) {
        let hasPreamble = Self.hasPrefix(bytes, at: 128)
        if hasPreamble, Self.isGroup0002(bytes, at: 132) {
            self.init(fileMeta: 132, dataSet: 132, preamble: Self.kind(bytes))
        } else if Self.hasPrefix(bytes, at: 0), Self.isGroup0002(bytes, at: 4) {
            self.init(fileMeta: 4, dataSet: 4, preamble: .none)
        } else if Self.isGroup0002(bytes, at: 0),
            EncodingGuess.encoding(stated: nil, bytes, 0..<size) == .explicitLittleEndian
        {
            self.init(fileMeta: 0, dataSet: 0, preamble: .none)
        } else if hasPreamble, size > 132, EncodingGuess.encoding(stated: nil, bytes, 132..<size) != nil {
            self.init(fileMeta: nil, dataSet: 132, preamble: Self.kind(bytes))
        } else if size > 0, EncodingGuess.encoding(stated: nil, bytes, 0..<size) != nil {
            self.init(fileMeta: nil, dataSet: 0, preamble: .none)
        } else if Self.isGroup0002(bytes, at: 132), VR(code: bytes.littleEndian(UInt16.self, at: 136)).isDefined {
            self.init(fileMeta: 132, dataSet: 132, preamble: Self.kind(bytes))
            isPrefixDamaged = true
        } else {
            return nil
        }
    }

    private init(fileMeta: Int?, dataSet: Int, preamble: DICOMFile.Preamble) {
        self.fileMeta = fileMeta
        self.dataSet = dataSet
        self.preamble = preamble
    }

    private static func hasPrefix(_ bytes: borrowing RawSpan, at offset: Int) -> Bool {
        bytes.byteCount >= offset + 4 && bytes.bigEndian(UInt32.self, at: offset) == 0x4449_434D
    }

    private static func isGroup0002(_ bytes: borrowing RawSpan, at offset: Int) -> Bool {
        bytes.byteCount >= offset + 8 && bytes.littleEndian(UInt16.self, at: offset) == 0x0002
    }

    /// What the first 128 bytes are good for besides: they may make the file a TIFF or a program, too (PS3.10 7.5).
    private static func kind(_ bytes: borrowing RawSpan) -> DICOMFile.Preamble {
        let first = bytes.bigEndian(UInt32.self, at: 0)
        switch first {
        // TIFF and BigTIFF in both byte orders.
        case 0x4949_2A00, 0x4D4D_002A, 0x4949_2B00, 0x4D4D_002B: return .tiff
        // ELF; Mach-O in both orders and widths, and universal, which Java classes share.
        case 0x7F45_4C46, 0xFEED_FACE, 0xFEED_FACF, 0xCEFA_EDFE, 0xCFFA_EDFE, 0xCAFE_BABE: return .executable
        // `MZ` of DOS and Windows, `#!` of scripts.
        case _ where first >> 16 == 0x4D5A || first >> 16 == 0x2321: return .executable
        default: break
        }
        let isZero = (0..<128).allSatisfy { bytes.littleEndian(UInt8.self, at: $0) == 0 }
        return isZero ? .zero : .other
    }
}
