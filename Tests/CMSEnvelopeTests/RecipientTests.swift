import TestSupport
import Testing

@testable import CMSEnvelope

@Suite struct RecipientTests {
    private func refusal(_ pair: KeyPair) -> String? {
        do throws(EnvelopeError) {
            _ = try RecipientCertificate(pem: pair.certificate)
            return nil
        } catch {
            return error.message
        }
    }

    @Test func `certificates for other uses and weak ones are refused with a reason`() throws {
        #expect(refusal(try KeyPair(.rsa(1024)))?.contains("1024 bits") == true)
        #expect(refusal(try KeyPair(usage: "digitalSignature"))?.contains("keyEncipherment") == true)
        #expect(refusal(try KeyPair(.curve("P-256"), usage: "digitalSignature"))?.contains("keyAgreement") == true)
        #expect(refusal(try KeyPair(.curve("P-256"), usage: "keyAgreement")) == nil)
        #expect(refusal(try KeyPair(usage: "keyEncipherment,digitalSignature")) == nil)
        #expect(refusal(try KeyPair(.other("ed25519")))?.contains("expected RSA") == true)
    }

    @Test func `what is no certificate, holds two, or holds a private key is refused`() throws {
        let pair = try KeyPair.shared.get()
        func code(_ pem: [UInt8]) -> String? {
            do throws(EnvelopeError) {
                _ = try RecipientCertificate(pem: pem)
                return nil
            } catch {
                return error.message
            }
        }
        #expect(code([])?.contains("no X.509") == true)
        #expect(code(pair.key)?.contains("private key") == true)
        #expect(code(pair.certificate + pair.key)?.contains("private key") == true)
        #expect(code(pair.certificate + pair.certificate)?.contains("more than one") == true)
        #expect(code(Array(pair.certificate.dropLast(60)))?.contains("no X.509") == true)
        #expect(code([UInt8](repeating: 65, count: 2 << 20)) != nil)
        #expect(code(Array("Subject: somebody\n".utf8) + pair.certificate) == nil)
    }

    @Test func `the time of decision says whether a certificate is valid`() throws {
        let certificate = try RecipientCertificate(pem: try KeyPair(days: 1).certificate)
        let validity = try #require(certificate.handle.validity)
        func digits(_ moment: Moment) -> String { "\(moment)".filter(\.isNumber) }
        let begin = digits(validity.lowerBound), end = digits(validity.upperBound)
        for time in [begin, end, begin + "+0000", end + "-0000", begin + ".5"] {
            #expect(throws: Never.self) { try certificate.requireValid(at: time) }
        }
        #expect(throws: EnvelopeError.self) { try certificate.requireValid(at: begin + "+0001") }
        #expect(throws: EnvelopeError.self) { try certificate.requireValid(at: end + "-0001") }
        #expect(throws: EnvelopeError.self) { try certificate.requireValid(at: "20010101000000") }
        do throws(EnvelopeError) {
            try certificate.requireValid(at: "20991231")
            Issue.record("accepted")
        } catch {
            #expect(error.code == .validity && error.message.contains("\(validity.upperBound)"))
        }
        for text in ["", "2026", "202613", "20261301", "20260132", "2026112320450", "20261123+1", "x0261123"] {
            #expect(throws: EnvelopeError.self) { try certificate.requireValid(at: text) }
        }
    }

    @Test func `moments are those of the calendar`() {
        #expect(Moment(year: 1970, month: 1, day: 1).seconds == 0)
        #expect(Moment(year: 2000, month: 2, day: 29).seconds == 951_782_400)
        #expect(Moment(year: 2026, month: 11, day: 23, hour: 23, minute: 35).seconds == 1_795_476_900)
        #expect(Moment("20261123233500+0100")?.seconds == 1_795_473_300)
        for seconds in stride(from: -3_000_000_000, through: 40_000_000_000, by: 86_399 * 7) {
            let moment = Moment(year: 1970, month: 1, day: 1, second: seconds)
            #expect(Moment("\(moment)".filter(\.isNumber)) == moment)
        }
    }

    @Test func `an encrypted private key needs its passphrase`() throws {
        let pair = try KeyPair(passphrase: "correct horse")
        func code(_ passphrase: String?) -> EnvelopeError.Code? {
            do throws(EnvelopeError) {
                _ = try RecipientKey(pem: pair.key, passphrase: passphrase.map { Array($0.utf8) })
                return nil
            } catch {
                return error.code
            }
        }
        #expect(code("correct horse") == nil)
        #expect(code(nil) == .passphrase)
        #expect(code("wrong horse") == .passphrase)
        #expect(code("") == .passphrase)
        #expect(code("correct\0horse") == .passphrase)
    }

    @Test func `what is no private key is refused without a word of it`() throws {
        let pair = try KeyPair.shared.get()
        for pem in [[], pair.certificate, Array(pair.key.dropLast(200)), Array("-----BEGIN PRIVATE KEY-----\n".utf8)] {
            do throws(EnvelopeError) {
                _ = try RecipientKey(pem: pem)
                Issue.record("accepted")
            } catch {
                #expect(error.code == .privateKey)
                #expect(!pem.isEmpty || error.message.contains("BEGIN PRIVATE KEY"))
            }
        }
    }
}
