public import NIOCore
public import NIOSSL

/// Another's DICOMweb server, and how it is reached.
public struct WebClientSettings: Sendable {
    /// `https://archive.example.org/dicom-web`: what stands before `/studies`.
    public var url: String
    /// Roots that vouch for it, and our certificate; nil for the authorities of the system and none.
    public var tls: TLSConfiguration?
    /// `Bearer …` or `Basic …` for each request, asked for anew.
    public var authorization: (@Sendable () async throws -> String)?
    public var connect: TimeAmount = .seconds(15)
    /// For each next piece of an answer, and for the beginning of one: an archive may have to fetch it from far.
    public var read: TimeAmount = .seconds(120)
    /// For each next piece of what we send.
    public var write: TimeAmount = .seconds(120)
    /// Connections to it at once.
    public var connections = 8
    public var multipart = MultipartLimits()
    /// Bytes of an answer to a Store request.
    public var storeResponseLength = 32 << 20
    /// Bytes of one data set in an answer.
    public var dataSetLength = 64 << 20

    public init(url: String) { self.url = url }
}

/// Why a request was not answered as it should be. It holds no URL and nothing of an answer.
public enum WebClientError: Error, Hashable, Sendable {
    /// There is no connection to be had: nothing was sent.
    case unreachable
    /// The connection was lost, or nothing came for too long: whether something was done is not known.
    case lost
    /// It answered with this status.
    case status(Int)
    /// Its answer is not of PS3.18, or not what was asked for.
    case malformed(String)

    /// Whether the same request may succeed later: nothing is wrong with what was sent.
    public var isTransient: Bool {
        switch self {
        case .unreachable, .lost: true
        case .status(let status): [401, 403, 407, 408, 425, 429].contains(status) || status >= 500 && status != 501
        case .malformed: false
        }
    }
}

extension WebClientError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreachable: "the server cannot be reached"
        case .lost: "the connection to the server was lost, or it did not answer in time"
        case .status(let status): "the server answered with status \(status)"
        case .malformed(let what): "the server's answer is malformed: \(what)"
        }
    }
}
