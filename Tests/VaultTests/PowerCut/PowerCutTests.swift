import CustodyLog
import Foundation
import Glibc
import Host
import Registry
import TestSupport
import Testing

@testable import Vault

/// P1, with the plug pulled: several processes store originals, give labels, place holds and delete; at a random moment
/// the disk has what it has. Whatever was acknowledged is there, and nothing is half there.
@Suite(.serialized) struct PowerCutTests {
    static let environment = ProcessInfo.processInfo.environment
    /// `CORDON_SOAK` asks for two hundred.
    static let cuts = environment["CORDON_CUTS"].flatMap { Int($0) } ?? (environment["CORDON_SOAK"] == nil ? 4 : 200)
    /// A disk fills up, and what is checked after each cut grows with it.
    static let cutsPerDisk = 10

    @Test(.enabled(if: CuttableDisk.obstacle == nil, "needs root, loop devices and mkfs.ext4"))
    func `when the power is cut, all that was acknowledged is there and nothing is half there`() throws {
        var generator = SeededGenerator(seed: UInt64(Self.environment["CORDON_SEED"].flatMap { Int($0) } ?? 20_261_124))
        var totals = CutLoad.Acknowledged()
        var whole = 0
        var late = Late()
        for first in stride(from: 0, to: Self.cuts, by: Self.cutsPerDisk) {
            let rounds = first..<min(first + Self.cutsPerDisk, Self.cuts)
            let all = try cutsOnOneDisk(rounds, &generator, &whole, &late)
            totals.add(all)
        }
        print(
            "power cuts: \(Self.cuts), \(whole) of them after the load had ended; acknowledged: \(totals.stored.count) stored, "
                + "\(totals.deleted.count) deleted, \(totals.labels.count) labels, \(totals.holds.count) holds; "
                + "told in the instant of a cut: \(late.told), of which the disk does not have \(late.lost)"
        )
        #expect(totals.count > Self.cuts)
        #expect(whole < max(2, Self.cuts / 4))
    }

    /// What was heard after the cut had begun. Where a power cut is real, whoever would tell it is off, too; here, a flush
    /// that was under way may come back as if it had been done, since ext4 gives up the transaction that it waited for.
    private struct Late {
        var told = 0
        var lost = 0
    }

    private func cutsOnOneDisk(
        _ rounds: Range<Int>, _ generator: inout SeededGenerator, _ whole: inout Int, _ late: inout Late
    ) throws -> CutLoad.Acknowledged {
        let folder = VaultFolder()
        let disk = try CuttableDisk(in: folder.path, megabytes: 96)
        defer { disk.unmount() }
        let site = disk.mountPoint + "/site"
        var all = CutLoad.Acknowledged()
        var roots: [(size: Int, root: LogHash)] = []
        // Deleted, whether somebody was told so or not.
        var gone: Set<String> = []
        // Every third disk begins with nothing, so that the making of a site is cut, too.
        if rounds.lowerBound / Self.cutsPerDisk % 3 != 0 {
            #expect(try Cordon.run(["vault", "limit", "--registry", site, "--reserve", "0"]).status == 0)
        }
        for round in rounds {
            let inputs = try (0..<2).map { process in
                try originals(folder, "in\(round).\(process)", from: round * 10_000 + process * 5000, &generator)
            }
            let kept = Set(all.stored).subtracting(gone).sorted()
            let load = try CutLoad(site: site, inputs: inputs, round: round, deletable: Array(kept.prefix(20)))
            let moment = Int.random(in: 0...60, using: &generator)
            while load.count < moment, load.isRunning { usleep(2000) }
            usleep(UInt32.random(in: 0...30_000, using: &generator))
            if !load.isRunning { whole += 1 }
            let heard = load.acknowledged
            try disk.cut()
            let after = try load.end().since(heard)
            try disk.restore()
            all.add(heard)
            gone.formUnion(heard.deleted)
            try expectWhole(site, all, deletable: Set(kept.prefix(20)), &gone, &roots, "cut \(round)")
            late.told += after.count
            late.lost += try lost(after, site)
            for input in inputs { try FileManager.default.removeItem(atPath: input) }
        }
        return all
    }

