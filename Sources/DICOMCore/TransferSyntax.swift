/// What a transfer syntax says about the bytes of a data set (PS3.5 A).
public struct TransferSyntax: Hashable, Sendable {
    public let uid: String
    public let encoding: ElementEncoding
    /// The whole data set is deflated (PS3.5 A.5).
    public let isDeflated: Bool
    /// Pixel Data comes as a sequence of fragments (PS3.5 A.4).
    public let isEncapsulated: Bool

    public static let implicitLittleEndian = TransferSyntax(
        uid: "1.2.840.10008.1.2", encoding: .implicitLittleEndian, isDeflated: false, isEncapsulated: false)
    public static let explicitLittleEndian = TransferSyntax(
        uid: "1.2.840.10008.1.2.1", encoding: .explicitLittleEndian, isDeflated: false, isEncapsulated: false)
    public static let explicitBigEndian = TransferSyntax(
        uid: "1.2.840.10008.1.2.2", encoding: .explicitBigEndian, isDeflated: false, isEncapsulated: false)
    public static let deflatedExplicitLittleEndian = TransferSyntax(
        uid: "1.2.840.10008.1.2.1.99", encoding: .explicitLittleEndian, isDeflated: true, isEncapsulated: false)

    /// GE's private implicit little endian, whose Pixel Data alone is big endian. Pixel Data is carried, not decoded, so
    /// it reads as its parent does.
    public static let privateGEImplicit = TransferSyntax(
        uid: "1.2.840.113619.5.2", encoding: .implicitLittleEndian, isDeflated: false, isEncapsulated: false)
    /// JPIP Referenced Deflate: a deflated data set without Pixel Data (PS3.5 A.7).
    static let jpipReferencedDeflate = "1.2.840.10008.1.2.4.95"
    static let jpipHTJ2KReferencedDeflate = "1.2.840.10008.1.2.4.205"
    /// Papyrus 3 Implicit VR Little Endian, retired.
    static let papyrus = "1.2.840.10008.1.20"
    static let jpipReferenced: Set<String> = ["1.2.840.10008.1.2.4.94", "1.2.840.10008.1.2.4.204"]
    /// SMPTE ST 2110: the data set is explicit little endian, pixels travel outside.
    static let smpte: Set<String> = ["1.2.840.10008.1.2.7.1", "1.2.840.10008.1.2.7.2", "1.2.840.10008.1.2.7.3"]

    /// The syntax with this UID. Every syntax other than those named above is explicit little endian (PS3.5
    /// A.4), so a UID that nobody knows reads as encapsulated explicit little endian.
    public init(uid: String) {
        switch uid {
        case Self.implicitLittleEndian.uid: self = .implicitLittleEndian
        case Self.explicitLittleEndian.uid: self = .explicitLittleEndian
        case Self.explicitBigEndian.uid: self = .explicitBigEndian
        case Self.deflatedExplicitLittleEndian.uid: self = .deflatedExplicitLittleEndian
        case Self.privateGEImplicit.uid: self = .privateGEImplicit
        case Self.papyrus:
            self.init(uid: uid, encoding: .implicitLittleEndian, isDeflated: false, isEncapsulated: false)
        case Self.jpipReferencedDeflate, Self.jpipHTJ2KReferencedDeflate:
            self.init(uid: uid, encoding: .explicitLittleEndian, isDeflated: true, isEncapsulated: false)
        case _ where Self.jpipReferenced.contains(uid) || Self.smpte.contains(uid):
            self.init(uid: uid, encoding: .explicitLittleEndian, isDeflated: false, isEncapsulated: false)
        default:
            self.init(uid: uid, encoding: .explicitLittleEndian, isDeflated: false, isEncapsulated: true)
        }
    }

    init(uid: String, encoding: ElementEncoding, isDeflated: Bool, isEncapsulated: Bool) {
        self.uid = uid
        self.encoding = encoding
        self.isDeflated = isDeflated
        self.isEncapsulated = isEncapsulated
    }

    /// The uncompressed syntax of an encoding.
    public init(uncompressed encoding: ElementEncoding) {
        switch encoding {
        case .implicitLittleEndian: self = .implicitLittleEndian
        case .explicitLittleEndian: self = .explicitLittleEndian
        case .explicitBigEndian: self = .explicitBigEndian
        }
    }

    /// The same syntax, of a file whose elements are encoded otherwise than it says.
    public func encoded(_ encoding: ElementEncoding) -> TransferSyntax {
        TransferSyntax(uid: uid, encoding: encoding, isDeflated: isDeflated, isEncapsulated: isEncapsulated)
    }
}
