import Foundation
import Glibc
import Host
import Registry
import Testing

@testable import Vault

/// Killed at any call of the system, or with any of them failing: whatever was told as stored is there, nothing is half
/// there, and the same command again makes it good.
@Suite(.serialized) struct FaultTests {
    static let isSoak = ProcessInfo.processInfo.environment["CORDON_SOAK"] != nil
    /// Calls that change what is on the disk; in a soak, those too that are made less often.
    static let calls =
        ["write", "pwrite64", "fsync", "link", "unlink", "rename", "fchmod"]
        + (isSoak ? ["openat", "fdatasync", "ioctl", "ftruncate", "mkdir"] : [])

    /// What was acknowledged is in the vault and in the registry, to the byte.
    private func expectKept(_ site: SiteCommand, _ acknowledged: [String], _ what: String) throws {
        let registry = try Registry.open(site.folder("site"))
        let vault = try Vault(path: site.folder("site/vault"), keys: site.folder("site/keys"))
        for digest in acknowledged {
            let bytes = try vault.bytes(digest)
            #expect(ContentDigest(of: bytes).hexadecimal == digest, "\(what)")
            #expect(try registry.instance(digest)?.removed == nil && registry.instance(digest) != nil, "\(what)")
        }
    }

    /// The numbers of calls to try: all of them where they are few or in a soak, else some from the beginning to the end.
    private func points(_ count: Int) -> [Int] {
        Self.isSoak || count <= 12 ? Array(1...max(1, count)) : [2, 9, 30].map { min($0, count) }.filter { $0 > 0 }
    }

    /// How often a call is made without faults, in the thread that makes it most.
    private func count(_ call: String, _ arguments: [String], _ folder: VaultFolder) throws -> Int {
        let log = folder("trace")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["strace", "-f", "-qq", "-o", log, "-e", "trace=\(call)", Cordon.path] + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        var counts: [Substring: Int] = [:]
        for line in text.split(separator: "\n") where line.contains("\(call)(") {
            counts[line.prefix { $0 != " " }, default: 0] += 1
        }
        return counts.values.max() ?? 0
    }

    @Test(arguments: calls)
    func `killed at a call, what was told as stored is there, and the same again makes all of it`(_ call: String) throws
    {
        guard Cordon.canTrace else { return skipped("strace is not here") }
        let inputs = VaultFolder()
        let paths = try Instances.write(1..<4, to: inputs)
        let digests = try paths.map { ContentDigest(of: try inputs.bytes($0)).hexadecimal }
        // To make a site takes more of them than to store, and comes first: it is made beforehand.
        func newSite() throws -> SiteCommand {
            let site = SiteCommand(folder: VaultFolder())
            if call == "fsync" {
                let made = ["vault", "limit", "--registry", site.folder("site"), "--reserve", "0"]
                #expect(try Cordon.run(made).status == 0)
            }
            return site
        }
        let dry = try newSite()
        let total = try count(call, dry.add(paths, ["--jobs", "1"]), inputs)
        var kills = 0
        for point in points(total) {
            let site = try newSite()
            let result = try Cordon.run(
                site.add(paths, ["--jobs", "1"]), injecting: "\(call):signal=KILL:when=\(point)")
            if result.isKilled || result.status == 137 { kills += 1 }
            let what = "\(call) \(point)"
            if FileManager.default.fileExists(atPath: site.folder("site/vault/header")) {
                try expectKept(site, result.lines, what)
                // Nothing is half there, also for those who do not try again.
                #expect(try site.findings() == [], "\(what)")
            } else {
                #expect(result.lines.isEmpty, "\(what)")
            }
            let again = try Cordon.run(site.add(paths))
            #expect(again.status == 0 && Set(again.lines) == Set(digests), "\(what): \(again.error)")
            #expect(try site.findings() == [], "\(what)")
            #expect(site.remains() == [], "\(what)")
            try expectKept(site, digests, what)
            let vault = try Vault(path: site.folder("site/vault"), keys: site.folder("site/keys"))
            #expect(try vault.usage().count == 3, "\(what)")
        }
        #expect(kills > 0 || total == 0, "\(call)")
    }

