import DICOMCore

/// What stands in compressed pixel data beside pixels: comments, application segments, bytes behind the end of a frame
/// (PS3.5 A.4, 8.2). Only what is known to say nothing of a patient is let through; a name in any of them is otherwise
/// found by every viewer that looks.
enum CompressedPixelData {
    enum Coding: Hashable {
        /// JPEG and JPEG-LS: markers and entropy-coded data.
        case jpeg, jpegLS
        case jpeg2000
        /// Bytes without room for a comment (PS3.5 G).
        case runLength
        /// A stream that may carry text, or that nobody here knows.
        case unknown(String)
    }

    static func coding(of syntax: TransferSyntax) -> Coding {
        let root = "1.2.840.10008.1.2."
        guard syntax.uid.hasPrefix(root) else { return .unknown("the transfer syntax is not one of the standard") }
        switch syntax.uid.dropFirst(root.count) {
        case "4.50", "4.51", "4.52", "4.53", "4.54", "4.55", "4.56", "4.57", "4.58", "4.59", "4.60", "4.61", "4.62",
            "4.63", "4.64", "4.65", "4.66", "4.70":
            return .jpeg
        case "4.80", "4.81": return .jpegLS
        case "4.90", "4.91", "4.92", "4.93", "4.201", "4.202", "4.203": return .jpeg2000
        case "5": return .runLength
        case "4.100", "4.100.1", "4.101", "4.101.1", "4.102", "4.102.1", "4.103", "4.103.1", "4.104", "4.104.1",
            "4.105", "4.105.1", "4.106", "4.106.1", "4.107", "4.108":
            return .unknown("user data in a video stream cannot be ruled out")
        default: return .unknown("text in compressed pixel data of this transfer syntax cannot be ruled out")
        }
    }

    /// What may not pass, in words; nil when there is nothing but pixels.
    static func objection(_ fragments: FragmentReader, _ coding: Coding) -> String? {
        switch coding {
        case .jpeg, .jpegLS:
            var stream = JPEGStream(fragments, isJPEGLS: coding == .jpegLS)
            return stream.objection()
        case .jpeg2000:
            var stream = JPEG2000Stream(fragments)
            return stream.objection()
        case .runLength: return nil
        case .unknown(let reason): return reason
        }
    }

    /// Comments that encoders write of themselves: a name and a version, and nothing else.
    static func isEncoderComment(_ comment: some Collection<UInt8>) -> Bool {
        var text = Array(comment)[...]
        while let last = text.last, last == 0 || last == .space || last == 10 { text = text.dropLast() }
        if text.isEmpty { return true }
        return encoders.contains { encoder in
            text.starts(with: encoder.utf8)
                && text.dropFirst(encoder.utf8.count).allSatisfy { isVersionCharacter($0) }
        }
    }

    private static let encoders = [
        "Created by OpenJPEG version ", "Kakadu-v", "Kakadu-", "Creator: JasPer Version ", "Lavc", "Lavf",
        "Intel(R) JPEG Library, version ", "LEAD Technologies Inc. V", "Created by Grok version ",
    ]

    private static func isVersionCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: ","), UInt8(ascii: "v"), .space:
            true
        default: false
        }
    }
}
