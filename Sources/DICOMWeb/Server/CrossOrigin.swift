import HTTPTypes

/// Cross-origin requests (CORS, https://fetch.spec.whatwg.org). Off for every origin that is not named.
struct CrossOrigin: Sendable {
    let allowed: Set<String>

    /// The answer to a preflight request, or nil when it is none.
    func preflight(_ method: String, _ headers: HTTPFields, methods: [String]) -> WebAnswer? {
        guard method == "OPTIONS", headers[.origin] != nil, headers[.accessControlRequestMethod] != nil else {
            return nil
        }
        var answer = WebAnswer(204)
        guard isAllowed(headers) else { return answer }
        answer.headers[.accessControlAllowMethods] = methods.joined(separator: ", ")
        answer.headers[.accessControlAllowHeaders] = "Accept, Authorization, Content-Type, Range"
        answer.headers[.accessControlMaxAge] = "600"
        return answer
    }

    /// Lets a page of an origin that is named read the answer.
    func mark(_ answer: inout HTTPFields, _ request: HTTPFields) {
        guard !allowed.isEmpty else { return }
        answer.append(HTTPField(name: .vary, value: "Origin"))
        guard isAllowed(request), let origin = request[.origin] else { return }
        answer[.accessControlAllowOrigin] = origin
        answer[.accessControlExposeHeaders] = "Content-Range, Retry-After, Warning, WWW-Authenticate"
    }

    private func isAllowed(_ headers: HTTPFields) -> Bool {
        headers[.origin].map(allowed.contains) ?? false
    }
}
