/// Says who asks. It does not say what they may do: that is decided behind the other seams.
public protocol Authenticator: Sendable {
    /// - Throws: `WebProblem` (401) with the challenge that a client needs to do better (RFC 9110 11.6.1, RFC 6750 3).
    func caller(_ credentials: Credentials) async throws -> Caller

    /// Whether what proved a caller is good now, too: asked before each thing that is given, for an answer may take longer than a token
    /// lasts.
    func stillHolds(_ caller: Caller) -> Bool
}

extension Authenticator {
    /// What is proved with the connection is good for as long as that.
    public func stillHolds(_ caller: Caller) -> Bool { true }
}

/// What a request brings to prove who asks.
public struct Credentials: Hashable, Sendable {
    /// The IP address of the other end of the connection.
    public var address: String?
    /// Already checked against the roots of the listener.
    public var certificate: ClientCertificate?
    /// Values of `Authorization`, as they came.
    public var authorization: [String]

    public init(address: String? = nil, certificate: ClientCertificate? = nil, authorization: [String] = []) {
        self.address = address
        self.certificate = certificate
        self.authorization = authorization
    }
}
