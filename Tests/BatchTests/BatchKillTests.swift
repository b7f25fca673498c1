import Foundation
import Glibc
import TestSupport
import Testing

@testable import Host
@testable import Registry

/// P1: workers and releases, killed anywhere and started again, end as if nothing had happened.
@Suite(.serialized) struct BatchKillTests {
    /// `CORDON_SOAK` asks for more.
    private static let rounds = ProcessInfo.processInfo.environment["CORDON_SOAK"] == nil ? 5 : 60

    @Test func `a worker that is killed anywhere leaves no half item, and the next one goes on`() throws {
        let scene = try Scene()
        try scene.snapshot()
        for study in 1...4 { try scene.add(study: study, instances: 12) }
        _ = try scene.worker(scene.work(1...4), out: "whole")
        let whole = try scene.folder.tree("whole"), names = try scene.items("whole")
        var generator = SeededGenerator(seed: 7)
        for round in 1...Self.rounds {
            let out = "out\(round)"
            let running = try Command.Running(scene.workerArguments(out: out))
            try running.give(scene.work(1...4))
            // When so much is there, however slow the machine is, and a moment later.
            let most = Int.random(in: 0...40, using: &generator)
            while running.process.isRunning, ((try? scene.folder.files(out).count) ?? 0) < most { usleep(300) }
            usleep(UInt32.random(in: 0...20_000, using: &generator))
            running.kill(SIGKILL)
            _ = running.finish()
            for item in (try? scene.items(out)) ?? [] {
                #expect(names.contains(item))
                for (path, entry) in try scene.folder.tree("\(out)/\(item)") where !path.isEmpty {
                    #expect(whole["\(item)/\(path)"] == entry, "\(path) in round \(round)")
                }
            }
            let again = try scene.worker(scene.work(1...4), out: out)
            #expect(again.status == 0, "\(again.error)")
            #expect(try scene.folder.tree(out) == whole, "round \(round)")
        }
    }

    @Test
    func `a release that is killed anywhere and repeated: each study is there whole or not, and in the end all are`()
        throws
    {
        let scene = try Scene()
        try scene.snapshot()
        for study in 1...5 { try scene.add(study: study) }
        #expect(try scene.worker(scene.work(1...5)).status == 0)
        var generator = SeededGenerator(seed: 11)
        for round in 1...Self.rounds {
            let to = "to\(round)"
            let running = try Command.Running(scene.releaseArguments(to: to))
            let most = Int.random(in: 0...15, using: &generator)
            while running.process.isRunning,
                ((try? scene.folder.files(to).count) ?? 0) < most
            { usleep(300) }
            usleep(UInt32.random(in: 0...10_000, using: &generator))
            running.kill(SIGKILL)
            _ = running.finish()
            #expect(try scene.studies(to).values.allSatisfy { $0 == 3 }, "round \(round)")
            let result = try scene.release(to: to)
            #expect(result.status == 0, "\(result.output) \(result.error)")
            #expect(try scene.studies(to).values.sorted() == [3, 3, 3, 3, 3])
            #expect(try scene.folder.files("\(to)/.cordon/tmp").isEmpty)
        }
        let digest = ContentDigest(of: Scene.file(study: 5)).hexadecimal
        #expect(try scene.registry.decisions(ofInstance: digest).count == 1)
    }
}
