import ArgumentParser
import CustodyLog
import Gatekeeper
import Host
import Inputs
import Registry
import Vault

/// `cordon vault rotate`.
struct VaultRotate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Makes a new site key and wraps the key of every original with it.",
        discussion: """
            No original is written again, and others may go on storing meanwhile. An interrupted rotation goes on when the \
            command is given again. Old keys go to DIR/keys/retired when nothing needs them: backups of the vault that are \
            older still do.

            Example: cordon vault rotate --registry site --as 'R. Keeper'
            """)

    @OptionGroup var options: RegistryOptions

    @Flag(name: .long, help: "Print the summary as JSON.")
    var json = false

    @Flag(name: .long, help: "Print no progress.")
    var quiet = false

    func run() throws {
        try withSiteErrors {
            let person = try options.actor()
            let site = try options.site(making: nil)
            let progress = Progress(isQuiet: quiet)
            progress.begin("wrapping", total: 256)
            let report = try site.vault.rotate { done, total in
                progress.set(done * 256 / max(1, total))
                progress.show()
            }
            progress.end()
            try site.registry.record(
                CustodyEvent(
                    .keyRotated, time: .now, actor: person.name,
                    facts: [
                        CustodyEvent.Fact("key", report.key), CustodyEvent.Fact("rewrapped", "\(report.rewrapped)"),
                        CustodyEvent.Fact("failed", "\(report.failed.count)"),
                    ] + report.retired.map { CustodyEvent.Fact("retired", $0) }))
            if json {
                StandardOutput.print(
                    JSON.object([
                        "key": .string(report.key), "rewrapped": .number(report.rewrapped),
                        "current": .number(report.current), "failed": .strings(report.failed),
                        "absentPlaces": .strings(report.absent), "retired": .strings(report.retired),
                    ]).indentedText)
            } else {
                StandardOutput.print(
                    "key \(report.key): \(report.rewrapped) wrapped anew, \(report.current) had it already"
                        + (report.retired.isEmpty ? "" : "; retired: " + report.retired.joined(separator: ", ")))
            }
            for name in report.failed {
                StandardError.print("the envelope of \(name) cannot be opened; see `cordon vault fsck`")
            }
            for place in report.absent { StandardError.print("`\(place)` is not there; mount it and rotate again") }
            StandardError.print(VaultInfo.backUp)
            if !report.isComplete { throw ExitStatus.sequestered }
        }
    }
}
