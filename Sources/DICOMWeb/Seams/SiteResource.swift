/// A resource beside those of PS3.18, of whoever composes a server. Who asks is found out before it is asked, as for all others.
public protocol SiteResource: Sendable {
    /// Behind the base path; `{name}` stands for any step: `break-glass/{number}/end`.
    var template: String { get }
    var methods: [String] { get }
    /// The most bytes of a body; a longer one is 413.
    var bodyLength: Int { get }

    /// - Throws: `WebProblem`; of other errors the client is told nothing.
    func answer(_ request: SiteRequest, for caller: Caller) async throws -> SiteAnswer
}

/// What a site's own resource is asked.
public struct SiteRequest: Hashable, Sendable {
    public var method: String
    /// What stands in the places of the template's names.
    public var values: [String: String]
    /// Media type without its parameters, in small letters; empty where there is none.
    public var contentType: String
    public var body: [UInt8]
}

public struct SiteAnswer: Hashable, Sendable {
    public var status: Int
    /// `application/json`.
    public var type: String
    public var body: [UInt8]

    public init(_ status: Int, type: String, body: [UInt8]) {
        self.status = status
        self.type = type
        self.body = body
    }
}
