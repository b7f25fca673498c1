import CustodyLog
import Host
import Testing

@Suite struct TrustPolicyTests {
    let time = Instant(milliseconds: 1_795_487_501_250)
    let log = Result { try SigningKey(name: "hospital.example/custody") }
    let witnesses = Result { try (1...3).map { try SigningKey(name: "witness.example/w\($0)", type: .cosignature) } }

    private func note(_ size: Int = 5) throws -> SignedNote {
        let folder = try TemporaryFolder()
        try log.get().create(at: makeKeys(folder))
        let log = try MemoryLog(count: size)
        return try LogFolder(registry: folder.path).sign(log)
    }

    private func makeKeys(_ folder: TemporaryFolder) throws -> String {
        try FileSystem.makeFolder(folder.path + "/keys", mode: 0o700)
        return folder.path + "/keys/log.key"
    }

    private func cosigned(_ count: Int) throws -> SignedNote {
        try witnesses.get().prefix(count).reduce(note()) { try $0.signed(by: $1, at: time) }
    }

    @Test func `so many of so many witnesses are enough, and one fewer is not`() throws {
        let log = try log.get().verifier
        let witnesses = try witnesses.get().map(\.verifier)
        for quorum in 0...3 {
            let policy = try TrustPolicy(logs: [log], witnesses: witnesses, quorum: quorum)
            let again = try TrustPolicy(text: policy.text)
            for count in 0...3 {
                for policy in [policy, again] {
                    if count >= quorum {
                        let verified = try policy.verify(cosigned(count))
                        #expect(verified.cosignatures.count == count)
                        #expect(
                            verified.cosignatures.allSatisfy { $0.time == Instant(milliseconds: 1_795_487_501_000) })
                        #expect(verified.key == log)
                    } else {
                        #expect { try policy.verify(cosigned(count)) } throws: { ($0 as? LogError)?.code == .quorum }
                    }
                }
            }
        }
        #expect(throws: LogError.self) { try TrustPolicy(logs: [log], witnesses: witnesses, quorum: 4) }
    }

    @Test func `groups of groups count as C2SP says`() throws {
        let log = try log.get().verifier
        let keys = try witnesses.get().map(\.verifier)
        let policy = try TrustPolicy(
            text: """
                # ours
                log \(log) https://hospital.example
                witness a \(keys[0])
                \twitness  b  \(keys[1]) https://b.example
                witness c \(keys[2])
                group ab any a b
                group all-of-them all ab c
                quorum all-of-them
                """)
        #expect(throws: Never.self) { try policy.verify(cosigned(3)) }
        #expect { try policy.verify(cosigned(2)) } throws: { ($0 as? LogError)?.code == .quorum }
    }

    @Test func `a policy that means nothing is refused with its line`() throws {
        let log = try log.get().verifier
        let key = try witnesses.get()[0].verifier
        let wrong = [
            "", "log \(log)", "log \(key)\nquorum none", "witness a \(log)\nquorum a", "quorum a",
            "quorum none\nquorum none",
            "log \(log)\nlog \(log)\nquorum none", "witness none \(key)\nquorum none",
            "witness a \(key)\ngroup g 2 a\nquorum g", "witness a \(key)\ngroup g 0 a\nquorum g",
            "witness a \(key)\ngroup g 1 a a\nquorum g", "witness a \(key)\ngroup g 1 a\ngroup h 1 a\nquorum g",
            "group g any b\nquorum g", "witness a \(key)\ngroup g 01 a\nquorum g", "frog\nquorum none",
        ]
        for text in wrong { #expect(throws: LogError.self) { try TrustPolicy(text: text) } }
    }

    @Test func `unknown keys count for nothing, and a wrong signature of a known key refuses the note`() throws {
        let policy = try TrustPolicy(logs: [log.get().verifier])
        let stranger = try SigningKey(name: "hospital.example/custody")
        #expect(throws: Never.self) { try policy.verify(note().signed(by: stranger, at: time)) }
        let others = try note().keeping([]).signed(by: stranger, at: time)
        #expect { try policy.verify(others) } throws: { ($0 as? LogError)?.code == .signature }
        // The log's own key under another origin.
        let other = try TrustPolicy(logs: [SigningKey(name: "other.example").verifier])
        #expect { try other.verify(note()) } throws: { ($0 as? LogError)?.code == .signature }
    }

    @Test func `every change of one bit of a cosigned checkpoint is found`() throws {
        let keys = try witnesses.get().prefix(2).map(\.verifier)
        let policy = try TrustPolicy(logs: [log.get().verifier], witnesses: Array(keys), quorum: 2)
        let bytes = try cosigned(2).bytes
        #expect(throws: Never.self) { try policy.verify(SignedNote(bytes: bytes)) }
        for bit in 0..<bytes.count * 8 {
            var other = bytes
            other[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: LogError.self) { try policy.verify(SignedNote(bytes: other)) }
        }
    }
}
