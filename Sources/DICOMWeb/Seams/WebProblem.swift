/// Why a request is not answered as it asked. What it says goes to the client, so that it never holds a value of a data set,
/// a name or a path; and what is withheld has the same words as what is not there.
public struct WebProblem: Error, Hashable, Sendable {
    /// The HTTP status.
    public var status: Int
    /// In words, with what to do.
    public var detail: String
    /// `WWW-Authenticate`, `Retry-After`, `Allow`.
    public var headers: [Header]

    public struct Header: Hashable, Sendable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public init(_ status: Int, _ detail: String, headers: [Header] = []) {
        self.status = status
        self.detail = detail
        self.headers = headers
    }

    public static func badRequest(_ detail: String) -> WebProblem { WebProblem(400, detail) }
    /// The same for what is withheld and for what never was.
    public static let notFound = WebProblem(404, "there is nothing here that may be seen")
    public static func notAcceptable(_ detail: String) -> WebProblem { WebProblem(406, detail) }
    public static func unsupportedMediaType(_ detail: String) -> WebProblem { WebProblem(415, detail) }
    public static func tooLarge(_ detail: String) -> WebProblem { WebProblem(413, detail) }
    public static let forbidden = WebProblem(403, "this caller may not do this")
    public static let notImplemented = WebProblem(501, "this is not offered here")
    public static let badGateway = WebProblem(502, "the archive did not answer as it should; try again later")

    /// - Parameter seconds: when to try again.
    public static func unavailable(retryAfter seconds: Int) -> WebProblem {
        WebProblem(503, "busy; try again later", headers: [Header("Retry-After", String(seconds))])
    }
}
