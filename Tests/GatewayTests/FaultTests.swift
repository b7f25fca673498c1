import DICOMNetwork
import Foundation
import Registry
import TestSupport
import Testing

/// Disks that are full or broken, below a gateway that runs.
@Suite(.serialized) struct FaultTests {
    private static let everything = "<route id=\"all\"><to peer=\"pacs\" audience=\"archive\"/></route>"

    /// Everything that was told as stored is at the archive, once.
    private func expectSent(_ told: Set<String>, _ archive: Archive, _ site: Site) async throws {
        try await eventually("all that was told is sent: \(try site.lines("not-decided"))") {
            try told.isSubset(of: Set(archive.objects().keys))
        }
        #expect(archive.count == (try archive.objects().count))
    }

    @Test(.enabled(if: CuttableDisk.obstacle == nil, "needs root, loop devices and mkfs.ext4"))
    func `when the disk is full it answers A700, loses nothing, and goes on when there is room`() async throws {
        let folder = try WorkFolder()
        let disk = try CuttableDisk(in: folder.path, megabytes: 48)
        defer { disk.unmount() }
        let archive = try Archive(folder, "PACS")
        let storing = try await archive.start()
        let site = try await Site(
            folder: folder, peers: archive.peer("pacs", audience: "archive"), routes: Self.everything,
            at: disk.mountPoint)
        let gateway = try await site.start()
        let filler = disk.mountPoint + "/filler"
        try Data(count: 34 << 20).write(to: URL(fileURLWithPath: filler))
        var told: Set<String> = [], refused: [Int] = []
        for number in 1...60 {
            let status = try await Sender.store(
                Instances.dataSet(number, pixels: 240_000).encoded(), as: Instances.uid(number), port: gateway.port)
            if status == .success { told.insert(Instances.uid(number)) } else { refused.append(number) }
            #expect(status == .success || status == .outOfResources, "\(status): \(site.log.suffix(2000))")
        }
        #expect(told.count > 3 && refused.count > 3, "\(told.count) and \(refused.count)")
        #expect(gateway.program.isRunning)
        try FileManager.default.removeItem(atPath: filler)
        for number in refused {
            let status = try await Sender.store(
                Instances.dataSet(number, pixels: 240_000).encoded(), as: Instances.uid(number), port: gateway.port)
            #expect(status == .success, "\(site.log.suffix(2000))")
            told.insert(Instances.uid(number))
        }
        try await expectSent(told, archive, site)
        await gateway.stop()
        storing.signal(9)
        for check in [["registry", "check"], ["vault", "fsck", "--quiet", "--as", "t"]] {
            let result = try await run([Site.command] + check + ["--registry", disk.mountPoint + "/site"])
            #expect(result.status == 0, "\(result.output)")
        }
    }

    /// `fsync` is the vault's and the spool's; `fdatasync` and `pwrite64` are SQLite's.
    @Test(
        .enabled(if: Site.canTrace, "needs strace"),
        arguments: [
            "fsync:error=EIO", "fdatasync:error=EIO", "pwrite64:error=ENOSPC", "link:error=EIO",
        ])
    func `a call that fails is never told as stored, and the same again is`(_ fault: String) async throws {
        let folder = try WorkFolder()
        let archive = try Archive(folder, "PACS")
        let storing = try await archive.start()
        let site = try await Site(
            folder: folder, peers: archive.peer("pacs", audience: "archive"), routes: Self.everything)
        await (try site.start()).stop()
        // Late enough for it to begin: SQLite writes often at the start.
        let gateway = try await site.start(
            injecting: fault
                + (fault.hasPrefix("pwrite64") ? ":when=300+60" : ":when=25+9"))
        var told: Set<String> = [], refusals = 0
        for number in 1...24 {
            // Until it is taken, as a modality does.
            for _ in 0..<20 {
                let status = try await Sender.store(
                    Instances.dataSet(number).encoded(), as: Instances.uid(number), port: gateway.port)
                if status == .success { break }
                #expect(status == .processingFailure || status == .outOfResources, "\(fault): \(status)")
                refusals += 1
            }
            told.insert(Instances.uid(number))
        }
        #expect(gateway.program.isRunning)
        await gateway.kill()
        let again = try await site.start()
        try await eventually("all that was told is sent: \(site.log.suffix(2000))") {
            try told.isSubset(of: Set(archive.objects().keys))
        }
        await again.stop()
        storing.signal(9)
        let registry = try site.registry()
        for uid in told { #expect(try registry.instances(sopInstanceUID: uid).count == 1, "\(fault)") }
        let check = try await site.cordon(["vault", "fsck", "--quiet"])
        #expect(check.status == 0, "\(fault): \(check.output)")
        print("\(fault): \(refusals) refusals")
    }
}
