import DICOMWeb
import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: TokenWorkshop.isThere, "joserfc is not installed"))
struct `Bearer tokens` {
    private let shop: TokenWorkshop
    private let clock = TestClock()

    init() async throws { shop = try await TokenWorkshop.shared.value }

    private func verifier(
        _ documents: Documents, _ change: (inout TokenSettings) -> Void = { _ in }
    ) -> TokenVerifier {
        var settings = TokenSettings(issuer: TokenWorkshop.issuer, audiences: ["cordon", "dicomweb"])
        change(&settings)
        return TokenVerifier(settings, documents: documents, now: { [clock] in clock.now })
    }

    private func token(_ name: String) throws -> String { try #require(shop.tokens[name]) }

    @Test(arguments: [
        "good", "good RS256", "good RS384", "good RS512", "good PS256", "good PS384", "good PS512", "good ES256",
        "good ES384", "good ES512", "good EdDSA", "good list", "good without nbf", "good barely",
    ])
    func `a good token is believed`(name: String) async throws {
        let verified = try await verifier(Documents(shop.documents["jwks"])).verify(try token(name))
        #expect(verified.subject == "alice")
        #expect(verified.issuer == TokenWorkshop.issuer)
        #expect(verified.values(at: "realm_access.roles") == ["radiologist", "offline"])
        #expect(verified.values(at: "groups") == ["a", "b"])
        #expect(verified.authenticationContext == "2")
        #expect(verified.authenticationMethods == ["pwd", "otp"])
    }

    @Test(arguments: [
        ("expired", TokenError.expired), ("no exp", .malformed), ("text exp", .malformed), ("not yet", .notYetValid),
        ("from the future", .notYetValid), ("wrong aud", .wrongAudience), ("wrong list", .wrongAudience),
        ("empty list", .wrongAudience), ("no aud", .wrongAudience), ("wrong iss", .wrongIssuer),
        ("no iss", .wrongIssuer), ("no sub", .noSubject), ("unknown kid", .unknownKey), ("stolen kid", .badSignature),
        ("new kid", .unknownKey), ("no kid", .unknownKey), ("encryption key", .unknownKey),
        ("other algorithm of the key", .unknownKey), ("logout", .wrongType), ("symmetric key of the set", .algorithm),
        ("none", .algorithm), ("none with kid", .algorithm), ("None", .algorithm),
        ("HS256 with the public key", .algorithm), ("HS256 with the modulus", .algorithm), ("no alg", .malformed),
        ("number alg", .malformed), ("number kid", .malformed), ("forged", .badSignature),
        ("without signature", .badSignature), ("ES256 with an RSA key", .unknownKey), ("claims twice", .malformed),
        ("no JSON", .malformed), ("critical header", .criticalHeader),
    ])
    func `a bad token is refused`(name: String, reason: TokenError) async throws {
        let verifier = verifier(Documents(shop.documents["jwks"]))
        let token = try token(name)
        await #expect(throws: reason) { try await verifier.verify(token) }
    }

    @Test func `every token that is not good is among those that are refused here`() {
        #expect(shop.tokens.count == 14 + 34)
    }

    @Test func `no part of a token can be changed`() async throws {
        let verifier = verifier(Documents(shop.documents["jwks"]))
        let good = Array(try token("good").utf8)
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<150 {
            var bytes = good
            let place = generator.below(bytes.count)
            bytes[place] = generator.pick(Array("ABCXYZabcxyz0189-_.".utf8))
            guard bytes != good else { continue }
            // The last character of a base64 text has bits that mean nothing; ours must be zero.
            await #expect(throws: (any Error).self) {
                try await verifier.verify(String(decoding: bytes, as: UTF8.self))
            }
        }
    }

    @Test(arguments: ["", ".", "..", "a.b.c", "e30.e30.", "e30.e30.e30.e30", "ä.ö.ü", "e30=.e30.e30"])
    func `what is no token is none`(text: String) async {
        let verifier = verifier(Documents(shop.documents["jwks"]))
        await #expect(throws: TokenError.malformed) { try await verifier.verify(text) }
    }

