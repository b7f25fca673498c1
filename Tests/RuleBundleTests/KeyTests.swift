import Foundation
import Testing

@testable import RuleBundle

@Suite struct KeyTests {
    @Test(arguments: SignatureAlgorithm.allCases)
    func `a key that was written is read again, and is its owner's alone`(algorithm: SignatureAlgorithm) throws {
        let folder = try TemporaryFolder()
        let key = try SigningKeyFile(name: "alice", algorithm: algorithm)
        try key.create(at: folder("alice.key"))
        let attributes = try FileManager.default.attributesOfItem(atPath: folder("alice.key"))
        #expect((attributes[.posixPermissions] as? Int) == 0o600)
        #expect(try SigningKeyFile(path: folder("alice.key")).publicKey == key.publicKey)
        #expect(code { try key.create(at: folder("alice.key")) } == .unavailable)
        #expect(try PublicKey("\(key.publicKey)") == key.publicKey)
        #expect(!"\(key)".contains("PRIVATE"))
    }

    @Test func `a key that others may read, or that was damaged, is refused`() throws {
        let folder = try TemporaryFolder()
        let path = folder("alice.key")
        try SigningKeyFile(name: "alice", algorithm: .ed25519).create(at: path)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        #expect(code { _ = try SigningKeyFile(path: path) } == .key)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        for changed in [text.replacing("alice", with: "malice"), String(text.dropLast(3)), text + "\n", "x"] {
            try FileManager.default.removeItem(atPath: path)
            _ = FileManager.default.createFile(
                atPath: path, contents: Data(changed.utf8), attributes: [.posixPermissions: 0o600])
            #expect(code { _ = try SigningKeyFile(path: path) } == .key)
        }
    }

    @Test func `a signature is of one message and one key`() throws {
        for algorithm in SignatureAlgorithm.allCases {
            let key = try SigningKeyFile(name: "a", algorithm: algorithm)
            let other = try SigningKeyFile(name: "a", algorithm: algorithm)
            let signature = try key.sign([1, 2, 3])
            #expect(key.publicKey.isValid(signature, over: [1, 2, 3]))
            #expect(!key.publicKey.isValid(signature, over: [1, 2, 4]))
            #expect(!other.publicKey.isValid(signature, over: [1, 2, 3]))
            #expect(!key.publicKey.isValid(Array(signature.dropLast()), over: [1, 2, 3]))
        }
    }

    @Test func `lines of a trust file may end as they do on Windows, and none is part of a comment before it`() throws {
        let alice = try SigningKeyFile(name: "alice", algorithm: .ed25519).publicKey
        let bob = try SigningKeyFile(name: "bob", algorithm: .ed25519).publicKey
        let text = "# who signs\r\nthreshold 2\r\nkey \(alice)\r\n# and\r\nkey \(bob)\nruleset site 7\r\n"
        let trust = try TrustFile(text: text, path: "t")
        #expect(trust.threshold == 2 && trust.keys == [alice, bob] && trust.ruleSets == ["site": 7])
    }

    @Test(
        arguments: [
            "", "threshold 1\n", "threshold 0\nruleset site\n", "threshold 1\nruleset site\n", "threshold x\n",
            "key alice rsa AAAA\n", "key alice ed25519 AAAA\n", "threshold 1\nthreshold 1\n", "trust everybody\n",
            "ruleset a\nruleset a\n", "ruleset a -1\n",
        ]) func `a trust file that says too little or nonsense is refused`(text: String)
    {
        #expect(code { _ = try TrustFile(text: text, path: "t") } == .trust)
    }
}
