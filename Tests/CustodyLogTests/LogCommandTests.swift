import CustodyLog
import Foundation
import Testing

/// `cordon log`, as a shell calls it.
@Suite struct LogCommandTests {
    private struct Answer {
        var status: Int32
        var output: [UInt8]
        var text: String { String(decoding: output, as: UTF8.self) }
        var line: String { text.trimmingCharacters(in: .newlines) }
    }

    private static let command: String = {
        let test = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: test).deletingLastPathComponent().appendingPathComponent("cordon").path
    }()

    private func cordon(_ arguments: String...) throws -> Answer {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.command)
        process.arguments = arguments
        let output = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let bytes = Array((try output.fileHandleForReading.readToEnd()) ?? Data())
        process.waitUntilExit()
        return Answer(status: process.terminationStatus, output: bytes)
    }

    private func label(_ number: Int, _ site: String) throws {
        #expect(
            try cordon(
                "label", "add", "vip", "--study", "1.2.\(number)", "--reason", "because", "--as", "ada", "--registry",
                site
            ).status == 0)
    }

    @Test func `the way of the page: key, checkpoint, witness, stamp, proofs, check`() throws {
        let folder = try TemporaryFolder()
        let site = folder.path + "/site"
        func path(_ name: String) -> String { folder.path + "/" + name }
        #expect(try cordon("log", "show", "--registry", site).status == 2)
        for number in 1...3 { try label(number, site) }
        #expect(try cordon("log", "checkpoint", "--registry", site).status == 2)
        let key = try cordon("log", "key", "new", "hospital.example/custody", "--registry", site)
        #expect(key.status == 0)
        #expect(try cordon("log", "key", "new", "other", "--registry", site).status == 2)
        let logKey = try VerifierKey(key.line)
        let first = try SignedNote(bytes: cordon("log", "checkpoint", "--registry", site).output)
        #expect(try TrustPolicy(logs: [logKey]).verify(first).checkpoint.size == 3)

        // A witness.
        let witness = try cordon("log", "key", "new", "witness.example/w1", "--witness", path("witness.key"))
        let trust = try cordon("log", "witness", "trust", "--quorum", "1", witness.line, "--registry", site)
        #expect(trust.status == 0)
        #expect(try cordon("log", "verify", "--registry", site).status == 4)
        let proof = try cordon("log", "prove", "consistency", "0", "--registry", site)
        try Data(proof.output).write(to: URL(fileURLWithPath: path("extension")))
        let cosigned = try cordon(
            "log", "cosign", "--key", path("witness.key"), "--log", key.line, "--state", path("seen"), path("extension")
        )
        #expect(cosigned.status == 0)
        try Data(cosigned.output).write(to: URL(fileURLWithPath: path("cosigned")))
        #expect(try cordon("log", "witness", "add", path("cosigned"), "--registry", site).status == 0)
        let policy = try TrustPolicy(text: trust.text)
        #expect(try policy.verify(SignedNote(bytes: cosigned.output)).cosignatures.count == 1)

        // A time stamp, without a network.
        let authority = try Authority()
        #expect(try cordon("log", "stamp", "--request", path("request"), "--registry", site).status == 0)
        let response = try authority.reply(to: Array(Data(contentsOf: URL(fileURLWithPath: path("request")))))
        try Data(response).write(to: URL(fileURLWithPath: path("response")))
        let stranger = try Authority()
        let refused = try cordon(
            "log", "stamp", "--response", path("response"), "--authorities", stranger.path("ca.pem"), "--registry", site
        )
        #expect(refused.status == 2)
        let kept = try cordon(
            "log", "stamp", "--response", path("response"), "--authorities", authority.path("ca.pem"), "--registry",
            site)
        #expect(kept.status == 0)
        #expect(kept.text.hasPrefix("the checkpoint of 3 was there at "))
        #expect(
            try authority.status([
                "ts", "-verify", "-data", site + "/log/checkpoints/3.checkpoint", "-in",
                site + "/log/checkpoints/3.1.tsr",
                "-CAfile", "ca.pem",
            ]) == 0)

        // An entry, for a stranger.
        let inclusion = try cordon("log", "prove", "inclusion", "1", "--leaf", path("leaf"), "--registry", site)
        let leaf = Array(try Data(contentsOf: URL(fileURLWithPath: path("leaf"))))
        #expect(throws: Never.self) { try LogProof(bytes: inclusion.output).verify(leaf: leaf, policy: policy) }
        #expect(try EventLeaf(bytes: leaf).facts.contains { $0.name == "number" && $0.value == "2" })
        #expect(try cordon("log", "prove", "inclusion", "3", "--registry", site).status == 2)

        let sound = try cordon("log", "verify", "--authorities", authority.path("ca.pem"), "--json", "--registry", site)
        #expect(sound.status == 0)
        let report = try #require(try JSONSerialization.jsonObject(with: Data(sound.output)) as? [String: Any])
        #expect(report["sound"] as? Bool == true)
        #expect(report["leaves"] as? Int == 3)
        #expect(report["cosigned"] as? Int == 1)
        #expect((report["timeStamps"] as? [Any])?.count == 1)

        // A new key; the old checkpoints still count.
        #expect(try cordon("log", "key", "rotate", "--as", "ada", "--registry", site).status == 0)
        let second = try SignedNote(bytes: cordon("log", "checkpoint", "--registry", site).output)
        #expect(throws: LogError.self) { try TrustPolicy(logs: [logKey]).verify(second) }
        #expect(try TrustPolicy(text: cordon("log", "key", "show", "--registry", site).text).logs.count == 2)
    }

    @Test func `a hold signs a checkpoint, and a backup takes what was signed with it`() throws {
        let folder = try TemporaryFolder()
        let site = folder.path + "/site", backup = folder.path + "/backup.sqlite", again = folder.path + "/again"
        func place(_ study: String) throws -> Int32 {
            try cordon(
                "hold", "place", "--matter", "m", "--custodian", "c", "--authority", "a", "--reason", "r", "--study",
                study,
                "--as", "ada", "--registry", site
            ).status
        }
        // Without a key it is held all the same.
        #expect(try place("1.2") == 0)
        #expect(try LogFolder(registry: site).sizes() == [])
        #expect(try cordon("log", "key", "new", "hospital.example/custody", "--registry", site).status == 0)
        #expect(try place("1.3") == 0)
        #expect(try LogFolder(registry: site).sizes() == [2])
        for name in ["bert", "carla"] {
            #expect(
                try cordon("hold", "release", "1", "--yes", "--reason", "r", "--as", name, "--registry", site).status
                    == 0)
        }
        #expect(try LogFolder(registry: site).sizes() == [2, 4])

        #expect(try cordon("registry", "backup", backup, "--as", "ada", "--registry", site).status == 0)
        #expect(try cordon("registry", "backup", backup, "--as", "ada", "--registry", site).status == 2)
        #expect(
            try cordon("registry", "restore", backup, "--yes", "--reason", "r", "--as", "ada", "--registry", again)
                .status
                == 0)
        #expect(try LogFolder(registry: again).sizes() == [2, 4])
        #expect(try cordon("log", "verify", "--registry", again).status == 0)
        // An older registry under what was signed since: it has lost entries, and that is seen.
        #expect(try place("1.4") == 0)
        try FileManager.default.removeItem(atPath: site + "/registry.sqlite")
        for rest in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: site + "/registry.sqlite" + rest) }
        #expect(
            try cordon("registry", "restore", backup, "--yes", "--reason", "r", "--as", "ada", "--registry", site)
                .status
                == 0)
        #expect(try cordon("log", "checkpoint", "--registry", site).status == 4)
        #expect(try cordon("log", "verify", "--registry", site).status == 4)
    }

    @Test func `personal facts are shown when they are asked for, and the look is an entry`() throws {
        let folder = try TemporaryFolder()
        let site = folder.path + "/site"
        for number in 1...2 { try label(number, site) }
        let plain = try cordon("log", "show", "--registry", site)
        #expect(plain.text.split(separator: "\n").count == 2)
        #expect(!plain.text.contains("1.2.1") && !plain.text.contains("because"))
        #expect(try cordon("log", "show", "--show-values", "--registry", site).status == 2)
        let shown = try cordon("log", "show", "--show-values", "--as", "eve", "--registry", site)
        #expect(shown.text.contains("StudyInstanceUID=1.2.1") && shown.text.contains("reason=because"))
        let looks = try cordon("log", "show", "--kind", "viewed", "--by", "eve", "--fact", "by=log", "--registry", site)
        #expect(looks.text.split(separator: "\n").count == 1)
        #expect(try cordon("log", "show", "--kind", "nothing", "--registry", site).status == 2)
        #expect(
            try cordon("log", "show", "--first", "1", "--limit", "1", "--json", "--registry", site).text.contains(
                "\"index\":2"))
        #expect(try cordon("log", "show", "--until", "2020-01-01", "--registry", site).text.isEmpty)
    }

    @Test func `with audit.json the look is told to the audit trail, and so is all that came before`() throws {
        let folder = try TemporaryFolder()
        let site = folder.path + "/site"
        try label(1, site)
        try FileManager.default.createDirectory(atPath: site + "/audit", withIntermediateDirectories: true)
        try Data("{\"receiver\": \"file:messages\"}".utf8).write(to: URL(fileURLWithPath: site + "/audit/audit.json"))
        #expect(try cordon("log", "show", "--show-values", "--as", "eve", "--registry", site).status == 0)
        let messages = try String(contentsOfFile: site + "/audit/messages", encoding: .utf8).split(separator: "\n")
        // The log was used; a label was given; somebody looked.
        #expect(messages.count == 3)
        #expect(messages.map { $0.contains("csd-code=\"110101\"") } == [true, false, false])
        #expect(messages[1].contains("csd-code=\"110135\"") && messages[2].contains("csd-code=\"110103\""))
    }
}