    /// How much of it the disk does not have.
    private func lost(_ late: CutLoad.Acknowledged, _ site: String) throws -> Int {
        guard late.count > 0, FileSystem.status(site + "/registry.sqlite") != nil else { return late.count }
        let registry = try Registry.open(site)
        return try late.stored.count { try registry.instance($0) == nil }
            + late.labels.count { try registry.label($0) == nil }
            + late.holds.count { try registry.hold($0) == nil }
            + late.deleted.count { try registry.instance($0)?.removed == nil }
    }

    /// Enough originals that the power goes before they are all stored; no two have the same bytes.
    private func originals(
        _ folder: VaultFolder, _ name: String, from number: Int, _ generator: inout SeededGenerator
    ) throws -> String {
        mkdir(folder(name), 0o700)
        for index in 0..<150 {
            let file = Instances.file(number + index, pixels: Int.random(in: 100...9000, using: &generator))
            _ = FileManager.default.createFile(atPath: folder("\(name)/\(index)"), contents: Data(file))
        }
        return folder(name)
    }

    private func expectWhole(
        _ site: String, _ all: CutLoad.Acknowledged, deletable: Set<String>, _ gone: inout Set<String>,
        _ roots: inout [(size: Int, root: LogHash)], _ what: String
    ) throws {
        guard FileSystem.status(site + "/registry.sqlite") != nil else {
            #expect(all.count == 0, "\(what): acknowledged, and there is no registry")
            return
        }
        // The next start ends what was begun; then the registry, its log and the vault agree with themselves and each other.
        let start = try Cordon.run(["vault", "limit", "--registry", site, "--reserve", "0"])
        #expect(start.status == 0, "\(what): \(start.error)")
        let sound = try Cordon.run(["registry", "check", "--registry", site])
        #expect(sound.status == 0, "\(what): \(sound.output) \(sound.error)")
        let check = try Cordon.run(["vault", "fsck", "--quiet", "--registry", site, "--as", "checker"])
        #expect(check.status == 0, "\(what): \(check.output) \(check.error)")
        #expect(VaultFolder.files(below: site + "/vault/temporary").isEmpty, "\(what)")
        #expect(VaultFolder.files(below: site + "/vault/removals").isEmpty, "\(what)")

        let registry = try Registry.open(site)
        let vault = try Vault(path: site + "/vault", keys: site + "/keys", making: nil)
        // What was about to be deleted is there or gone; which of them, the registry says.
        for digest in deletable where try registry.instance(digest)?.removed != nil { gone.insert(digest) }
        for digest in all.stored where !gone.contains(digest) {
            #expect(throws: Never.self, "\(what): an acknowledged original") { try vault.read(digest) { _ in } }
            let record = try registry.instance(digest)
            #expect(record != nil && record?.removed == nil, "\(what): \(digest) is not in the registry")
            guard let record else { continue }
            let leaf = try registry.readLog { try $0.leaf(at: record.leaf) }
            #expect(leaf.kind == .received && leaf.facts.contains { $0.value == digest }, "\(what)")
        }
        for digest in gone {
            #expect(try !vault.contains(digest), "\(what): a deleted original is there")
            #expect(try registry.instance(digest)?.removed != nil, "\(what)")
        }
        for number in all.labels { #expect(try registry.label(number) != nil, "\(what): label \(number)") }
        for number in all.holds { #expect(try registry.hold(number)?.isInForce == true, "\(what): hold \(number)") }

        // The log has only grown since each time it was looked at.
        let (size, root) = try registry.readLog { log in
            let size = try log.logSize()
            return (size, try log.root(size: size))
        }
        for earlier in roots {
            let proof = try registry.readLog { try $0.consistencyProof(from: earlier.size, to: size) }
            #expect(throws: Never.self, "\(what)") {
                try ProofVerification.consistency(
                    from: earlier.size, root: earlier.root, to: size, root: root, proof: proof)
            }
        }
        roots.append((size, root))
    }
}
