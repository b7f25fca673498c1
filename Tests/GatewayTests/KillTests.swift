import Foundation
import Registry
import TestSupport
import Testing

@testable import Gateway

/// P1: the gateway is killed while a real storescu sends, and while it sends itself. What was told as stored is there, is decided,
/// and gets to the archive.
@Suite(.serialized) struct KillTests {
    static let environment = ProcessInfo.processInfo.environment
    /// `CORDON_SOAK` asks for a hundred.
    static let kills = environment["CORDON_KILLS"].flatMap { Int($0) } ?? (environment["CORDON_SOAK"] == nil ? 3 : 100)

    @Test func `killed at any moment, what was told as stored is there, decided, and sent`() async throws {
        var generator = SeededGenerator(seed: UInt64(Self.environment["CORDON_SEED"].flatMap { Int($0) } ?? 20_261_129))
        let folder = try WorkFolder()
        let archive = try Archive(folder, "PACS")
        let storing = try await archive.start()
        let site = try await Site(
            folder: folder, peers: archive.peer("pacs", audience: "archive"),
            routes: "<route id=\"all\"><to peer=\"pacs\" audience=\"archive\"/></route>")
        var heard: Set<String> = []
        let perRound = 20
        for round in 1...Self.kills {
            let gateway = try await site.start()
            let numbers = (0..<perRound).map { $0 + 1 }
            let files = try numbers.map { try folder.write("in\(round)/\($0).dcm", Instances.file($0, study: round)) }
            async let sending = gateway.send(files, ["-xe"])
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...1500, using: &generator)))
            await gateway.kill()
            // Objects are answered in their order, each before the next is sent.
            let told = try await sending.output.split(separator: "\n").count {
                $0.contains("Received Store Response (Success)")
            }
            for number in numbers.prefix(told) { heard.insert(Instances.uid(number, study: round)) }
        }
        let last = try await site.start()
        try await eventually("what was told as stored has arrived: \(try site.lines("failed"))", seconds: 300) {
            try heard.isSubset(of: Set(archive.objects().keys))
        }
        let objects = try archive.objects()
        for round in 1...Self.kills {
            for (uid, bytes) in Instances.expected(1...perRound, study: round) where heard.contains(uid) {
                #expect(objects[uid] == bytes)
            }
        }
        // Between the archive's answer and our writing it down a kill can fall once each time, and no more.
        #expect(archive.count <= objects.count + Self.kills, "\(archive.count) for \(objects.count)")
        await last.stop()
        let registry = try site.registry()
        for uid in heard {
            let record = try #require(try registry.instances(sopInstanceUID: uid).first)
            #expect(try registry.decisions(ofInstance: record.instance.digest).count == 1)
        }
        for check in [
            ["registry", "check", "--registry", folder("site")],
            ["vault", "fsck", "--quiet", "--registry", folder("site"), "--as", "t"],
        ] {
            let result = try await run([Site.command] + check)
            #expect(result.status == 0, "\(result.output)")
        }
        print(
            "kills: \(Self.kills); told as stored: \(heard.count), in the archive: \(objects.count), sent: \(archive.count)"
        )
        storing.signal(9)
    }

    /// Whether nothing waits for anybody, and the custody log has all that was sent.
    private func isQuiet(_ spool: String) throws -> Bool {
        let journal = try GatewayJournal(spool: spool, alone: false)
        defer { journal.close() }
        let figures = try journal.figures()
        return try figures.openStudies == 0 && journal.deliveries([.waiting]).isEmpty
            && figures.destinations.allSatisfy { try journal.unrecorded(of: $0.name, limit: 1).isEmpty }
    }

    /// Calls by which something gets onto the disk: objects (`fsync`, `link`, `rename`, `unlink`) and SQLite (`pwrite64`, `fdatasync`).
    private static let calls = ["fsync", "fdatasync", "link", "rename", "unlink", "pwrite64"]
    private static let points = environment["CORDON_SOAK"] == nil ? [3] : [1, 2, 3, 5, 8, 13, 21, 34, 55]

    @Test(.enabled(if: Site.canTrace, "needs strace"), arguments: calls)
    func `killed at a call, what was told as stored is there, decided, and sent`(_ call: String) async throws {
        let folder = try WorkFolder()
        let archive = try Archive(folder, "PACS")
        let storing = try await archive.start()
        let site = try await Site(
            folder: folder, peers: archive.peer("pacs", audience: "archive"),
            routes: "<route id=\"all\"><to peer=\"pacs\" audience=\"archive\"/></route>")
        // Registry, vault and spool are made beforehand, so that the calls are those of objects.
        await (try site.start()).stop()
        var heard: Set<String> = [], kills = 0
        for (round, point) in Self.points.enumerated() {
            let files = try (1...6).map {
                try folder.write("in\(round)/\($0).dcm", Instances.file($0, study: round + 1))
            }
            guard let gateway = try? await site.start(injecting: "\(call):signal=KILL:when=\(point)") else {
                kills += 1
                continue
            }
            let told = try await gateway.send(files, ["-xe"]).output.split(separator: "\n").count {
                $0.contains("Received Store Response (Success)")
            }
            for number in (1...6).prefix(told) { heard.insert(Instances.uid(number, study: round + 1)) }
            // Where it was not at the call yet, deciding and sending get it there, and what follows them until all is written down.
            try await eventually("it is killed, or has nothing more to do: \(try site.lines("failed"))") {
                guard gateway.program.isRunning else { return true }
                let isSent = try heard.isSubset(of: Set(archive.objects().keys))
                return try isSent && isQuiet(folder("spool"))
            }
            if !gateway.program.isRunning { kills += 1 }
            await gateway.kill()
        }
        #expect(kills > 0, "\(call)")
        let last = try await site.start()
        try await eventually("what was told as stored has arrived: \(try site.lines("failed"))") {
            try heard.isSubset(of: Set(archive.objects().keys))
        }
        let objects = try archive.objects()
        #expect(archive.count <= objects.count + kills, "\(archive.count) for \(objects.count)")
        await last.stop()
        let registry = try site.registry()
        for uid in heard {
            let record = try #require(try registry.instances(sopInstanceUID: uid).first, "\(call)")
            #expect(try registry.decisions(ofInstance: record.instance.digest).count == 1, "\(call)")
        }
        let check = try await site.cordon(["vault", "fsck", "--quiet"])
        #expect(check.status == 0, "\(call): \(check.output)")
        print(
            "killed at \(call): \(kills) of \(Self.points.count); told as stored: \(heard.count), sent: \(archive.count)"
        )
        storing.signal(9)
    }

    /// Its sender sends it again when it has heard nothing, and then it is there already.
    @Test(.enabled(if: Site.canTrace, "needs strace"), arguments: ["fsync", "unlink", "pwrite64"])
    func `killed while what was removed comes again, it is decided again and sent`(_ call: String) async throws {
        let folder = try WorkFolder()
        let archive = try Archive(folder, "PACS")
        let storing = try await archive.start()
        let site = try await Site(
            folder: folder, peers: archive.peer("pacs", audience: "archive"),
            routes: "<route id=\"all\"><to peer=\"pacs\" audience=\"archive\"/></route>")
        let file = try folder.write("in/1.dcm", Instances.file(1))
        let first = try await site.start()
        try await first.send([file], ["-xe"])
        try await eventually("it is sent: \(try site.lines("failed"))") { try site.lines("sent").count == 1 }
        let label = try await site.cordon(["label", "add", "violence", "--study", Instances.study(), "--reason", "r"])
        #expect(label.status == 0, "\(label.output)")
        try await eventually("it may not be there") { try !site.lines("cannot-recall").isEmpty }
        await first.stop()
        // It may be there again when nobody has it any more.
        let record = try #require(try site.registry().instances(sopInstanceUID: Instances.uid(1)).first)
        let removed = try await site.cordon(["vault", "delete", "--yes", "--reason", "expired", record.instance.digest])
        #expect(removed.status == 0, "\(removed.output)")
        let withdrawn = try await site.cordon(["label", "withdraw", "1", "--reason", "r"])
        #expect(withdrawn.status == 0, "\(withdrawn.output)")
        let decided = try site.lines("decided").count
        let quiet = try await site.start()
        try await eventually("the label is gone: \(site.log)") { try site.lines("decided").count > decided }
        await quiet.stop()
        #expect(archive.count == 1)
        for point in [1, 2, 3, 5, 8, 13] {
            guard let gateway = try? await site.start(injecting: "\(call):signal=KILL:when=\(point)") else { continue }
            try await gateway.send([file], ["-xe"])
            try await eventually("it is killed, or has sent it again: \(try site.lines("failed"))") {
                !gateway.program.isRunning || archive.count > 1
            }
            await gateway.kill()
            if archive.count > 1 { break }
        }
        let last = try await site.start()
        let again = try await last.send([file], ["-xe"])
        #expect(again.status == 0, "\(again.output)")
        try await eventually("it is sent again: \(site.log)") { archive.count > 1 }
        await last.stop()
        storing.signal(9)
    }
}
