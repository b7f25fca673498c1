import DICOMFile
import HTTPTypes
import NIOCore

/// A request as the services see it: nothing of the connection is in it but what proves who asks.
struct WebRequest: Sendable {
    var method: String
    /// Behind the base path, percent-encoded.
    var path: String
    var query: String?
    var headers: HTTPFields
    var body: Feed<ByteBuffer>
    var credentials: Credentials
    /// `https://host/dicom-web`: what URLs in answers begin with.
    var base: String

    /// What the client takes: `Accept`, or the query's `accept` in its place (PS3.18 8.3.3.1).
    func accept(_ query: QueryText) throws(WebProblem) -> AcceptList {
        let given = query.values("accept")
        guard let list = AcceptList(given.isEmpty ? headers[values: .accept] : given) else {
            throw .badRequest("what is to be accepted is no list of media types (RFC 9110 12.5.1)")
        }
        return list
    }
}

/// An answer, whose body is made while it is sent.
struct WebAnswer: Sendable {
    var status: Int
    var headers = HTTPFields()
    var length: Int?
    /// Nil for an answer without a body.
    var body: Feed<ByteBuffer>?

    init(_ status: Int, type: MediaType, length: Int? = nil, body: Feed<ByteBuffer>) {
        self.status = status
        self.length = length
        self.body = body
        headers[.contentType] = type.description
    }

    init(_ status: Int, type: MediaType, bytes: [UInt8]) {
        self.init(status, type: type, length: bytes.count, body: Feed([ByteBuffer(bytes: bytes)]))
    }

    /// Without a body.
    init(_ status: Int) {
        self.status = status
        length = 0
    }

    /// The same for every failure (RFC 9457), so that no route says more than others.
    init(_ problem: WebProblem) {
        var json = JSONWriter()
        json.object { json in
            json.number(problem.status, for: "status")
            json.string(HTTPResponse.Status(code: problem.status).reasonPhrase, for: "title")
            json.string(problem.detail, for: "detail")
        }
        self.init(problem.status, type: .problem, bytes: json.bytes)
        for header in problem.headers {
            if let name = HTTPField.Name(header.name) { headers.append(HTTPField(name: name, value: header.value)) }
        }
    }

    /// `Warning: 299` (PS3.18 8.3.4.4).
    mutating func warn(_ texts: [String]) {
        guard let name = HTTPField.Name("Warning") else { return }
        for text in texts { headers.append(HTTPField(name: name, value: "299 cordon: \"\(text)\"")) }
    }
}
