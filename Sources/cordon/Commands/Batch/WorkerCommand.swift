import ArgumentParser
import Batch
import Deidentification
import Gatekeeper
import Glibc
import Host
import Inputs
import RuleLanguage

/// `cordon worker`: items of work from a scheduler, one after another.
struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Does items of work that a scheduler gives: one of many on many machines.",
        usage: "cordon worker --batch --rules <file> --audience <name> --out <folder> [<options>] [<list>]",
        discussion: """
            Reads a JSON object a line, from a file or standard input: {"id": "17", "path": "/studies/17"}; `paths` and `url`, \
            `urls` (file:) do, too. Prints a JSON object a line: `hello`, `result` for each item, `heartbeat`, `end`. An item \
            is what `cordon apply` would make of it alone, in OUT under the digests of its inputs and of what decides; the \
            same item again, or on two machines at once, is there once. A bad item fails alone. docs/scale.md has the \
            protocol; `cordon release` publishes.

            Examples:
              cordon worker --batch --rules site.xml --audience research --key site.key \\
                  --snapshot monday.snapshot --out /scratch/batch work.ndjson > results.ndjson
            """)

    @Flag(name: .long, help: "Work on a list until it ends. There is no other way yet, so it must be given.")
    var batch = false

    @OptionGroup(title: "What decides")
    var deciding: BatchOptions

    @Option(
        name: .long, help: ArgumentHelp("Who would receive the studies; a name in the rule set.", valueName: "name"))
    var audience: String

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The site's key, for audiences that get de-identified data; else CORDON_KEY names it.", valueName: "file"))
    var key: String?

    @Option(name: .long, help: ArgumentHelp("Run rules up to this tier, 1 to 4.", valueName: "n"))
    var tier: Int?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The time of decision, YYYYMMDDHHMMSS with or without a zone, the same for all workers; when the snapshot was taken if not given.",
            valueName: "time"))
    var at: String?

    @Option(
        name: .long,
        help: ArgumentHelp("How old the snapshot may be when the worker starts, in hours.", valueName: "hours"))
    var snapshotLimit: Double = 24

    @OptionGroup(title: "Digital signatures")
    var trust: SignatureOptions

    @Option(name: .long, help: ArgumentHelp("The folder that all workers of the batch share.", valueName: "folder"))
    var out: String

    @Option(name: .long, help: ArgumentHelp("Threads on one item.", valueName: "n"))
    var jobs: Int = 1

    @Option(name: .long, help: ArgumentHelp("Between two heartbeats.", valueName: "seconds"))
    var heartbeat: Double = 10

    @Argument(help: ArgumentHelp("The list of work; standard input if not given, or `-`.", valueName: "list"))
    var list: String = "-"

    mutating func validate() throws {
        guard batch else { throw ValidationError("give --batch: the worker takes a list of work") }
        guard (1...1024).contains(jobs) else { throw ValidationError("--jobs is 1 to 1024") }
        guard tier.map({ (1...4).contains($0) }) ?? true else { throw ValidationError("--tier is 1, 2, 3 or 4") }
        guard heartbeat >= 0.1, heartbeat <= 86_400 else { throw ValidationError("--heartbeat is 0.1 to 86400") }
        guard snapshotLimit > 0, snapshotLimit <= 100_000 else {
            throw ValidationError("--snapshot-limit is more than 0 and at most 100000 hours")
        }
        guard at.map(DecisionTime.isValid) ?? true else {
            throw ValidationError(
                "--at is YYYYMMDDHHMMSS of a day that the calendar has, with or without a zone as +0100")
        }
        guard at != nil || deciding.snapshot != nil else {
            throw ValidationError(
                "give --at, the same for all workers: without a snapshot nothing else says when it is decided")
        }
    }

    func run() throws {
        StopSignal.install()
        let snapshot = try deciding.openedSnapshot(limit: Int64(snapshotLimit * 3600))
        let ruleSet = try deciding.ruleSet(tier: tier, snapshot, remembers: false)
        let needsKey = ruleSet.audiences[audience].map { !Gate.profiles(of: $0).isEmpty } ?? false
        let setting = Worker.Setting(
            ruleSet: ruleSet, audience: audience, key: try KeySource.load(key, isNeeded: needsKey), snapshot: snapshot,
            signatures: try trust.verifier(), signatureRoots: try trust.digest(),
            time: at ?? snapshot.map { DecisionTime.text(of: $0.taken) } ?? DecisionTime.now, jobs: jobs,
            heartbeat: heartbeat)
        let worker = try Worker(setting, store: BatchStore(out, making: true))
        let descriptor = list == "-" ? STDIN_FILENO : open(list, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw RunError(.arguments, "the list of work cannot be opened: \(SystemError.last("open"))")
        }
        let report = try worker.run(reading: descriptor) { StandardOutput.print($0.text) }
        if let signal = report.signal {
            StandardError.print("stopped; give what has no result again, to this worker or another")
            Glibc.exit(128 + signal)
        }
        if report.failed > 0 { throw ExitStatus.refused }
        if report.sequestered > 0 { throw ExitStatus.sequestered }
    }
}
