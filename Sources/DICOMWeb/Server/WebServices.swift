/// Who stands behind a server: what is nil is answered 501.
public struct WebServices: Sendable {
    public var authenticator: any Authenticator
    public var receiver: (any ObjectReceiver)?
    public var queries: (any QueryProvider)?
    public var retrieval: (any RetrieveProvider)?

    public init(
        authenticator: any Authenticator, receiver: (any ObjectReceiver)? = nil, queries: (any QueryProvider)? = nil,
        retrieval: (any RetrieveProvider)? = nil
    ) {
        self.authenticator = authenticator
        self.receiver = receiver
        self.queries = queries
        self.retrieval = retrieval
    }
}

/// One request that was answered, for logs and metrics. Holds no value of the request: templates, not paths.
public struct WebEvent: Sendable {
    public var method: String
    /// `studies/{study}/metadata`; empty for what is no resource.
    public var template: String
    public var status: Int
    /// From the head of the request to the last byte of the answer.
    public var duration: Duration
    /// The answer was not sent to its end.
    public var isBroken: Bool
    /// For an answer of 500: what failed, without values.
    public var failure: String?
}
