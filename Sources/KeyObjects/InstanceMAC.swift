import Crypto
public import DICOMCore
import DICOMEncoding
public import DICOMFile

/// A digest of an instance's elements that needs no file: whoever has the instance in another transfer syntax of the same
/// pixels, or in a database, computes the same (PS3.3 C.12.1.1.3.1).
public struct InstanceMAC: Hashable, Sendable {
    /// MAC Algorithm (0400,0015).
    public var algorithm: String
    /// MAC Calculation Transfer Syntax UID (0400,0010).
    public var transferSyntax: String
    /// Data Elements Signed (0400,0020), of the top level, ascending.
    public var tags: [Tag]
    /// MAC (0400,0404).
    public var bytes: [UInt8]

    public init(algorithm: String, transferSyntax: String, tags: [Tag], bytes: [UInt8]) {
        self.algorithm = algorithm
        self.transferSyntax = transferSyntax
        self.tags = tags
        self.bytes = bytes
    }

    /// Of all elements that may be signed.
    public init(of file: DICOMFile) throws(KeyObjectError) {
        try self.init(of: file, tags: Self.signable(file), algorithm: "SHA256")
    }

    /// - Parameter tags: those that the instance does not have are not part of it.
    public init(of file: DICOMFile, tags: [Tag], algorithm: String) throws(KeyObjectError) {
        let syntax =
            file.transferSyntax.isEncapsulated ? file.transferSyntax.uid : TransferSyntax.explicitLittleEndian.uid
        guard var hash = RunningHash(algorithm) else {
            throw KeyObjectError("MAC Algorithm (0400,0015) is none of SHA1, SHA256, SHA384, SHA512, MD5")
        }
        try SignedBytes(file).feed(tags) { hash.update($0) }
        self.init(algorithm: algorithm, transferSyntax: syntax, tags: tags, bytes: hash.finish())
    }

    /// Whether an instance is what it was when this was computed. Nil when that cannot be told: another algorithm, or
    /// pixels in another compression.
    public func agrees(with file: DICOMFile) -> Bool? {
        guard let other = try? InstanceMAC(of: file, tags: tags, algorithm: algorithm),
            other.transferSyntax == transferSyntax
        else { return nil }
        // Whatever was added since is no part of what was signed, and says so by not being in the list.
        return other.bytes == bytes && Set(Self.signable(file)).isSubset(of: tags)
    }

    /// Tags of the top level that a list of signed elements may have (PS3.3 C.12.1.1.3.1.1): no group lengths, nothing
    /// below group 0008, no signatures, no padding.
    static func signable(_ file: DICOMFile) -> [Tag] {
        let tags = file.dataSet.children(of: nil).map { file.dataSet.nodes[$0].tag }.filter {
            !$0.isGroupLength && $0.group >= 0x0008 && $0 != Tag(0x0008, 0x0001) && $0.group != 0xFFFA
                && $0 != Tag(0x4FFE, 0x0001) && $0 != .dataSetTrailingPadding && !$0.isDelimiter
        }
        return Set(tags).sorted()
    }
}

/// One of the hash functions that MAC Algorithm names.
private enum RunningHash {
    case sha1(Insecure.SHA1), md5(Insecure.MD5), sha256(SHA256), sha384(SHA384), sha512(SHA512)

    init?(_ name: String) {
        switch name {
        case "SHA1": self = .sha1(Insecure.SHA1())
        case "MD5": self = .md5(Insecure.MD5())
        case "SHA256": self = .sha256(SHA256())
        case "SHA384": self = .sha384(SHA384())
        case "SHA512": self = .sha512(SHA512())
        default: return nil
        }
    }

    mutating func update(_ bytes: [UInt8]) {
        switch self {
        case .sha1(var hash):
            hash.update(data: bytes)
            self = .sha1(hash)
        case .md5(var hash):
            hash.update(data: bytes)
            self = .md5(hash)
        case .sha256(var hash):
            hash.update(data: bytes)
            self = .sha256(hash)
        case .sha384(var hash):
            hash.update(data: bytes)
            self = .sha384(hash)
        case .sha512(var hash):
            hash.update(data: bytes)
            self = .sha512(hash)
        }
    }

    func finish() -> [UInt8] {
        switch self {
        case .sha1(let hash): Array(hash.finalize())
        case .md5(let hash): Array(hash.finalize())
        case .sha256(let hash): Array(hash.finalize())
        case .sha384(let hash): Array(hash.finalize())
        case .sha512(let hash): Array(hash.finalize())
        }
    }
}
