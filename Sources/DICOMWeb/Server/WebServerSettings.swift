public import NIOCore
public import NIOSSL

/// Where a server listens, and what it takes of one peer.
public struct WebServerSettings: Sendable {
    public var host = "127.0.0.1"
    /// 0 takes one that is free.
    public var port = 0
    /// What stands before `/studies`: `dicom-web`, or nothing.
    public var basePath = ""
    /// How clients reach it, `https://pacs.example.org/dicom-web`, for URLs in answers; nil for what the request says.
    public var publicURL: String?
    /// Nil: without TLS. With roots for clients they must show a certificate, unless `certificateVerification` says
    /// otherwise.
    public var tls: TLSConfiguration?
    /// Origins whose pages may ask (CORS), `https://viewer.example.org`; none, unless a site wants it.
    public var allowedOrigins: Set<String> = []
    public var multipart = MultipartLimits()
    /// Connections served at once; others wait in the system's queue.
    public var connections = 1024
    /// A connection on which nothing moves is closed.
    public var idle: TimeAmount = .seconds(60)
    /// Bytes of all header fields of a request. Tokens of providers with many groups reach 8 kB.
    public var headerLength = 32 << 10
    public var headers = 100
    /// The most answers of one search; who wants more asks again with an offset.
    public var searchResults = 10_000
    /// The most frames of one request.
    public var frames = 10_000
    /// Bytes of metadata in one Store request that brings metadata and bulk data.
    public var metadataLength = 64 << 20
    /// Where bulk data of such a request is kept while it comes; `TMPDIR`, else `/tmp`, if nil.
    public var scratch: String?

    public init() {}
}
