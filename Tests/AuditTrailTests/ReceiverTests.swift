import AuditTrail
import CustodyLog
import Foundation
import Glibc
import Host
import TestSupport
import Testing

/// With a real receiver: rsyslog, from Debian.
@Suite struct ReceiverTests {
    private func sink(_ folder: TemporaryFolder, _ settings: [String: String]) throws -> AuditSink {
        try FileManager.default.createDirectory(atPath: folder.path + "/audit", withIntermediateDirectories: true)
        let json = try JSONSerialization.data(withJSONObject: settings)
        try json.write(to: URL(fileURLWithPath: folder.path + "/audit/audit.json"))
        return try #require(try AuditSink(registry: folder.path))
    }

    /// Everything once at least, nothing but that, and each for the first time in order.
    private func expectAll(_ count: Int, _ receiver: Receiver) throws {
        try receiver.wait("\(count) messages") { Set(receiver.numbers()).count >= count }
        var seen: Set<Int> = []
        let first = receiver.numbers().filter { seen.insert($0).inserted }
        #expect(first == Array(1...count))
    }

    @Test func `over TCP everything arrives, however often the receiver dies`() throws {
        guard Receiver.isHere else { return print("skipped: no rsyslog") }
        let receiver = try Receiver()
        let folder = try TemporaryFolder()
        let sink = try sink(folder, ["receiver": "syslog+tcp://127.0.0.1:\(receiver.port)", "source": "gateway"])
        var log = MemoryLog()
        var count = 0
        for round in 0..<3 {
            try receiver.start()
            count += 50
            try log.grow(to: count)
            #expect(try sink.follow(log) == nil)
            try expectAll(count, receiver)
            #expect(try sink.waiting() == 0)

            // It stands still, as when its disk hangs, takes what its system takes, and dies.
            receiver.signal(SIGSTOP)
            count += 400
            try log.grow(to: count)
            let grown = log
            let done = DispatchSemaphore(value: 0)
            let result = Box<AuditError?>(nil)
            Thread.detachNewThread {
                result.value = try? sink.follow(grown)
                done.signal()
            }
            try receiver.wait("the messages are in the queue") { (try? sink.waiting()) ?? 0 > 0 }
            receiver.signal(SIGKILL)
            done.wait()
            #expect(result.value?.code == .receiver)

            // It is away.
            count += 30 + round
            try log.grow(to: count)
            #expect(try sink.follow(log)?.code == .receiver)
            #expect(try sink.waiting() > 0)
            try receiver.start()
            try sink.send()
            #expect(try sink.waiting() == 0)
            try expectAll(count, receiver)
            receiver.signal(SIGKILL)
        }
    }

    @Test func `a message arrives whole: header, byte order mark, and XML that the schema takes`() throws {
        guard Receiver.isHere else { return print("skipped: no rsyslog") }
        let receiver = try Receiver()
        try receiver.start()
        let folder = try TemporaryFolder()
        let sink = try sink(folder, ["receiver": "syslog+tcp://localhost:\(receiver.port)", "source": "gateway ä山"])
        let large = AuditMessage.messages(for: (0..<200).map { AuditMessageTests.event(.received, $0) })
        let messages = AuditMessageTests.direct + large
        #expect(try sink.record(messages) == nil)
        try receiver.wait("all messages") { receiver.received().count >= messages.count }
        let schema = try Schema(path: Schema.transcribed)
        for (line, message) in zip(receiver.received(), messages) {
            let parts = line.split(separator: "\u{FEFF}", maxSplits: 1)
            #expect(parts.count == 2)
            let header = parts[0].split(separator: " ")
            #expect(header.count == 8)
            #expect(header[0] == "<85>1")
            #expect(header[1] == "2026-11-24T02:31:41.250Z")
            #expect(header[3] == "cordon")
            #expect(header[5] == "DICOM+RFC3881")
            #expect(header[6] == "[meta")
            let xml = message.xml(source: AuditSource(id: "gateway ä山"))
            #expect(parts[1] == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\(xml)")
            #expect(schema.problem(Array(parts[1].utf8)) == nil)
        }
    }

    @Test func `over TLS both sides must be who they are, and nothing is lost until they are`() throws {
        guard Receiver.isHere else { return print("skipped: no rsyslog") }
        let certificates = try Certificates().files
        let strangers = try Certificates().files
        let receiver = try Receiver(certificates: certificates)
        try receiver.start()
        let folder = try TemporaryFolder()
        for (name, bytes) in certificates { try folder.write(name, String(decoding: bytes, as: UTF8.self)) }
        for (name, bytes) in strangers { try folder.write("other-" + name, String(decoding: bytes, as: UTF8.self)) }
        func settings(_ changes: [String: String] = [:]) -> [String: String] {
            var settings: [String: String] = [
                "receiver": "syslog+tls://localhost:\(receiver.port)", "authorities": folder.path + "/ca.pem",
                "certificate": folder.path + "/client.pem", "key": folder.path + "/client.key",
            ]
            for (key, value) in changes { settings[key] = value.isEmpty ? nil : value }
            return settings
        }
        var log = MemoryLog()
        var count = 0
        let wrong: [[String: String]] = [
            ["authorities": folder.path + "/other-ca.pem"], ["serverName": "audit.example"],
            ["certificate": "", "key": ""],
            ["certificate": folder.path + "/other-client.pem", "key": folder.path + "/other-client.key"],
            ["certificate": folder.path + "/server.pem", "key": folder.path + "/server.key"],
            ["key": folder.path + "/other-client.key"], ["authorities": folder.path + "/none.pem"],
            [
                "receiver": "syslog+tcp://localhost:\(receiver.port)", "authorities": "",
                "certificate": "", "key": "",
            ],
        ]
        for change in wrong {
            count += 3
            try log.grow(to: count)
            let sink = try sink(folder, settings(change))
            #expect(try sink.follow(log)?.code == .receiver)
            #expect(try sink.waiting() > 0)
        }
        #expect(receiver.numbers().isEmpty)
        let sink = try sink(folder, settings())
        count += 200
        try log.grow(to: count)
        #expect(try sink.follow(log) == nil)
        try expectAll(count, receiver)

        receiver.signal(SIGKILL)
        count += 5
        try log.grow(to: count)
        #expect(try sink.follow(log)?.code == .receiver)
        try receiver.start()
        try sink.send()
        try expectAll(count, receiver)
    }
}

/// A value that one thread writes and another reads afterwards.
final class Box<Value>: @unchecked Sendable {
    var value: Value
    init(_ value: Value) { self.value = value }
}
