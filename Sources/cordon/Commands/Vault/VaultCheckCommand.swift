import ArgumentParser
import CustodyLog
import Gatekeeper
import Glibc
import Host
import Inputs
import Registry
import Vault

/// `cordon vault fsck`.
struct VaultCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fsck",
        abstract: "Reads every original and compares it with its digest; names whatever is not as it should be.",
        discussion: """
            It changes no original. A file's mode that somebody changed is put right, and `--restore` puts a damaged copy \
            aside where another place has the original whole. Status 1 when there are findings.

            Examples:
              cordon vault fsck --registry site --as cron --due 30d   each night: what was not checked for thirty days
              cordon vault fsck --registry site --as cron --since 2026-11-01
            """)

    @OptionGroup var options: RegistryOptions

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Only what was not checked for so long, the oldest first: 12h, 30d, 2w. It goes on where it was.",
            valueName: "span"))
    var due: TimeSpan?

    @Option(name: .long, help: ArgumentHelp("Only what was stored since, as 2026-11-24.", valueName: "date"))
    var since: String?

    @Flag(name: .long, help: "Put damaged copies aside where another place has the original whole.")
    var restore = false

    @Flag(name: .long, help: "Print findings and summary as JSON.")
    var json = false

    @Flag(name: .long, help: "Print no progress.")
    var quiet = false

    mutating func validate() throws {
        guard since.map({ Instant($0) != nil }) ?? true else {
            throw ValidationError("--since is a date, as 2026-11-24")
        }
        guard since == nil || due == nil else { throw ValidationError("--due and --since do not go together") }
    }

    func run() throws {
        try withSiteErrors {
            let person = try options.actor()
            let site = try options.site(making: nil)
            StopSignal.install()
            var check = VaultCheck()
            check.due = due.map { Instant.now.adding(seconds: -$0.seconds) }
            check.storedSince = since.flatMap { Instant($0) }
            check.restores = restore
            check.records = site.registry
            let progress = Progress(isQuiet: quiet)
            var begun = false
            var findings: [JSON] = []
            let report = try check.run(
                site.vault, now: .now,
                finding: { finding in
                    progress.end()
                    if json { findings.append(Self.json(finding)) } else { StandardOutput.print(Self.words(finding)) }
                },
                goesOn: { objects, folders, total in
                    if !begun { progress.begin("checking", total: total) }
                    begun = true
                    progress.set(folders)
                    progress.show()
                    return StopSignal.number == nil
                })
            progress.end()
            let counts = report.findings.sorted { $0.key.rawValue < $1.key.rawValue }
            try site.registry.record(
                CustodyEvent(
                    .vaultChecked, time: .now, actor: person.name,
                    facts: [
                        CustodyEvent.Fact("objects", "\(report.count)"),
                        CustodyEvent.Fact("folders", "\(report.doneBuckets) of \(report.dueBuckets)"),
                        CustodyEvent.Fact("whole", report.isStopped ? "no" : "yes"),
                    ] + counts.map { CustodyEvent.Fact($0.key.rawValue, "\($0.value)") }))
            if json {
                StandardOutput.print(Self.json(report, findings).indentedText)
            } else {
                StandardOutput.print(Self.words(report))
            }
            if let signal = StopSignal.number {
                StandardError.print("stopped; `--due` goes on where it was")
                Glibc.exit(128 + signal)
            }
            if !report.isClean { throw ExitStatus.sequestered }
        }
    }

    private static func words(_ finding: Finding) -> String {
        let what = [finding.digest, finding.file].compactMap { $0 }.joined(separator: " ")
        return "\(finding.kind.rawValue): \(what.isEmpty ? finding.place : what): \(finding.words)"
    }

    private static func words(_ report: CheckReport) -> String {
        let counts = report.findings.sorted { $0.key.rawValue < $1.key.rawValue }.map {
            "\($0.value) \($0.key.rawValue)"
        }
        var words = "\(report.count) originals read (\(ByteCount.text(report.bytes)))"
        if report.dueBuckets == 0 { words += ", nothing was due" }
        if report.immutableCount < report.count {
            words += ", \(report.count - report.immutableCount) without the immutable flag"
        }
        if !report.restored.isEmpty { words += ", \(report.restored.count) damaged copies put aside" }
        return words + (counts.isEmpty ? ", all as they should be" : "; findings: " + counts.joined(separator: ", "))
    }

    private static func json(_ finding: Finding) -> JSON {
        .object([
            "id": .string(finding.kind.rawValue), "digest": finding.digest.map { .string($0) },
            "file": finding.file.map { .string($0) }, "place": .string(finding.place), "words": .string(finding.words),
        ])
    }

    private static func json(_ report: CheckReport, _ findings: [JSON]) -> JSON {
        .object([
            "objects": .number(report.count), "bytes": .number(Int(report.bytes)),
            "immutable": .number(report.immutableCount), "foldersDue": .number(report.dueBuckets),
            "foldersDone": .number(report.doneBuckets), "stopped": .bool(report.isStopped),
            "restored": .strings(report.restored), "findings": .array(findings),
        ])
    }
}
