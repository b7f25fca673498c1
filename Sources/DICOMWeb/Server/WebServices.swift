/// Who stands behind a server: what is nil is answered 501.
public struct WebServices: Sendable {
    public var authenticator: any Authenticator
    public var receiver: (any ObjectReceiver)?
    public var queries: (any QueryProvider)?
    public var retrieval: (any RetrieveProvider)?
    /// Beside those of PS3.18, which come first.
    public var others: [any SiteResource]

    public init(
        authenticator: any Authenticator, receiver: (any ObjectReceiver)? = nil, queries: (any QueryProvider)? = nil,
        retrieval: (any RetrieveProvider)? = nil, others: [any SiteResource] = []
    ) {
        self.authenticator = authenticator
        self.receiver = receiver
        self.queries = queries
        self.retrieval = retrieval
        self.others = others
    }

    /// All that is answered to.
    public var routes: [Route] { Route.all + others.map { Route($0) } }
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
