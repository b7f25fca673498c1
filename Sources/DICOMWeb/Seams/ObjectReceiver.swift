public import NIOCore

/// Takes what the Store transaction brings (PS3.18 10.5). It decides and keeps; the server reads and answers.
public protocol ObjectReceiver: Sendable {
    /// Takes one object. The answer `stored` promises that it outlasts a power cut.
    ///
    /// `object.bytes` throws when the connection ends in the midst of it, or the body is malformed there: what was written
    /// is then to be removed, and nothing is promised. What is left of the bytes when this returns is skipped.
    func store(_ object: IncomingObject, from caller: Caller) async -> StoreOutcome
}

/// One object of a Store transaction: a PS3.10 file as it came, byte for byte; or, where it came as metadata and bulk data,
/// the file that these make.
public struct IncomingObject: Sendable {
    /// The study of the request's URL: an instance of another one is to be refused (PS3.18 10.5.1).
    public var study: String?
    /// What the part's media type says, if it does. The file says it too, and counts.
    public var transferSyntax: String?
    public var bytes: Feed<ByteBuffer>

    public init(study: String? = nil, transferSyntax: String? = nil, bytes: Feed<ByteBuffer>) {
        self.study = study
        self.transferSyntax = transferSyntax
        self.bytes = bytes
    }
}

/// What became of one object.
public struct StoreOutcome: Hashable, Sendable {
    public enum Result: Hashable, Sendable {
        case stored
        /// Stored, with something to say of it.
        case warning(StoreReason)
        /// Not stored.
        case failure(StoreReason)
    }

    public var result: Result
    /// As far as they could be read.
    public var sopClass: String?
    public var sopInstance: String?
    public var study: String?
    public var series: String?

    public init(
        _ result: Result, sopClass: String? = nil, sopInstance: String? = nil, study: String? = nil,
        series: String? = nil
    ) {
        self.result = result
        self.sopClass = sopClass
        self.sopInstance = sopInstance
        self.study = study
        self.series = series
    }

    public var isStored: Bool { if case .failure = result { false } else { true } }
}

/// Failure Reason (0008,1197) or Warning Reason (0008,1196): the codes of PS3.18 I.2.2, which are those of C-STORE (PS3.4
/// B.2.3, PS3.7 C).
public struct StoreReason: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Out of resources: the disk is full, or we are told to stop. The sender may try again.
    public static let outOfResources = StoreReason(rawValue: 0xA700)
    /// The data set does not match its SOP class.
    public static let doesNotMatchSOPClass = StoreReason(rawValue: 0xA900)
    /// It is not DICOM that can be read to its end, or of another study than the URL says.
    public static let cannotUnderstand = StoreReason(rawValue: 0xC000)
    /// A transfer syntax that is not taken.
    public static let transferSyntaxNotSupported = StoreReason(rawValue: 0xC122)
    public static let sopClassNotSupported = StoreReason(rawValue: 0x0122)
    public static let processingFailure = StoreReason(rawValue: 0x0110)
    /// The caller may not store this.
    public static let notAuthorized = StoreReason(rawValue: 0x0124)
    /// Warning: something was changed.
    public static let coercion = StoreReason(rawValue: 0xB000)
    /// Warning: elements were discarded.
    public static let elementsDiscarded = StoreReason(rawValue: 0xB006)

    /// Whether the same object may be stored when it is sent later.
    public var isTransient: Bool { rawValue & 0xFF00 == 0xA700 }
}
