import TestSupport
import Testing

@testable import CMSEnvelope

@Suite struct EnvelopeTests {
    private let content = Array("an identity, long enough for several blocks of AES".utf8)

    private func certificate(_ pair: KeyPair) throws -> RecipientCertificate {
        try RecipientCertificate(pem: pair.certificate)
    }

    private func randomness(_ seed: UInt64, recipients: Int = 1) -> Envelope.Randomness {
        var generator = SeededGenerator(seed: seed)
        let count = Envelope.Randomness.byteCount(recipients: recipients)
        func bytes() -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) } }
        return Envelope.Randomness(seen: bytes(), secret: bytes())
    }

    @Test func `what is sealed for one, three and elliptic recipients opens for each of them`() throws {
        let pairs = [
            try KeyPair.shared.get(), try KeyPair(.rsa(3072)), try KeyPair(.curve("P-256")),
            try KeyPair(.curve("P-521")),
        ]
        for chosen in [[pairs[0]], [pairs[2]], Array(pairs[..<3]), pairs] {
            let sealed = try Envelope.seal(content, for: chosen.map(certificate))
            for pair in chosen {
                #expect(try Envelope.open(sealed, with: RecipientKey(pem: pair.key)) == content)
                let key = try RecipientKey(pem: pair.key, certificate: pair.certificate)
                #expect(try Envelope.open(sealed, with: key) == content)
            }
        }
    }

    @Test(arguments: [0, 1, 15, 16, 17, 100_000]) func `contents of any length come back`(count: Int) throws {
        let pair = try KeyPair.shared.get()
        let content = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let sealed = try Envelope.seal(content, for: [certificate(pair)])
        #expect(try Envelope.open(sealed, with: RecipientKey(pem: pair.key)) == content)
    }

    @Test func `no recipient is refused, and so are too many`() throws {
        let one = try certificate(KeyPair.shared.get())
        #expect(throws: EnvelopeError.self) { try Envelope.seal([1], for: []) }
        #expect(throws: EnvelopeError.self) {
            try Envelope.seal([1], for: Array(repeating: one, count: Envelope.mostRecipients + 1))
        }
    }

    @Test func `with given randomness the same content gives the same bytes, in any thread`() async throws {
        let pairs = [try KeyPair.shared.get(), try KeyPair(.curve("P-384"))]
        let recipients = try pairs.map(certificate), given = randomness(1, recipients: 2)
        let first = try Envelope.seal(content, for: recipients, randomness: given)
        let others = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<32 {
                group.addTask { [content] in try Envelope.seal(content, for: recipients, randomness: given) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(others.count == 32 && others.allSatisfy { $0 == first })
        #expect(try Envelope.open(first, with: RecipientKey(pem: pairs[1].key)) == content)
        #expect(try Envelope.seal(content, for: recipients, randomness: randomness(2, recipients: 2)) != first)
    }

    @Test func `secret randomness does not stand in the envelope, and the vector is of the other`() throws {
        let pair = try KeyPair.shared.get(), given = randomness(3)
        let sealed = try Envelope.seal(content, for: [certificate(pair)], randomness: given)
        func holds(_ bytes: ArraySlice<UInt8>) -> Bool {
            (0...(sealed.count - bytes.count)).contains { sealed[$0..<($0 + bytes.count)].elementsEqual(bytes) }
        }
        #expect(!holds(given.secret[..<8]))
        #expect(!holds(given.secret[8..<16]))
        let starts = (0..<given.seen.count - 16).filter { $0 < 2048 }
        #expect(starts.contains { holds(given.seen[$0..<($0 + 16)]) })
    }

    @Test func `randomness that runs out is an error, and what comes after it is as random as ever`() throws {
        let one = try certificate(KeyPair.shared.get())
        let short = Envelope.Randomness(seen: [1, 2, 3, 4], secret: [1, 2, 3, 4])
        #expect(throws: EnvelopeError.self) { try Envelope.seal(content, for: [one], randomness: short) }
        #expect(throws: EnvelopeError.self) {
            try Envelope.seal(content, for: [one], randomness: Envelope.Randomness(seen: [], secret: []))
        }
        let free = try (0..<4).map { _ in try Envelope.seal(content, for: [one]) }
        #expect(Set(free).count == 4)
    }

    @Test func `another key is refused with and without a certificate`() throws {
        let pair = try KeyPair.shared.get(), other = try KeyPair(), curve = try KeyPair(.curve("P-256"))
        let sealed = try Envelope.seal(content, for: [certificate(pair)])
        for wrong in [other, curve] {
            for certificate in [nil, wrong.certificate] {
                let key = try RecipientKey(pem: wrong.key, certificate: certificate)
                let opened = Result { try Envelope.open(sealed, with: key) }
                // Without a certificate a wrong RSA key may give other bytes: one time in about 256.
                if let bytes = try? opened.get() { #expect(bytes != content && certificate == nil) }
            }
        }
        #expect(throws: EnvelopeError.self) { try RecipientKey(pem: pair.key, certificate: other.certificate) }
    }

    @Test func `an envelope with a byte changed or an end cut never opens to its content by accident of a crash`()
        throws
    {
        let pair = try KeyPair(.curve("P-256"))
        let key = try RecipientKey(pem: pair.key)
        let sealed = try Envelope.seal(content, for: [certificate(pair)])
        var openedCount = 0
        for index in sealed.indices {
            for mask: UInt8 in [0x01, 0x80, 0xFF] {
                var damaged = sealed
                damaged[index] ^= mask
                do {
                    _ = try Envelope.open(damaged, with: key)
                    openedCount += 1
                } catch {
                    #expect(!error.message.isEmpty && !error.message.hasSuffix("."))
                }
            }
            #expect(throws: EnvelopeError.self) { try Envelope.open(Array(sealed[..<index]), with: key) }
        }
        // Names of algorithms that are the same, and bits of the content: CBC has no check of its own.
        #expect(openedCount < sealed.count * 3 / 2)
        #expect(throws: EnvelopeError.self) { try Envelope.open(sealed + [0, 0], with: key) }
        #expect(try Envelope.open(sealed + [0], with: key) == content)
        #expect(throws: EnvelopeError.self) { try Envelope.open([], with: key) }
    }

    @Test(arguments: ["-aes256", "-aes128", "-des3", "-aes-256-gcm"])
    func `the openssl command opens ours, and we open its`(cipher: String) throws {
        let pair = try KeyPair.shared.get()
        let sealed = try Envelope.seal(content, for: [certificate(pair)], randomness: randomness(4))
        let opened = try OpenSSLCommand.run(
            ["cms", "-decrypt", "-inform", "DER", "-in", "in", "-inkey", "key", "-recip", "cert", "-out", "out"],
            files: ["in": sealed, "key": pair.key, "cert": pair.certificate])
        #expect(opened["out"] == content)
        let theirs = try OpenSSLCommand.run(
            ["cms", "-encrypt", "-binary", cipher, "-outform", "DER", "-in", "in", "-out", "out", "cert"],
            files: ["in": content, "cert": pair.certificate])
        #expect(try Envelope.open(theirs["out"] ?? [], with: RecipientKey(pem: pair.key)) == content)
    }

    @Test func `padding by OAEP is read`() throws {
        let pair = try KeyPair.shared.get()
        let theirs = try OpenSSLCommand.run(
            [
                "cms", "-encrypt", "-binary", "-aes256", "-outform", "DER", "-in", "in", "-out", "out", "-recip",
                "cert",
                "-keyopt", "rsa_padding_mode:oaep",
            ], files: ["in": content, "cert": pair.certificate])
        #expect(try Envelope.open(theirs["out"] ?? [], with: RecipientKey(pem: pair.key)) == content)
    }

    @Test func `other types of CMS are refused`() throws {
        let pair = try KeyPair.shared.get()
        let signed = try OpenSSLCommand.run(
            [
                "cms", "-sign", "-nodetach", "-binary", "-outform", "DER", "-in", "in", "-out", "out", "-signer",
                "cert",
                "-inkey", "key",
            ], files: ["in": content, "cert": pair.certificate, "key": pair.key])
        #expect(throws: EnvelopeError(.damaged, "the CMS is not of the type EnvelopedData")) {
            try Envelope.open(signed["out"] ?? [], with: RecipientKey(pem: pair.key))
        }
    }
}
