import DICOMFile
import NIOCore

/// The Search transaction (PS3.18 10.6).
struct QueryService: Sendable {
    let provider: any QueryProvider
    let settings: WebServerSettings

    func answer(
        _ request: WebRequest, _ level: WebQuery.Level, _ values: [String: String], for caller: Caller
    ) async throws -> WebAnswer {
        let text = try QueryText(request.query)
        let representation = try MetadataRepresentation.negotiate(try request.accept(text))
        var parsed = try ParsedQuery(level, values, text, maximum: settings.searchResults)
        let answers = try await provider.search(parsed.query, for: caller)
        if answers.isTruncated, !parsed.isLimitedByClient {
            // PS3.18 8.3.4.4
            parsed.warnings.append(
                "The number of results exceeded the maximum supported by the server. "
                    + "Additional results can be requested.")
        }
        // The first is waited for: what fails before it is answered with a status, not in the midst of a body.
        guard let first = try await answers.dataSets.next() else {
            var answer = WebAnswer(204)
            answer.warn(parsed.warnings)
            return answer
        }
        let body = representation.body(answers.dataSets.preceded(by: first)) { _ in
            var options = JSONModel.Options()
            options.inlineBinaryLimit = 64 << 10
            return options
        }
        var answer = WebAnswer(200, type: body.type, body: body.bytes)
        answer.warn(parsed.warnings)
        return answer
    }
}
