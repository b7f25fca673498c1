import AuditTrail
import CustodyLog
import Foundation
import Host
import TestSupport
import Testing
import Transport

/// A log in memory.
struct MemoryLog: LogReading {
    var leaves: [[UInt8]] = []
    var kept: [[Opening]] = []

    mutating func append(_ event: CustodyEvent) throws {
        let (leaf, openings) = try EventLeaf.make(of: event)
        leaves.append(leaf.bytes)
        kept.append(openings)
    }

    /// So many events that are a message each.
    mutating func grow(to count: Int) throws {
        while leaves.count < count {
            try append(
                CustodyEvent(
                    .held, time: AuditMessageTests.time, actor: "ada", facts: [.init("matter", "M")],
                    personal: [.init("StudyInstanceUID", "1.2.\(leaves.count)")]))
        }
    }

    func logSize() -> Int { leaves.count }
    func leafBytes(at index: Int) -> [UInt8]? { leaves.indices.contains(index) ? leaves[index] : nil }
    func node(at position: NodePosition) -> LogHash? { nil }
    func openings(at index: Int) -> [Opening] { kept[index] }
}

@Suite struct AuditSinkTests {
    private func sink(_ folder: TemporaryFolder, _ json: String) throws -> AuditSink {
        try FileManager.default.createDirectory(atPath: folder.path + "/audit", withIntermediateDirectories: true)
        try folder.write("audit/audit.json", json)
        return try #require(try AuditSink(registry: folder.path))
    }

    private func code(_ body: () throws -> Void) -> AuditError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? AuditError)?.code
        }
    }

    /// A port where nobody listens.
    private let away = "{\"receiver\": \"syslog+tcp://127.0.0.1:1\", \"timeout\": 2, \"queueLimit\": 65536}"

    @Test func `a registry without a configuration asks for no messages`() throws {
        let folder = try TemporaryFolder()
        #expect(try AuditSink(registry: folder.path) == nil)
    }

    @Test func `a configuration that means nothing is refused`() throws {
        let folder = try TemporaryFolder()
        let wrong = [
            "", "[]", "{}", "{\"receiver\": 1}", "{\"receiver\": \"\"}", "{\"receiver\": \"file:\"}",
            "{\"receiver\": \"http://a\"}", "{\"receiver\": \"syslog+tcp://\"}", "{\"receiver\": \"syslog+tcp://a:0\"}",
            "{\"receiver\": \"syslog+tcp://a:b\"}", "{\"receiver\": \"file:a\", \"recievr\": \"b\"}",
            "{\"receiver\": \"file:a\", \"timeout\": 0}", "{\"receiver\": \"file:a\", \"timeout\": \"1\"}",
            "{\"receiver\": \"syslog+tcp://a\", \"authorities\": \"ca.pem\"}",
        ]
        for json in wrong { #expect(code { _ = try sink(folder, json) } == .configuration) }
        let tls = try sink(
            folder, "{\"receiver\": \"syslog+tls://a\", \"authorities\": \"ca.pem\", \"serverName\": \"b\"}")
        let settings = TLSSettings(authorities: folder.path + "/audit/ca.pem", serverName: "b")
        let end = try #require(Endpoint("a", defaultPort: 6514))
        #expect(tls.configuration.receiver == .syslog(end, settings))
    }

    @Test func `into a file goes a message a line, each event once`() throws {
        let folder = try TemporaryFolder()
        let sink = try sink(folder, "{\"receiver\": \"file:messages.xml\", \"source\": \"gateway\"}")
        var log = MemoryLog()
        for size in [0, 3, 3, 1500, 2700] {
            try log.grow(to: size)
            #expect(try sink.follow(log) == nil)
        }
        try sink.record([AuditMessage.application("cordon", started: true, by: "root", at: AuditMessageTests.time)])
        let lines = try String(contentsOfFile: folder.path + "/audit/messages.xml", encoding: .utf8).split(
            separator: "\n")
        #expect(lines.count == 2701)
        let schema = try Schema(path: Schema.transcribed)
        for (place, line) in lines.enumerated() {
            if place % 300 == 0 { #expect(schema.problem(Array(line.utf8)) == nil) }
            #expect(place == 2700 || line.contains("\"urn:cordon:log:\(place)\""))
        }
        #expect(FileManager.default.contents(atPath: folder.path + "/audit/position") == Data("2700\n".utf8))
    }

    @Test func `a log that has become shorter is told, not followed`() throws {
        let folder = try TemporaryFolder()
        let sink = try sink(folder, "{\"receiver\": \"file:messages.xml\"}")
        var log = MemoryLog()
        try log.grow(to: 5)
        try sink.follow(log)
        log.leaves.removeLast()
        #expect(code { try sink.follow(log) } == .damaged)
    }

    @Test func `what the receiver does not take waits, and what cannot wait is an error and is told again`() throws {
        let folder = try TemporaryFolder()
        let sink = try sink(folder, away)
        var log = MemoryLog()
        try log.grow(to: 5)
        #expect(try sink.follow(log)?.code == .receiver)
        let waiting = try sink.waiting()
        #expect(waiting > 0)
        #expect(try sink.follow(log)?.code == .receiver)
        #expect(try sink.waiting() == waiting)
        // More than there is room for: nothing of it is kept, and nothing of it counts as told.
        try log.grow(to: 500)
        #expect(code { try sink.follow(log) } == .full)
        #expect(try sink.waiting() == waiting)
        #expect(FileManager.default.contents(atPath: folder.path + "/audit/position") == Data("5\n".utf8))
        let message = AuditMessage.application("cordon", started: true, by: "root", at: AuditMessageTests.time)
        #expect(try sink.record([message])?.code == .receiver)
        #expect(try sink.waiting() > waiting)
    }

    @Test func `half a message, as a power cut leaves it, is taken off, and a damaged batch is put aside`() throws {
        let folder = try TemporaryFolder()
        let sink = try sink(folder, away)
        let message = AuditMessage.application("cordon", started: true, by: "root", at: AuditMessageTests.time)
        let queue = folder.path + "/audit/queue"
        // Two that are there, and half of a third that nobody was told is there.
        try sink.record([message, message])
        let names = try FileManager.default.contentsOfDirectory(atPath: queue).filter { $0.hasSuffix(".batch") }
        let batch = try #require(names.first)
        let whole = try #require(FileManager.default.contents(atPath: queue + "/" + batch))
        try (whole + whole.prefix(100)).write(to: URL(fileURLWithPath: queue + "/current"))
        #expect(code { try sink.send() } == .receiver)
        try FileManager.default.removeItem(atPath: queue + "/" + batch)
        #expect(code { try sink.send() } == .receiver)
        #expect(try sink.waiting() == whole.count)
        // A batch whose bytes are not frames.
        let next = try #require(
            try FileManager.default.contentsOfDirectory(atPath: queue).first { $0.hasSuffix(".batch") })
        try whole.dropFirst(1).write(to: URL(fileURLWithPath: queue + "/" + next))
        #expect(code { try sink.send() } == .damaged)
        #expect(FileManager.default.fileExists(atPath: queue + "/\(next).damaged"))
        #expect(throws: Never.self) { try sink.send() }
    }
}
