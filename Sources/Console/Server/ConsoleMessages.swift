/// A request, as the pages see it.
package struct ConsoleRequest: Sendable {
    package var method: String
    /// Percent-encoded, without the query.
    package var path: String
    package var query: FormFields
    package var form: FormFields
    /// By name in small letters; of those that come twice the first.
    package var headers: [String: String]
    package var cookies: [String: String]
    /// The IP address of the other end.
    package var address: String
    /// Of a request to the interface: as it came.
    package var body: [UInt8] = []
    /// What the identity provider said, where it had to be asked.
    package var provided: ProviderWord?

    package init(
        method: String, path: String, query: FormFields = .none, form: FormFields = .none,
        headers: [String: String] = [:], cookies: [String: String] = [:], address: String = "127.0.0.1"
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.form = form
        self.headers = headers
        self.cookies = cookies
        self.address = address
    }

    /// RFC 6265 4.2.1; of cookies with one name the first counts.
    package static func cookies(_ header: String) -> [String: String] {
        var cookies: [String: String] = [:]
        for part in header.split(separator: ";").prefix(50) {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else { continue }
            // Blanks before it alone: with one inside it is another name, which browsers let other hosts of the domain set.
            let name = String(pair[0].drop { $0 == " " })
            if cookies[name] == nil { cookies[name] = String(pair[1]) }
        }
        return cookies
    }
}

/// An answer.
package struct ConsoleAnswer: Sendable {
    package var status: Int
    package var headers: [(name: String, value: String)] = []
    package var type = "text/html; charset=utf-8"
    package var body: [UInt8]

    package init(_ status: Int = 200, _ html: String) {
        self.status = status
        body = Array(html.utf8)
    }

    package init(type: String, _ body: [UInt8]) {
        status = 200
        self.type = type
        self.body = body
    }

    /// See other (RFC 9110 15.4.4): what was done is done once, however often the page is loaded again.
    /// - Parameter path: one of ours.
    static func redirect(_ path: String) -> ConsoleAnswer {
        var answer = ConsoleAnswer(303, "")
        answer.headers.append(("Location", path))
        return answer
    }

    /// - Parameter isLax: also sent where another site leads here, as an identity provider does.
    mutating func setCookie(_ name: String, _ value: String, lasts seconds: Int64? = nil, isLax: Bool = false) {
        // `__Host-` (RFC 6265bis 4.1.3.2): of this host alone, by TLS alone, or on this machine.
        let age = seconds.map { "; Max-Age=\($0)" } ?? ""
        headers.append(
            ("Set-Cookie", "\(name)=\(value); Path=/; Secure; HttpOnly; SameSite=\(isLax ? "Lax" : "Strict")\(age)"))
    }
}

/// Why a page is not shown, or something was not done; in words for the person.
package struct ConsoleProblem: Error, Hashable, Sendable {
    package var status: Int
    package var title: String
    package var detail: String
    package var headers: [Header]

    package struct Header: Hashable, Sendable {
        package var name: String
        package var value: String

        init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    init(_ status: Int, _ title: String, _ detail: String, headers: [Header] = []) {
        self.status = status
        self.title = title
        self.detail = detail
        self.headers = headers
    }

    static let notFound = ConsoleProblem(
        404, "There is no such page", "The address may be wrong, or what it was about is not there.")
    static func invalid(_ detail: String) -> ConsoleProblem { ConsoleProblem(422, "That was not done", detail) }
}
