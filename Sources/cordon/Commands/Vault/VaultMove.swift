import ArgumentParser
import CustodyLog
import Gatekeeper
import Glibc
import Host
import Inputs
import Registry
import Vault

/// `cordon vault move`.
struct VaultMove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "move",
        abstract: "Moves originals that are seldom asked for to another folder, or home again.",
        discussion: """
            Each is copied, brought to disk, read again and compared before it goes from where it was. Interrupted, the \
            command goes on when it is given again. Both folders are read; the other must stay mounted where it is.

            Examples:
              cordon vault move --registry site --as cron --older-than 1y --to /mnt/cold/vault
              cordon vault move --registry site --as cron --all --to site/vault        brings all home
            """)

    @OptionGroup var options: RegistryOptions

    @Option(name: .long, help: ArgumentHelp("Stored longer ago than this: 12h, 30d, 2w, 1y.", valueName: "span"))
    var olderThan: TimeSpan?

    @Flag(name: .long, help: "All of them.")
    var all = false

    @Option(
        name: .long,
        help: ArgumentHelp("An empty folder, a place of this vault, or the vault's own folder.", valueName: "dir"))
    var to: String

    @Flag(name: .long, help: "Print the summary as JSON.")
    var json = false

    mutating func validate() throws {
        guard (olderThan == nil) == all else { throw ValidationError("give --older-than SPAN or --all") }
    }

    func run() throws {
        try withSiteErrors {
            let person = try options.actor()
            let site = try options.site(making: nil)
            StopSignal.install()
            var batch: [String] = []
            func record() throws {
                guard !batch.isEmpty else { return }
                try site.registry.record(
                    CustodyEvent(
                        .moved, time: .now, actor: person.name,
                        facts: [CustodyEvent.Fact("instances", "\(batch.count)")]
                            + batch.map { CustodyEvent.Fact("digest", $0) }))
                batch = []
            }
            let before = olderThan.map { Instant.now.adding(seconds: -$0.seconds) }
            let report: MoveReport
            do {
                report = try site.vault.move(storedBefore: before, to: to) { digest in
                    batch.append(digest)
                    if batch.count == 100 { try record() }
                    return StopSignal.number == nil
                }
            } catch {
                try record()
                throw error
            }
            try record()
            if json {
                StandardOutput.print(
                    JSON.object([
                        "moved": .number(report.count), "bytes": .number(Int(report.bytes)),
                        "damaged": .strings(report.damaged), "stopped": .bool(report.isStopped),
                    ]).indentedText)
            } else {
                StandardOutput.print("\(report.count) moved (\(ByteCount.text(report.bytes)))")
            }
            for digest in report.damaged { StandardError.print("object \(digest) is damaged and stays where it is") }
            if let signal = StopSignal.number { Glibc.exit(128 + signal) }
            if !report.damaged.isEmpty { throw ExitStatus.sequestered }
        }
    }
}
