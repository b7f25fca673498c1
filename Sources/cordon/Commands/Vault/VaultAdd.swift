import ArgumentParser
import Gatekeeper
import Glibc
import Host
import Inputs
import Registry
import Synchronization
import Vault

/// `cordon vault add`.
struct VaultAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Stores originals and records that they were received.",
        discussion: """
            Inputs are folders, files, DICOMDIRs, ZIP archives, or `-` for a list of paths on standard input. What is no \
            DICOM, or cannot be read, is kept and recorded like the rest. Given again, the same bytes stay one object.

            Examples:
              cordon vault add --registry site --as 'R. Keeper' incoming/ export.zip
              find /archive -name '*.dcm' -print0 | cordon vault add --as cron -0 -
            """)

    @Argument(help: ArgumentHelp("Inputs. `-` reads a list of paths.", valueName: "in"))
    var paths: [String]

    @OptionGroup var options: RegistryOptions

    @Option(
        name: .long, help: ArgumentHelp("Where it comes from: an AE title, an address; no path.", valueName: "name"))
    var source = "command line"

    @Option(
        name: .long,
        help: ArgumentHelp("Threads; they mostly wait for the disk. Four per processor if not given.", valueName: "n"))
    var jobs: Int?

    @Flag(name: .customShort("0"), help: "Paths in the list end with NUL, as `find -print0` writes them.")
    var nul = false

    @Flag(
        name: .long,
        help: "Print the digest of each original when it is safe: a line that is there is an original that is.")
    var digests = false

    @Flag(name: .long, help: "Print the summary as JSON.")
    var json = false

    @Flag(name: .long, help: "Print no summary and no progress.")
    var quiet = false

    mutating func validate() throws {
        guard jobs.map({ (1...256).contains($0) }) ?? true else { throw ValidationError("--jobs is 1 to 256") }
        guard !nul || paths.contains("-") else { throw ValidationError("-0 goes with `-`, a list of paths") }
    }

    func run() throws {
        try withSiteErrors {
            let person = try options.actor()
            let sources = InputSources(
                paths: paths.filter { $0 != "-" }, list: paths.contains("-") ? (nul ? .nul : .newline) : nil)
            let names = try InputCollector.collect(sources, output: nil).names
            let site = try options.site()
            StopSignal.install()
            let intake = Intake(vault: site.vault, registry: site.registry, person: person, source: source)
            let run = AddRun(intake, names, printsDigests: digests)
            let processors = Processors.count
            let counts = try run.run(jobs: jobs ?? 4 * processors, Progress(isQuiet: quiet || digests))
            if json {
                StandardOutput.print(counts.json.indentedText)
            } else if !quiet, !digests {
                StandardOutput.print(counts.words)
            }
            for (reason, count) in counts.refusals.sorted(by: { $0.key < $1.key }) {
                StandardError.print("\(count) refused: \(reason)")
            }
            for words in counts.forbidden { StandardError.print("a rejection note is kept and not obeyed: \(words)") }
            if let signal = StopSignal.number {
                StandardError.print("stopped; give the same command again to go on")
                Glibc.exit(128 + signal)
            }
            if !counts.refusals.isEmpty { throw ExitStatus.refused }
            if !counts.forbidden.isEmpty { throw ExitStatus.sequestered }
        }
    }
}

/// What a run stored.
struct AddCounts {
    var stored = 0
    var present = 0
    var replaced = 0
    var damagedDICOM = 0
    var notDICOM = 0
    var bytes: Int64 = 0
    var rejections = 0
    /// Reasons why rejection notes were not obeyed.
    var forbidden: [String] = []
    var refusals: [String: Int] = [:]

    var words: String {
        let parts = [
            (present, "were there already"), (replaced, "took the place of damaged ones"),
            (damagedDICOM, "of them cannot be read to their end"), (notDICOM, "of them are no DICOM"),
            (rejections, rejections == 1 ? "rejection note" : "rejection notes"),
            (refusals.values.reduce(0, +), "refused"),
        ].filter { $0.0 > 0 }.map { ", \($0.0) \($0.1)" }
        return "\(stored) stored (\(ByteCount.text(bytes)))" + parts.joined()
    }

    var json: JSON {
        .object([
            "stored": .number(stored), "present": .number(present), "replaced": .number(replaced),
            "bytes": .number(Int(bytes)), "damagedDICOM": .number(damagedDICOM), "notDICOM": .number(notDICOM),
            "rejectionNotes": .number(rejections), "rejectionsForbidden": .number(forbidden.count),
            "refusals": .array(
                refusals.sorted { $0.key < $1.key }.map {
                    .object(["reason": .string($0.key), "count": .number($0.value)])
                }),
        ])
    }
}

/// Stores many inputs on several threads. Each waits for the disk; the registry brings what they record to disk together.
final class AddRun: Sendable {
    private let intake: Intake
    private let names: InputNames
    private let printsDigests: Bool
    private let state = Mutex((counts: AddCounts(), error: (any Error)?.none))

    init(_ intake: Intake, _ names: InputNames, printsDigests: Bool) {
        self.intake = intake
        self.names = names
        self.printsDigests = printsDigests
    }

    func run(jobs: Int, _ progress: Progress) throws -> AddCounts {
        let chunks = Workers.Chunks(count: names.count, size: 1)
        progress.begin("storing", total: names.count)
        Workers.run(min(jobs, max(1, names.count)), tick: { progress.show() }) { [self] _ in
            let reader = InputReader(scratch: Scratch.folder)
            while StopSignal.number == nil, state.withLock({ $0.error == nil }), let range = chunks.take() {
                for index in range { take(index, reader) }
                progress.advance()
            }
        }
        progress.end()
        let (counts, error) = state.withLock { ($0.counts, $0.error) }
        if let error { throw error }
        return counts
    }

    private func take(_ index: Int, _ reader: InputReader) {
        func refuse(_ refusal: Refusal) { state.withLock { $0.counts.refusals[refusal.description, default: 0] += 1 } }
        if let refusal = names.refusal(of: index) { return refuse(refusal) }
        do {
            count(try intake.receive(try reader.open(names[index], whole: true), at: .now))
        } catch InputReader.ReadError.special {
            refuse(Refusal(reason: .cannotOpen))
        } catch InputReader.ReadError.refused(let refusal) {
            refuse(refusal)
        } catch InputReader.ReadError.scratch(let error) {
            fail(RunError.output(error, "an entry of an archive cannot be unpacked"))
        } catch Intake.InputError.refused(let refusal) {
            refuse(refusal)
        } catch {
            // No room, or something wrong with the site: nothing more is begun.
            fail(error)
        }
    }

    private func fail(_ error: any Error) { state.withLock { $0.error = $0.error ?? error } }

    private func count(_ received: Intake.Received) {
        state.withLock { state in
            if received.stored.isNew { state.counts.stored += 1 } else { state.counts.present += 1 }
            if received.stored.isNew { state.counts.bytes += received.stored.size }
            if received.stored.wasDamaged { state.counts.replaced += 1 }
            switch received.form {
            case .dicom: break
            case .damaged: state.counts.damagedDICOM += 1
            case .notDICOM: state.counts.notDICOM += 1
            }
            switch received.rejection {
            case nil: break
            case .refused(_, let error):
                state.counts.rejections += 1
                state.counts.forbidden.append(error.description)
            case .accepted, .unknown: state.counts.rejections += 1
            }
            if printsDigests { StandardOutput.print(received.stored.digest) }
        }
    }
}
