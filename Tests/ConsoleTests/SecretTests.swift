import Host
import Testing

@testable import Console

struct SecretTests {
    /// RFC 6238 Appendix B, of which the last six digits count here.
    @Test(arguments: [
        (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"),
        (2_000_000_000, "279037"), (20_000_000_000, "353130"),
    ])
    func `codes are those of RFC 6238`(seconds: Int64, expected: String) {
        let code = OneTimeCode(secret: Array("12345678901234567890".utf8))
        let time = Instant(milliseconds: seconds * 1000)
        #expect(code.code(step: OneTimeCode.step(at: time)) == expected)
    }

    @Test func `a code is good in its step and in the next, and once`() {
        let code = OneTimeCode.new()
        let time = Site.start, step = OneTimeCode.step(at: time)
        let text = code.code(step: step)
        #expect(code.step(of: text, after: 0, at: time) == step)
        #expect(code.step(of: text, after: 0, at: time.adding(seconds: 30)) == step)
        #expect(code.step(of: text, after: step, at: time) == nil)
        #expect(code.step(of: text, after: 0, at: time.adding(seconds: 90)) == nil)
        #expect(code.step(of: text, after: 0, at: time.adding(seconds: -90)) == nil)
    }

    /// RFC 7914 12, the second vector, with the first half of its 64 bytes: scrypt's last step is PBKDF2, whose blocks do not
    /// depend on how many are asked for.
    @Test func `a password is kept by the scrypt of RFC 7914`() {
        let kept = PasswordHash(
            text: "scrypt$10$8$16$4e61436c$fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162")
        #expect(kept.fits("password"))
        #expect(!kept.fits("Password"))
        #expect(!kept.fits(""))
    }

    @Test func `what is kept has its own salt, and damage fits nothing`() throws {
        let one = try #require(PasswordHash(of: "correct horse")), two = try #require(PasswordHash(of: "correct horse"))
        #expect(one != two)
        #expect(one.fits("correct horse") && two.fits("correct horse"))
        for text in ["", "scrypt", "scrypt$99$8$1$00$00", "scrypt$15$8$1$zz$00", "bcrypt$15$8$1$00$00"] {
            #expect(!PasswordHash(text: text).fits("correct horse"))
        }
        #expect(!PasswordHash.nobody.fits(""))
    }

    @Test func `base 32 is that of RFC 4648`() {
        #expect(Base32.text(Array("foobar".utf8)) == "MZXW6YTBOI")
        #expect(Base32.bytes("mzxw6ytboi") == Array("foobar".utf8))
        #expect(Base32.bytes("MZ1") == nil)
        for count in 0..<40 {
            let bytes = SecureRandom.bytes(count)
            #expect(Base32.bytes(Base32.text(bytes)) == bytes)
        }
    }

    @Test func `a recovery code is read as people type it`() {
        let code = RecoveryCode.new()
        #expect(RecoveryCode(typed: code.text.lowercased().replacing("-", with: " ")) == code)
        #expect(RecoveryCode(typed: "ABCD") == nil)
        #expect(RecoveryCode(typed: "ABCD-EFGH-IJKL-MNO1") == nil)
    }
}
