import Crypto
import DICOMCore
import Foundation
import Glibc
import Testing

@testable import Deidentification

/// A folder that is gone when the test is.
final class Folder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "cordon-key-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

@Suite struct KeyTests {
    let folder: Folder
    var file: String { folder.path + "/site.key" }

    init() throws { folder = try Folder() }

    private func message(_ body: () throws(DeidentificationKey.KeyError) -> Void) -> String {
        do throws(DeidentificationKey.KeyError) {
            try body()
            return "nothing was refused"
        } catch {
            return error.message
        }
    }

    private func contents() throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: file))) }

    private func write(_ bytes: [UInt8], mode: mode_t = 0o600) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        #expect(chmod(file, mode) == 0)
    }

    @Test func `a new key is readable by its owner alone and reads back as itself`() throws {
        let before = umask(0)
        defer { umask(before) }
        try DeidentificationKey.create(at: file)
        var status = stat()
        #expect(lstat(file, &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o600)
        #expect(try DeidentificationKey(path: file).fingerprint == DeidentificationKey(path: file).fingerprint)
        #expect(try DeidentificationKey(path: file).fingerprint.count == 16)
    }

    @Test func `two new keys are two keys`() throws {
        try DeidentificationKey.create(at: file)
        try DeidentificationKey.create(at: file + "2")
        #expect(try DeidentificationKey(path: file).fingerprint != DeidentificationKey(path: file + "2").fingerprint)
    }

    @Test func `a key is never overwritten`() throws {
        try DeidentificationKey.create(at: file)
        let first = try contents()
        #expect(
            message { () throws(DeidentificationKey.KeyError) in try DeidentificationKey.create(at: file) }.contains(
                "there already"))
        #expect(try contents() == first)
    }

    @Test func `a link in the place of a new key is not followed`() throws {
        #expect(symlink(folder.path + "/elsewhere", file) == 0)
        #expect(
            message { () throws(DeidentificationKey.KeyError) in try DeidentificationKey.create(at: file) }
                != "nothing was refused")
        #expect(access(folder.path + "/elsewhere", F_OK) != 0)
    }

    @Test(arguments: [0o640, 0o604, 0o660, 0o644, 0o620, 0o610] as [mode_t])
    func `a key that others may use is refused`(mode: mode_t) throws {
        try DeidentificationKey.create(at: file)
        #expect(chmod(file, mode) == 0)
        #expect(
            message { () throws(DeidentificationKey.KeyError) in _ = try DeidentificationKey(path: file) }.contains(
                "chmod 600"))
    }

    @Test func `a link, a folder and a pipe are no keys`() throws {
        try DeidentificationKey.create(at: file)
        #expect(symlink(file, folder.path + "/link") == 0)
        #expect(mkfifo(folder.path + "/pipe", 0o600) == 0)
        for name in ["/link", "/pipe", "", "/missing"] {
            #expect(
                message { () throws(DeidentificationKey.KeyError) in
                    _ = try DeidentificationKey(path: folder.path + name)
                } != "nothing was refused", "\(name)")
        }
    }

    @Test func `a key with any one byte changed, missing or added is refused`() throws {
        try DeidentificationKey.create(at: file)
        let whole = try contents()
        for index in whole.indices {
            for changed in [whole[index] ^ 1, whole[index] ^ 0x20, 0] {
                var bytes = whole
                bytes[index] = changed
                #expect(throws: DeidentificationKey.KeyError.self) { try KeyFile.secret(from: bytes, "k") }
            }
            var shorter = whole
            shorter.remove(at: index)
            #expect(throws: DeidentificationKey.KeyError.self) { try KeyFile.secret(from: shorter, "k") }
            #expect(throws: DeidentificationKey.KeyError.self) { try KeyFile.secret(from: Array(whole[..<index]), "k") }
        }
        #expect(throws: DeidentificationKey.KeyError.self) { try KeyFile.secret(from: whole + [10], "k") }
        try write(whole + [UInt8](repeating: 10, count: 4096))
        #expect(throws: DeidentificationKey.KeyError.self) { try DeidentificationKey(path: file) }
    }

    @Test func `neither a key nor an error about one shows the secret`() throws {
        let secret = [UInt8](1...32)
        let digits = hexadecimalDigits(secret)
        let key = DeidentificationKey(secret: secret)
        var dumped = ""
        dump(key, to: &dumped)
        for text in ["\(key)", String(reflecting: key), dumped] {
            #expect(text.contains(key.fingerprint))
            #expect(!text.contains(digits) && !text.contains("1, 2, 3"))
        }
        try write(Array("\(KeyFile.header)\nkey \(digits)\ncheck 0000000000000000\n".utf8))
        #expect(
            !message { () throws(DeidentificationKey.KeyError) in _ = try DeidentificationKey(path: file) }.contains(
                digits.prefix(8)))
    }

    @Test func `derived keys differ by use and are those of every other machine`() {
        let key = DeidentificationKey(secret: [UInt8](repeating: 7, count: 32))
        let codes = DeidentificationKey.Use.allCases.map { use in Array(key.authenticator(use).finalize()) }
        #expect(Set(codes).count == codes.count)
        // A changed answer would part what one site releases from what it has released.
        #expect(key.fingerprint == KnownAnswers.fingerprint)
    }
}

/// Computed by other software (Python's hmac and hashlib, from docs/deidentification.md) for a secret of 32 sevens.
enum KnownAnswers {
    static let fingerprint = "b039648ef8af96bd"
    /// Of 1.2.3.4.
    static let uid = "2.25.340009794255867652158274435659926745440"
    /// Of the patient 123456 without an issuer.
    static let pseudonym = "5F0KKZJ7WWMC"
    /// Days, of the same patient: 100 to 1 weeks into the past; 3650 days at most either way.
    static let offset = -546
    static let widerOffset = -28
    /// Of `A-1`.
    static let hash = "f53e94127dd18ad8"
}
