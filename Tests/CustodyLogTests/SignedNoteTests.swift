import CustodyLog
import Glibc
import Host
import TestSupport
import Testing

/// The keys and the notes of Go's `golang.org/x/mod/sumdb/note`.
enum Published {
    static let peter = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    static let peterSecret = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
    static let enoch = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
    static let text = """
        If you think cryptography is the answer to your problem,
        then you don't know what your problem is.

        """
    static let peterLine =
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    static let enochLine =
        "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"

    /// The example of C2SP tlog-cosignature; its keys are not published.
    static let cosigned = """
        example.com/behind-the-sofa
        20852163
        CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

        — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
        — witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==

        """
}

@Suite struct SignedNoteTests {
    @Test func `published keys are read, and only as they are written`() throws {
        let key = try VerifierKey(Published.peter)
        #expect(key.name == "PeterNeumann")
        #expect(key.identifier == 0xc74f_20a3)
        #expect(key.description == Published.peter)
        let text = Array(Published.peter.utf8)
        for start in 0...text.count {
            for end in start...text.count where end - start < text.count {
                #expect(throws: LogError.self) {
                    try VerifierKey(String(decoding: text[start..<end], as: UTF8.self))
                }
            }
        }
        for place in text.indices {
            for bit in 0..<7 {
                var other = text
                other[place] ^= 1 << bit
                #expect(throws: LogError.self) { try VerifierKey(String(decoding: other, as: UTF8.self)) }
            }
        }
        // A key of another length, and one of an unknown type, both with the hash that belongs to them.
        for text in [
            "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
            "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        ] {
            #expect(throws: LogError.self) { try VerifierKey(text) }
        }
    }

    @Test func `signing keys are read, and only as they are written`() throws {
        let key = try SigningKey(Published.peterSecret)
        #expect(key.verifier.description == Published.peter)
        let text = Array(Published.peterSecret.utf8)
        for place in text.indices {
            for bit in 0..<7 {
                var other = text
                other[place] ^= 1 << bit
                #expect(throws: LogError.self) { try SigningKey(String(decoding: other, as: UTF8.self)) }
            }
            #expect(throws: LogError.self) { try SigningKey(String(decoding: text[..<place], as: UTF8.self)) }
        }
    }

    @Test func `what we sign is what was published, and what was published holds`() throws {
        let note = try SignedNote(
            bytes: Array((Published.text + "\n" + Published.peterLine + Published.enochLine).utf8))
        #expect(note.text == Published.text)
        #expect(note.signatures.map(\.name) == ["PeterNeumann", "EnochRoot"])
        let again = try note.keeping([]).signed(by: SigningKey(Published.peterSecret), at: Instant(milliseconds: 0))
        #expect(String(decoding: again.bytes, as: UTF8.self) == Published.text + "\n" + Published.peterLine)
        // One of the same key takes the place of the other.
        let twice = try note.signed(by: SigningKey(Published.peterSecret), at: Instant(milliseconds: 0))
        #expect(twice.signatures.count == 2)
    }

    @Test func `a note reads back to the same bytes, or is refused`() throws {
        let bytes = Array(Published.cosigned.utf8)
        #expect(try SignedNote(bytes: bytes).bytes == bytes)
        let checkpoint = try Checkpoint(text: SignedNote(bytes: bytes).text)
        #expect(checkpoint.origin == "example.com/behind-the-sofa")
        #expect(checkpoint.size == 20_852_163)
        for count in 0..<bytes.count {
            let part = Array(bytes.prefix(count))
            if let note = try? SignedNote(bytes: part) { #expect(note.bytes == part) }
        }
        for bit in 0..<bytes.count * 8 {
            var other = bytes
            other[bit / 8] ^= 1 << (bit % 8)
            if let note = try? SignedNote(bytes: other) { #expect(note.bytes == other) }
        }
    }

    @Test func `what is no note is refused`() throws {
        let text = Published.text
        let line = Published.peterLine
        let wrong = [
            "", "\n", text, text + "\n", text + "\n" + line.dropLast(), "\u{1}" + text + "\n" + line,
            text
                + "\n— Bad Name x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n",
            text + "\n" + line + "Unexpected line.\n", text + "\n— a+b eDA4Z28v\n", text + "\n— a eDA4\n",
            text + "\n— a\n", text + "\n—\n", text + "\n" + String(repeating: line, count: 101),
        ]
        for note in wrong { #expect(throws: LogError.self) { try SignedNote(bytes: Array(note.utf8)) } }
        #expect(throws: LogError.self) { try SignedNote(bytes: [0xff] + Array((text + "\n" + line).utf8)) }
        #expect(throws: LogError.self) {
            try SignedNote(bytes: [UInt8](repeating: 0x41, count: SignedNote.largestSize + 1))
        }
    }

    @Test func `bytes at random never crash a reader of notes, keys, policies or proofs`() {
        var generator = SeededGenerator(seed: 11)
        let seeds: [[UInt8]] = [
            Array(Published.cosigned.utf8), Array(Published.peter.utf8), Array(Published.peterSecret.utf8),
            Array(
                "c2sp.org/tlog-proof@v1\nindex 3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\(Published.cosigned)"
                    .utf8),
            Array("old 3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\(Published.cosigned)".utf8),
            Array("log \(Published.peter)\ngroup a any b\nquorum none\n".utf8), [],
        ]
        for _ in 0..<20_000 {
            var bytes = generator.pick(seeds)
            for _ in 0...generator.below(6) {
                switch generator.below(4) {
                case 0 where !bytes.isEmpty: bytes[generator.below(bytes.count)] = UInt8(generator.below(256))
                case 1 where !bytes.isEmpty: bytes.remove(at: generator.below(bytes.count))
                case 2:
                    bytes.insert(
                        generator.pick([10, 32, 0xe2, 0x80, 0x94, 43, 61, 0, 255]), at: generator.below(bytes.count + 1)
                    )
                default: bytes = Array(bytes.prefix(generator.below(bytes.count + 1)))
                }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            if let note = try? SignedNote(bytes: bytes) {
                #expect(note.bytes == bytes)
                _ = try? Checkpoint(text: note.text)
            }
            if let proof = try? LogProof(bytes: bytes), !text.contains("\nextra ") { #expect(proof.bytes == bytes) }
            if let proof = try? ExtensionProof(bytes: bytes) { #expect(proof.bytes == bytes) }
            if let policy = try? TrustPolicy(text: text) {
                #expect(throws: Never.self) { try TrustPolicy(text: policy.text) }
            }
            _ = try? VerifierKey(text)
            _ = try? SigningKey(text)
        }
    }

    @Test func `a key file is its owner's alone, and never written over`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/log.key"
        let key = try SigningKey(name: "hospital.example/custody")
        try key.create(at: path)
        #expect(FileSystem.status(path)?.st_mode == 0o100600)
        #expect(try SigningKey(path: path).verifier == key.verifier)
        #expect(throws: LogError.self) { try SigningKey(name: "other").create(at: path) }
        #expect(try SigningKey(path: path).verifier == key.verifier)
        #expect(chmod(path, 0o640) == 0)
        #expect(throws: LogError.self) { try SigningKey(path: path) }
        #expect(throws: LogError.self) { try SigningKey(path: folder.path + "/none") }
        for name in ["", "a b", "a+b", "a\nb", "a\u{a0}b"] {
            #expect(throws: LogError.self) { try SigningKey(name: name) }
        }
    }
}