    /// `pwrite64` and `fdatasync` are those of SQLite, the others those of the vault.
    @Test(arguments: [
        ("fsync", "EIO"), ("write", "EIO"), ("write", "ENOSPC"), ("link", "ENOSPC"), ("fsync", "ENOSPC"),
        ("pwrite64", "EIO"), ("pwrite64", "ENOSPC"), ("fdatasync", "EIO"),
        ("unlink", "EIO"),
    ])
    func `a call that fails is an error, never a success`(_ call: String, _ error: String) throws {
        guard Cordon.canTrace else { return skipped("strace is not here") }
        let inputs = VaultFolder()
        let paths = try Instances.write(1..<3, to: inputs)
        for point in Self.isSoak ? Array(1...60) : call == "fsync" ? Array(1...6) : [1, 6] {
            let site = SiteCommand(folder: VaultFolder())
            // Made beforehand, so that the faults are those of storing.
            #expect(
                try Cordon.run(["vault", "limit", "--registry", site.folder("site"), "--reserve", "0"]).status == 0)
            let result = try Cordon.run(
                site.add(paths, ["--jobs", "1"]), injecting: "\(call):error=\(error):when=\(point)")
            #expect(!result.isKilled)
            let what = "\(call) \(error) \(point): \(result.status) \(result.error)"
            if result.status == 0 { #expect(result.lines.count == 2, "\(what)") }
            // Object, envelope and folder of each of the two, in this order.
            if call == "fsync", point <= 6 {
                #expect(result.status != 0 && result.lines.count == (point - 1) / 3, "\(what)")
            }
            if error == "ENOSPC", result.error.contains("no space left"), call != "write" {
                #expect([3, 4].contains(result.status), "\(what)")
            }
            try expectKept(site, result.lines, what)
            let again = try Cordon.run(site.add(paths))
            #expect(again.status == 0 && again.lines.count == 2, "\(what)")
            #expect(try site.findings() == [], "\(what)")
            #expect(site.remains() == [], "\(what)")
        }
    }

    @Test func `an original that the disk no longer gives is a finding`() throws {
        guard Cordon.canTrace else { return skipped("strace is not here") }
        let site = SiteCommand(folder: VaultFolder())
        let path = site.folder("large")
        try Data(sample(600_000)).write(to: URL(fileURLWithPath: path))
        #expect(try Cordon.run(site.add([path])).status == 0)
        let digest = ContentDigest(of: sample(600_000)).hexadecimal
        let object = try #require(
            VaultFolder.files(below: site.folder("site/vault/objects")).first { !$0.hasSuffix(".key") })
        let result = try Cordon.run(site("fsck"), injecting: "pread64:error=EIO:when=5", of: object)
        #expect(result.status == 1 && result.output.contains("corrupt: \(digest)"), "\(result)")
        #expect(try site.findings() == [])
    }

    @Test func `a device without room loses nothing that was told as stored`() throws {
        guard geteuid() == 0 else { return skipped("mounting needs root") }
        let inputs = VaultFolder()
        let paths = try (1...40).map { number in
            let path = inputs("\(number)")
            try Data(Instances.file(number, pixels: 100_000)).write(to: URL(fileURLWithPath: path))
            return path
        }
        let site = SiteCommand(folder: VaultFolder())
        mkdir(site.folder("site"), 0o700)
        guard mount("tmpfs", site.folder("site"), "tmpfs", 0, "size=3m,mode=0700") == 0 else {
            return skipped("a small file system cannot be mounted")
        }
        defer { umount2(site.folder("site"), Int32(MNT_DETACH)) }
        #expect(
            try Cordon.run(["vault", "limit", "--registry", site.folder("site"), "--reserve", "0", "--slack", "0"])
                .status == 0)
        let result = try Cordon.run(site.add(paths))
        #expect([3, 4].contains(result.status), "\(result.status) \(result.error)")
        #expect(!result.lines.isEmpty && result.lines.count < 40)
        try expectKept(site, result.lines, "no room")
        #expect(mount("tmpfs", site.folder("site"), "tmpfs", UInt(MS_REMOUNT), "size=64m,mode=0700") == 0)
        #expect(try Cordon.run(site.add(paths)).lines.count == 40)
        #expect(try site.findings() == [] && site.remains() == [])
    }

    @Test(arguments: ["rename", "fsync", "unlink", "link", "write"])
    func `killed while keys are rotated or objects moved, nothing is lost and the next run ends it`(_ call: String)
        throws
    {
        guard Cordon.canTrace else { return skipped("strace is not here") }
        let inputs = VaultFolder()
        let paths = try Instances.write(1..<6, to: inputs)
        let verbs = [
            ["rotate", "--quiet"], ["move", "--all", "--to", "cold"],
        ]
        for verb in verbs {
            for point in Self.isSoak ? Array(1...40) : [1, 7] {
                let site = SiteCommand(folder: VaultFolder())
                let digests = try Cordon.run(site.add(paths)).lines
                #expect(digests.count == 5)
                let arguments = site(verb[0], verb.dropFirst().map { $0 == "cold" ? site.folder("cold") : $0 })
                _ = try Cordon.run(arguments, injecting: "\(call):signal=KILL:when=\(point)")
                let what = "\(verb[0]) \(call) \(point)"
                try expectKept(site, digests, what)
                let again = try Cordon.run(arguments)
                #expect(again.status == 0, "\(what): \(again.error)")
                try expectKept(site, digests, what)
                #expect(try site.findings() == [], "\(what)")
                if verb[0] == "move" {
                    #expect(VaultFolder.files(below: site.folder("site/vault/objects")).isEmpty, "\(what)")
                    #expect(VaultFolder.files(below: site.folder("cold/temporary")).isEmpty, "\(what)")
                }
            }
        }
    }
}
