/// Which video a transfer syntax says (PS3.5 8.2.5 to 8.2.13).
enum VideoCoding: Hashable {
    case mpeg2
    case h264(isStereo: Bool)
    case hevc

    /// Kinds of stream in a transport stream (ISO 13818-1, Table 2-34).
    var streamTypes: Set<UInt8> {
        switch self {
        case .mpeg2: [0x02]
        case .h264(let isStereo): isStereo ? [0x1B, 0x20] : [0x1B]
        case .hevc: [0x24]
        }
    }

    /// Kinds of sample in an MP4 file (ISO 14496-15), and the box that says how they are coded. MPEG-2 is not put there.
    var sampleEntries: [String: String] {
        switch self {
        case .mpeg2: [:]
        case .h264: ["avc1": "avcC", "avc3": "avcC"]
        case .hevc: ["hvc1": "hvcC", "hev1": "hvcC"]
        }
    }

    /// Other pictures: a second one beside what is known would pass unseen.
    static let pictureTypes: Set<UInt8> = [
        0x01, 0x02, 0x10, 0x1B, 0x1E, 0x1F, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x2B,
        0x31,
        0x32, 0x33, 0x42, 0xD1, 0xEA,
    ]

    /// MPEG audio, AAC; by registration PCM, AC-3, DTS and their kin.
    static let soundTypes: Set<UInt8> = [
        0x03, 0x04, 0x0F, 0x11, 0x1C, 0x2D, 0x2E, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x8A, 0xA1, 0xA2,
    ]
}
