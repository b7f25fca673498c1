public import DICOMFile
public import NIOCore

/// Answers the Retrieve transaction (PS3.18 10.4). Each of these throws `WebProblem`; what the caller may not see is not
/// there: `notFound` for it, as for what never was.
public protocol RetrieveProvider: Sendable {
    /// The instances of a resource as PS3.10 files, each when it is asked for. None means not found.
    ///
    /// - Parameter acceptable: transfer syntaxes that the client takes; none that can be given is `notAcceptable`.
    func instances(of resource: StudyResource, acceptable: AcceptableSyntaxes, for caller: Caller) async throws
        -> Feed<RetrievedInstance>

    /// The attributes of each instance of a resource; bulk data may be in them or not, it is given by reference anyway.
    func metadata(of resource: StudyResource, for caller: Caller) async throws -> Feed<DICOMFile>

    /// One instance as a file that is read in parts: for its frames and bulk data.
    func file(of instance: StudyResource, acceptable: AcceptableSyntaxes, for caller: Caller) async throws -> DICOMFile

    /// Images for people, made by somebody else.
    func rendered(_ request: RenderedRequest, for caller: Caller) async throws -> RenderedAnswer
}

/// An instance on its way out.
public struct RetrievedInstance: Sendable {
    public var transferSyntax: String
    /// Bytes of the whole, if that is known.
    public var length: Int?
    /// The PS3.10 file.
    public var bytes: Feed<ByteBuffer>

    public init(transferSyntax: String, length: Int? = nil, bytes: Feed<ByteBuffer>) {
        self.transferSyntax = transferSyntax
        self.length = length
        self.bytes = bytes
    }
}

/// Which transfer syntaxes a client takes (PS3.18 8.7.3).
public struct AcceptableSyntaxes: Hashable, Sendable {
    /// `transfer-syntax=*`: as it is stored.
    public var takesAny: Bool
    /// The others, best first; with none and without `*` it is Explicit VR Little Endian, the default.
    public var uids: [String]

    public init(takesAny: Bool, uids: [String] = []) {
        self.takesAny = takesAny
        self.uids = uids
    }

    public static let any = AcceptableSyntaxes(takesAny: true)

    public func contains(_ uid: String) -> Bool { takesAny || uids.contains(uid) }
}

/// A rendered resource (PS3.18 10.4.1.1.3) or a thumbnail of one.
public struct RenderedRequest: Hashable, Sendable {
    public var resource: StudyResource
    /// From 1; none for the whole.
    public var frames: [Int]
    public var isThumbnail: Bool
    /// Media types that the client takes, best first, without parameters: `image/jpeg`.
    public var acceptable: [String]
    /// `viewport`, `window`, `quality`, `annotation`, …, as they came and decoded.
    public var parameters: [Parameter]

    public struct Parameter: Hashable, Sendable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public init(
        _ resource: StudyResource, frames: [Int] = [], isThumbnail: Bool = false, acceptable: [String] = [],
        parameters: [Parameter] = []
    ) {
        self.resource = resource
        self.frames = frames
        self.isThumbnail = isThumbnail
        self.acceptable = acceptable
        self.parameters = parameters
    }
}

/// What was rendered, passed on as it comes.
public struct RenderedAnswer: Sendable {
    /// With its parameters: `image/jpeg`, or `multipart/related; …` for several.
    public var mediaType: String
    public var length: Int?
    public var bytes: Feed<ByteBuffer>

    public init(mediaType: String, length: Int? = nil, bytes: Feed<ByteBuffer>) {
        self.mediaType = mediaType
        self.length = length
        self.bytes = bytes
    }
}
