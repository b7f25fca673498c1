import Foundation
import Registry
import TestSupport
import Testing
import Vault

/// P1, with the plug pulled while a real storescu sends: what was told before the cut is there, and is decided.
@Suite(.serialized) struct PowerCutTests {
    static let environment = ProcessInfo.processInfo.environment
    /// `CORDON_SOAK` asks for fifty.
    static let cuts = environment["CORDON_CUTS"].flatMap { Int($0) } ?? (environment["CORDON_SOAK"] == nil ? 1 : 50)

    @Test(.enabled(if: CuttableDisk.obstacle == nil, "needs root, loop devices and mkfs.ext4"))
    func `when the power is cut, every object that was told as stored is there, decided and sent`() async throws {
        var generator = SeededGenerator(seed: UInt64(Self.environment["CORDON_SEED"].flatMap { Int($0) } ?? 20_261_129))
        var total = 0
        for round in 1...Self.cuts {
            let folder = try WorkFolder()
            let disk = try CuttableDisk(in: folder.path, megabytes: 64)
            defer { disk.unmount() }
            let archive = try Archive(folder, "PACS")
            let site = try await Site(
                folder: folder, peers: archive.peer("pacs", audience: "archive"),
                routes: "<route id=\"all\"><to peer=\"pacs\" audience=\"archive\"/></route>", at: disk.mountPoint)
            let gateway = try await site.start()
            let files = try (1...100).map {
                try folder.write(
                    "in/\($0).dcm", Instances.file($0, pixels: 8 * Int.random(in: 8...900, using: &generator)))
            }
            // What it prints is read while it goes on: what was told before the cut counts.
            let output = try folder.write("storescu", [])
            let sender = try Program(
                [
                    "stdbuf", "-oL", "-eL", "storescu", "-v", "-xe", "-aet", "CT1", "-aec", "CORDON", "127.0.0.1",
                    "\(gateway.port)",
                ] + files,
                output: output)
            func told() throws -> Int {
                try String(contentsOfFile: output, encoding: .utf8).split(
                    separator: "\n", omittingEmptySubsequences: false
                )
                .dropLast().count { $0.contains("Received Store Response (Success)") }
            }
            let moment = Int.random(in: 1...40, using: &generator)
            try await eventually("objects are taken: \(site.log)") { try told() >= moment || !sender.isRunning }
            let heard = try told()
            try disk.cut()
            await gateway.kill()
            sender.signal(9)
            await sender.ended()
            try disk.restore()
            total += heard
            let storing = try await archive.start()
            let again = try await site.start()
            let expected = Set((1...100).prefix(heard).map { Instances.uid($0) })
            try await eventually("all that was told is sent (cut \(round)): \(try site.lines("failed"))") {
                try expected.isSubset(of: Set(archive.objects().keys))
            }
            await again.stop()
            storing.signal(9)
            let registry = try Registry.open(disk.mountPoint + "/site")
            for uid in expected {
                let record = try #require(try registry.instances(sopInstanceUID: uid).first, "cut \(round)")
                #expect(try registry.decisions(ofInstance: record.instance.digest).count == 1, "cut \(round)")
            }
            for check in [["registry", "check"], ["vault", "fsck", "--quiet", "--as", "t"]] {
                let result = try await run([Site.command] + check + ["--registry", disk.mountPoint + "/site"])
                #expect(result.status == 0, "cut \(round): \(result.output)")
            }
        }
        print("power cuts: \(Self.cuts); told before them: \(total), all there")
        #expect(total > 0)
    }
}
