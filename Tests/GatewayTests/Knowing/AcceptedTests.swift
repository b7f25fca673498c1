import Foundation
import Host
import HealthLevelSeven
import Testing
import TestSupport

@testable import Gateway
@testable import Registry

/// Accepted is what outlasts the end of the process.
@Suite struct AcceptedTests {
    @Test func `what was accepted is in the file that another process opens`() async throws {
        let folder = NSTemporaryDirectory() + "cordon-feed-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let registry = try Registry.open(folder)
        let feed = MessageFeed(
            FeedScene.configuration, registry: registry, person: try #require(Person("gateway")))
        let server = try await MLLPServer.start(host: "127.0.0.1", port: 0, receiver: feed)
        let client = try await MLLPClient.connect(host: "127.0.0.1", port: server.port)
        for number in 1...10 {
            let text =
                "MSH|^~\\&|HIS|H|C|P|||ADT^A08|\(number)|P|2.5\rPID|1||P\(number)^^^HOSP\rPV1|1|I||||||||||||||VIP\r"
            let answer = try await client.send(block: Array(text.utf8))
            #expect(Acknowledgement(try Message(answer))?.code == .accept)
            // A copy of the files as they are now, as a power cut would leave them: the answer came after the disk had it.
            let copy = folder + "-\(number)"
            defer { try? FileManager.default.removeItem(atPath: copy) }
            try FileManager.default.createDirectory(
                atPath: copy, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            for name in ["registry.sqlite", "registry.sqlite-wal"] {
                try FileManager.default.copyItem(atPath: "\(folder)/\(name)", toPath: "\(copy)/\(name)")
                try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: "\(copy)/\(name)")
            }
            let other = try Registry.open(copy)
            let labels = try other.labels(patient: PatientIdentity(id: "P\(number)", issuer: "HOSPITAL"), at: .now)
            #expect(labels.map(\.label) == ["vip"], "message \(number)")
        }
        await server.stop()
    }

    @Test func `a registry that cannot take it makes the sender keep it`() async throws {
        let folder = NSTemporaryDirectory() + "cordon-feed-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let storage = Broken()
        let feed = MessageFeed(
            FeedScene.configuration, registry: Registry(storage: storage), person: try #require(Person("gateway")))
        let content = Array("MSH|^~\\&|HIS|H|C|P|||ADT^A08|1|P|2.5\rPID|1||P1^^^HOSP\rPV1|1|I||||||||||||||VIP\r".utf8)
        let answer = feed.take(try Message(content), content: content, from: MessageSender(address: ""))
        #expect(answer.code == .error)
        #expect(answer.errors.map(\.code) == [.internalError])
    }

    /// A disk that is full.
    private struct Broken: RegistryStorage {
        private var full: RegistryError { RegistryError(.full, "there is no room", advice: "") }
        func read<Result: Sendable>(_ body: @escaping @Sendable (any StorageReading) throws -> Result) throws -> Result
        {
            throw full
        }
        func write<Result: Sendable>(_ body: @escaping @Sendable (any StorageWriting) throws -> Result) throws -> Result
        {
            throw full
        }
    }
}