    @Test(arguments: [
        #"{"groups":"a","groups":"b"}"#, #"{"realm_access":{"roles":["a"],"roles":["b"]}}"#,
        #"{"list":[1,{"x":{"y":1,"y":2}}]}"#,
    ])
    func `claims that are there twice are refused at every depth`(claims: String) async {
        func part(_ text: String) -> String {
            Data(text.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
                .replacing("=", with: "")
        }
        let verifier = verifier(Documents(shop.documents["jwks"]))
        let text = [#"{"alg":"RS256","kid":"nobody's"}"#, claims, "x"].map(part).joined(separator: ".")
        await #expect(throws: TokenError.malformed) { try await verifier.verify(text) }
    }

    @Test func `a token that is too long is not looked at`() async {
        let verifier = verifier(Documents(nil))
        await #expect(throws: TokenError.tooLong) { try await verifier.verify(String(repeating: "a", count: 20_000)) }
    }

    @Test func `a lifetime that is too long is refused where a site says so`() async throws {
        let verifier = verifier(Documents(shop.documents["jwks"])) { $0.longest = 399 }
        let good = try token("good")
        let without = try token("good without nbf")
        await #expect(throws: TokenError.expired) { try await verifier.verify(good) }
        await #expect(throws: TokenError.expired) { try await verifier.verify(without) }
    }

    @Test func `what was believed is so until it expires`() async throws {
        let verifier = verifier(Documents(shop.documents["jwks"]))
        let token = try await verifier.verify(try token("good"))
        #expect(verifier.stillHolds(token))
        clock.advance(token.expires + 29 - clock.now)
        #expect(verifier.stillHolds(token))
        clock.advance(1)
        #expect(!verifier.stillHolds(token))
        let other = TokenVerifier(
            TokenSettings(issuer: "https://idp.example.org", audiences: ["cordon"]), documents: Documents(nil),
            now: { token.expires - 1 })
        #expect(!other.stillHolds(token))
    }

    @Test func `keys are asked for once, and again when they are old`() async throws {
        let documents = Documents(shop.documents["jwks"])
        let verifier = verifier(documents) { $0.keyLifetime = 100 }
        for _ in 0..<5 { _ = try await verifier.verify(try token("good")) }
        #expect(documents.count == 2)
        clock.advance(100)
        _ = try await verifier.verify(try token("good"))
        #expect(documents.count == 4)
    }

    @Test func `many who come at once ask for keys once`() async throws {
        let documents = Documents(shop.documents["jwks"])
        let verifier = verifier(documents)
        let good = try token("good")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<32 { group.addTask { _ = try await verifier.verify(good) } }
            try await group.waitForAll()
        }
        #expect(documents.count == 2)
    }

    @Test func `a rotated key is found, and strangers do not make us ask too often`() async throws {
        let documents = Documents(shop.documents["jwks"])
        let verifier = verifier(documents)
        _ = try await verifier.verify(try token("good"))
        #expect(documents.count == 2)
        let unknown = try token("unknown kid")
        for _ in 0..<20 { await #expect(throws: TokenError.unknownKey) { try await verifier.verify(unknown) } }
        #expect(documents.count == 2)
        documents.publish(shop.documents["rotated"])
        let new = try token("new kid")
        // Too early.
        await #expect(throws: TokenError.unknownKey) { try await verifier.verify(new) }
        clock.advance(30)
        _ = try await verifier.verify(new)
        #expect(documents.count == 4)
        // The old key is gone.
        let good = try token("good")
        await #expect(throws: TokenError.unknownKey) { try await verifier.verify(good) }
    }

    @Test func `a provider that cannot be reached is waited for, with the keys that are known`() async throws {
        let documents = Documents(shop.documents["jwks"])
        let verifier = verifier(documents) {
            $0.keyLifetime = 10
            $0.keyGrace = 100
            $0.leeway = 1000
        }
        let good = try token("good")
        _ = try await verifier.verify(good)
        documents.publish(nil)
        clock.advance(60)
        _ = try await verifier.verify(good)
        clock.advance(60)
        await #expect(throws: WebProblem.unavailable(retryAfter: 30)) { try await verifier.verify(good) }
        documents.publish(shop.documents["jwks"])
        clock.advance(30)
        _ = try await verifier.verify(good)
    }

    @Test func `documents of another issuer are not believed`() async throws {
        let verifier = verifier(Documents(shop.documents["jwks"], issuer: "https://idp.example.org"))
        let good = try token("good")
        await #expect(throws: WebProblem.self) { try await verifier.verify(good) }
    }

    @Test func `a provider without TLS is refused, but on this machine`() throws {
        for bad in ["http://idp.example.org", "ftp://x", "http://127.0.0.1.example.org", "http://localhost@evil", ""] {
            #expect(throws: UnprotectedProvider.self) {
                try TokenVerifier(TokenSettings(issuer: bad, audiences: ["x"]))
            }
        }
        _ = try TokenVerifier(TokenSettings(issuer: "http://127.0.0.1:8080", audiences: ["x"]))
    }

    // MARK: - What listeners ask for

    private let certificate = ClientCertificate(
        subject: "CN=ws1,O=Hospital", fingerprint: String(repeating: "a", count: 64))

    private func caller(_ policy: CredentialPolicy, _ credentials: Credentials) async throws -> Caller {
        let verifier = verifier(Documents(shop.documents["jwks"]))
        return try await CredentialAuthenticator(policy, verifier: verifier).caller(credentials)
    }

    @Test func `a caller is what was proved, and nothing else`() async throws {
        let good = "Bearer " + (try token("good"))
        let byToken = try await caller(.token, Credentials(authorization: [good]))
        #expect(byToken.token?.subject == "alice" && byToken.certificate == nil)
        let byCertificate = try await caller(.either, Credentials(certificate: certificate))
        #expect(byCertificate.token == nil && byCertificate.certificate == certificate)
        let both = try await caller(.both, Credentials(certificate: certificate, authorization: [good]))
        #expect(both.token?.subject == "alice" && both.certificate == certificate)
    }

    @Test(arguments: CredentialPolicy.allCases)
    func `who proves nothing is refused, and told how`(policy: CredentialPolicy) async throws {
        do {
            _ = try await caller(policy, Credentials())
            Issue.record("nobody was let in")
        } catch let problem as WebProblem {
            #expect(problem.status == 401)
            // Without a token there is no error code (RFC 6750 3.1).
            #expect(problem.headers == [.init("WWW-Authenticate", "Bearer realm=\"DICOMweb\"")])
        }
    }

    @Test func `both means both`() async throws {
        let good = "Bearer " + (try token("good"))
        await #expect(throws: WebProblem.self) { try await caller(.both, Credentials(authorization: [good])) }
        await #expect(throws: WebProblem.self) { try await caller(.both, Credentials(certificate: certificate)) }
        await #expect(throws: WebProblem.self) { try await caller(.certificate, Credentials(authorization: [good])) }
        await #expect(throws: WebProblem.self) { try await caller(.token, Credentials(certificate: certificate)) }
    }

    @Test func `a bad token is refused even where a certificate would do`() async throws {
        let expired = "Bearer " + (try token("expired"))
        do {
            _ = try await caller(.either, Credentials(certificate: certificate, authorization: [expired]))
            Issue.record("it was let in")
        } catch let problem as WebProblem {
            #expect(problem.status == 401)
            #expect(problem.headers.first?.value.contains("error=\"invalid_token\"") == true)
            #expect(problem.headers.first?.value.contains("alice") == false)
        }
    }

    @Test func `other schemes and two tokens are refused`() async throws {
        let good = "Bearer " + (try token("good"))
        for authorization in [["Basic YTpi"], ["Bearer"], [""], ["Bearerx y"]] {
            await #expect(throws: WebProblem.self) {
                try await caller(.token, Credentials(authorization: authorization))
            }
        }
        await #expect(throws: WebProblem.badRequest("there is more than one Authorization")) {
            try await caller(.token, Credentials(authorization: [good, good]))
        }
    }
}
