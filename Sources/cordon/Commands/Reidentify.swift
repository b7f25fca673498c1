import Host
import ArgumentParser
import CMSEnvelope
import Gatekeeper
import Glibc
import Inputs

/// `cordon reidentify`: gives de-identified data back its originals, for who has the private key.
struct Reidentify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reidentify",
        abstract: "Gives de-identified data its originals back, with the private key.",
        usage: "cordon reidentify --key <file> [<options>] <in> ... <out>",
        discussion: """
            What a profile encrypted (PS3.15 Encrypted Attributes Sequence) is put back in its place: names, dates, UIDs. \
            What it removed and did not encrypt stays removed; pixels stay as they are. OUT then names patients: its \
            files are for their owner alone. Nothing is ever overwritten.

            Inputs are as for `cordon apply`: folders, files, a DICOMDIR, ZIP archives, or `-` for a list of paths.

            Example: cordon reidentify --key private.pem export/released/ originals/
            """)

    @Option(
        name: .long,
        help: ArgumentHelp("The private key, PEM, which nobody else may read.", valueName: "file"))
    var key: String

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The certificate of that key, PEM: says which of several recipients it is.", valueName: "file"))
    var certificate: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A file whose first line is the passphrase of the private key; asked for on the terminal if not given.",
            valueName: "file"))
    var passphrase: String?

    @Argument(
        help: ArgumentHelp(
            "Inputs, and the output folder last. `-` reads a list of paths.", valueName: "in> ... <out"))
    var paths: [String]

    @Option(
        name: .long,
        help: ArgumentHelp("Write which input became which output. It names patients; mode 0600.", valueName: "file"))
    var map: String?

    @Option(name: .long, help: ArgumentHelp("Threads; as many as processors if not given.", valueName: "n"))
    var jobs: Int?

    @Flag(name: .customShort("0"), help: "Paths in the list end with NUL, as `find -print0` writes them.")
    var nul = false

    @Flag(name: .long, help: "Print the summary as JSON.")
    var json = false

    @Flag(name: .long, help: "Print no summary and no progress.")
    var quiet = false

    mutating func validate() throws {
        guard paths.count >= 2 else { throw ValidationError("give at least one input, and OUT as the last argument") }
        guard paths.last != "-" else { throw ValidationError("OUT is the last argument and cannot be `-`") }
        guard jobs.map({ (1...1024).contains($0) }) ?? true else { throw ValidationError("--jobs is 1 to 1024") }
        guard !nul || paths.dropLast().contains("-") else { throw ValidationError("-0 goes with `-`, a list of paths") }
    }

    func run() throws {
        let recipient = try PrivateKeyFile.read(key, certificate: certificate) { () throws(RunError) in
            if let passphrase { return try PrivateKeyFile.passphrase(passphrase) }
            return PassphrasePrompt.ask("passphrase of the private key: ")
        }
        StopSignal.install()
        let inputs = paths.dropLast()
        let sources = InputSources(
            paths: inputs.filter { $0 != "-" }, list: inputs.contains("-") ? (nul ? .nul : .newline) : nil)
        let options = ReidentificationRun.Options(
            sources: sources, output: paths.last ?? "", map: map,
            jobs: jobs ?? Processors.count)
        let report = try ReidentificationRun(key: recipient, options: options).run(progress: Progress(isQuiet: quiet))
        if let signal = report.signal {
            StandardError.print("stopped; give the same command again to go on")
            Glibc.exit(128 + signal)
        }
        if json {
            StandardOutput.print(Self.json(report).indentedText)
        } else if !quiet {
            StandardOutput.print(Self.words(report))
        }
        if report.restoredCount + report.presentCount + report.refusedCount + report.notDICOMCount == 0 {
            StandardError.print(sources.words(forNoneIn: report.specialCount))
        }
        for (reason, count) in report.refusals.sorted(by: { $0.key < $1.key }) {
            StandardError.print("\(count) refused: \(reason)" + (map == nil ? " (`--map FILE` says which)" : ""))
        }
        if report.refusedCount > 0 { throw ExitStatus.refused }
    }

    private static func words(_ report: ReidentificationRun.Report) -> String {
        let others = report.notDICOMCount
        return [
            (report.restoredCount, "given back"), (report.presentCount, "were there already"),
            (report.refusedCount, "refused"),
            (others, others == 1 ? "other file left alone" : "other files left alone"),
            (
                report.specialCount,
                report.specialCount == 1 ? "pipe or device passed by" : "pipes and devices passed by"
            ),
        ].filter { $0.0 > 0 || $0.1 == "given back" }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
            + "\nwhat was removed and not encrypted stays removed"
    }

    private static func json(_ report: ReidentificationRun.Report) -> JSON {
        .object([
            "restored": .number(report.restoredCount), "present": .number(report.presentCount),
            "refused": .number(report.refusedCount), "notDICOM": .number(report.notDICOMCount),
            "special": .number(report.specialCount),
            "refusals": .array(
                report.refusals.sorted { $0.key < $1.key }.map {
                    .object(["reason": .string($0.key), "count": .number($0.value)])
                }),
        ])
    }
}
