import ArgumentParser
import Batch
import Foundation
import Glibc
import Host
import Inputs
import RuleLanguage

/// `cordon release`: a batch, published.
struct ReleaseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Publishes what workers made, if what the registry knows is still what it was.",
        usage:
            "cordon release --rules <file> [--snapshot <file>] --registry <folder> --as <name> [<options>] <out> <to>",
        discussion: """
            Holds that rules want are placed first. Then each study goes to TO whole, if holds, labels and lists say of its \
            instances what they said when it was decided; that it left is on the custody log, and what was decided in the \
            registry. Of which something else is known now, it stays, and is named: take a new snapshot and give it to a \
            worker again. The same command again goes on, and changes nothing that was published. Prints a JSON object for \
            each item, and one that sums up.

            Exit status: 0 all was published; 1 something was withheld; 3 an item is missing, damaged or failed.

            Examples:
              cordon release --rules site.xml --snapshot monday.snapshot --registry /srv/cordon --as anna \\
                  --results results.ndjson /scratch/batch /export/trial-7
            """)

    @OptionGroup(title: "What decided")
    var deciding: BatchOptions

    @OptionGroup(title: "Registry")
    var site: RegistryOptions

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Publish the items that these results of workers name, and say which have none.", valueName: "file"))
    var results: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The basis that is meant, where OUT has items of several.", valueName: "digest"))
    var basis: String?

    @Option(name: .long, help: ArgumentHelp("Items at a time.", valueName: "n"))
    var jobs: Int = 1

    @Argument(help: ArgumentHelp("The folder of the workers.", valueName: "out"))
    var out: String

    @Argument(help: ArgumentHelp("The folder into which studies go; it is made.", valueName: "to"))
    var to: String

    mutating func validate() throws {
        guard (1...1024).contains(jobs) else { throw ValidationError("--jobs is 1 to 1024") }
    }

    func run() throws {
        StopSignal.install()
        let registry = try site.opened(), person = try site.actor()
        // However old it is: what counts is what the registry says now.
        let snapshot = try deciding.openedSnapshot(limit: nil)
        let named = try results.isEmpty ? nil : NamedResults(results)
        let release = try BatchRelease(
            .init(
                ruleSet: try deciding.ruleSet(tier: nil, snapshot, remembers: true), snapshot: snapshot,
                registry: registry, person: person, time: .now, basis: basis, items: named?.items, jobs: jobs),
            store: try BatchStore(out, making: false), destination: to)
        let report = try release.run { StandardOutput.print($0.text) }
        try OpenedRegistry.sign(isKeyExpected: false)
        if let signal = report.signal {
            StandardError.print("stopped; give the same command again to go on")
            Glibc.exit(128 + signal)
        }
        let failed = report.failed + (named?.failed ?? 0)
        StandardOutput.print(
            JSON.object([
                "type": .string("end"), "items": .number(report.items), "published": .number(report.published),
                "present": .number(report.present), "withheld": .number(report.withheld), "failed": .number(failed),
                "sequestered": .number(report.sequestered),
            ]).text)
        if failed > 0 { throw ExitStatus.refused }
        if report.withheld > 0 { throw ExitStatus.sequestered }
    }
}

/// What results of workers name.
private struct NamedResults {
    /// What the scheduler called each item, by input digest.
    private(set) var items: [String: String] = [:]
    /// Items that no worker could do.
    private(set) var failed = 0

    init(_ paths: [String]) throws(RunError) {
        var failures: Set<String> = [], done: Set<String> = []
        for (place, path) in paths.enumerated() {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else {
                throw RunError(.arguments, "results cannot be opened: \(SystemError.last("open"))")
            }
            defer { close(descriptor) }
            var lines = LineReader(descriptor), number = 0
            while let line = try Self.next(&lines) {
                number += 1
                // A name of a file may be that of a patient.
                func wrong(_ reason: String) -> RunError {
                    RunError(
                        .arguments,
                        "results are not what workers printed: file \(place + 1), line \(number) of those that are not blank "
                            + reason)
                }
                guard case .line(let bytes) = line,
                    let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
                else { throw wrong("is not a JSON object") }
                guard object["type"] as? String == "result" else { continue }
                let id = object["id"] as? String ?? ""
                switch object["status"] as? String {
                case "failed": failures.insert(id)
                case "done", "present":
                    guard let digest = object["inputDigest"] as? String else { throw wrong("names no item") }
                    items[digest] = id
                    done.insert(id)
                default: throw wrong("does not say what became of it")
                }
            }
        }
        // What failed once and was done by another is done.
        failed = failures.subtracting(done).count
    }

    private static func next(_ lines: inout LineReader) throws(RunError) -> LineReader.Line? {
        do throws(SystemError) {
            return try lines.read()
        } catch {
            throw RunError(.arguments, "results cannot be read: \(error)")
        }
    }
}
