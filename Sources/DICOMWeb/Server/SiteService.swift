import HTTPTypes
import NIOCore

/// Reads what a site's own resource is asked, and writes what it answers.
struct SiteService {
    let resource: any SiteResource

    func answer(_ request: WebRequest, _ values: [String: String], for caller: Caller) async throws -> WebAnswer {
        var body: [UInt8] = []
        while let piece = try await request.body.next() {
            body += piece.readableBytesView
            guard body.count <= resource.bodyLength else { throw WebProblem.tooLarge("the body is too long") }
        }
        let type = request.headers[.contentType].flatMap { MediaType($0) }
        let answer = try await resource.answer(
            SiteRequest(
                method: request.method == "HEAD" ? "GET" : request.method, values: values,
                contentType: type.map { "\($0.type)/\($0.subtype)".asciiLowercased } ?? "", body: body),
            for: caller)
        guard let type = MediaType(answer.type) else { return WebAnswer(answer.status) }
        return WebAnswer(answer.status, type: type, bytes: answer.body)
    }
}
