import DICOMWeb
import TestSupport
import Testing

/// Resources that a site has beside those of PS3.18.
struct SiteResourceTests {
    private struct Echo: SiteResource {
        let template = "echo/{name}"
        let methods = ["GET", "POST"]
        let bodyLength = 8

        func answer(_ request: SiteRequest, for caller: Caller) async throws -> SiteAnswer {
            let said = "\(request.method) \(request.values["name"] ?? "") \(request.contentType) \(request.body.count)"
            return SiteAnswer(201, type: "text/plain", body: Array(said.utf8))
        }
    }

    private struct Nobody: Authenticator {
        func caller(_ credentials: Credentials) async throws -> Caller { throw WebProblem(401, "no") }
    }

    @Test func `are asked as they say, and no further`() async throws {
        let services = WebServices(authenticator: AnonymousAuthenticator(), others: [Echo()])
        try await withServer(services) { url in
            let type = ["Content-Type": "Text/Plain; charset=utf-8"]
            let posted = try await Web.send("POST", "\(url)/echo/a%20b", type, body: Array("12345678".utf8))
            #expect(posted.status == 201)
            #expect(posted.text == "POST a b text/plain 8")
            #expect(posted.headers["cache-control"] == "no-store")
            #expect(try await Web.get("\(url)/echo/x").text == "GET x  0")
            #expect(try await Web.send("POST", "\(url)/echo/x", type, body: Array("123456789".utf8)).status == 413)
            let other = try await Web.send("PUT", "\(url)/echo/x")
            #expect(other.status == 405)
            #expect(other.headers["allow"] == "GET, HEAD, POST")
            for path in ["echo", "echo/x/y", "other/x"] {
                #expect(try await Web.get("\(url)/\(path)").status == 404, "\(path)")
            }
        }
    }

    @Test func `ask who it is first`() async throws {
        try await withServer(WebServices(authenticator: Nobody(), others: [Echo()])) { url in
            let asked = try await Web.get("\(url)/echo/x")
            let posted = try await Web.send("POST", "\(url)/echo/x", body: [1])
            #expect(asked.status == 401 && posted.status == 401)
        }
    }
}
