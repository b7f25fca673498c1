internal import DICOMFile
internal import Gatekeeper
internal import Host
internal import Inputs
internal import Registry
internal import RuleLanguage

/// What an audience gets of the originals, made anew by the same run that `cordon apply` is, and compared with what the log
/// says was given: the same bytes, rules and key give the same bytes (P7).
struct ReleasedForms {
    struct Count {
        var audience: String
        var released = 0
        var sequestered = 0
        var asRecorded = 0
    }

    private(set) var counts: [Count] = []

    static let header = ["audience", "original", "disposition", "file", "digest", "as recorded"]

    init(_ order: ProductionOrder, _ registry: Registry, into bag: BagFolder) throws {
        try bag.file("metadata/released.csv") { table in
            try table.write(CSV.line(Self.header))
            for audience in Set(order.audiences).sorted() {
                counts.append(try Self.make(audience, order, registry, bag, table))
            }
        }
    }

    private static func make(
        _ audience: String, _ order: ProductionOrder, _ registry: Registry, _ bag: BagFolder, _ table: BagFile
    ) throws -> Count {
        guard let ruleSet = order.ruleSets.first(where: { $0.audiences[audience] != nil }) else {
            throw ProductionError(
                .arguments, "no rule set that was given has the audience `\(audience)`; give it with `--rules FILE`")
        }
        let output = bag.place("making")
        try FileSystem.makeFolder(output, mode: 0o700)
        defer { bag.discard("making") }
        var options = BatchRun.Options(
            sources: InputSources(paths: [bag.place("data/originals")]), output: output, jobs: 1,
            now: order.time.asDT)
        options.showsValues = true
        do throws(RunError) {
            // What the registry knows counts, as it did for what left the house.
            let known = SiteRegistry(registry, person: order.person, time: order.time)
            let run = try BatchRun(
                ruleSet: ruleSet, audience: audience, key: order.key, registry: known, options: options)
            if try run.run(progress: Progress(isQuiet: true)).signal != nil {
                throw RunError(.output, "stopped before it was done; nothing was left of it")
            }
        } catch {
            throw ProductionError(
                error.code == .arguments ? .arguments : .output, "released forms for `\(audience)`: \(error.message)")
        }
        return try collect(audience, output, registry, bag, table)
    }

    /// The run's record has a line for each original, in the order of their names, which are their digests.
    private static func collect(
        _ audience: String, _ output: String, _ registry: Registry, _ bag: BagFolder, _ table: BagFile
    ) throws -> Count {
        var count = Count(audience: audience)
        let run = try bag.run("data/released/\(audience)/")
        try bag.file("metadata/decisions-\(audience).jsonl") { copy in
            try TextLines.forEach(output + "/decisions.jsonl") { line in
                try copy.write(line + "\n")
                guard let record = RunRecord(line) else {
                    throw ProductionError(.inconsistent, "the run's record cannot be read; please report this")
                }
                guard record.disposition != "refused", record.disposition != "ignored" else {
                    throw ProductionError(.missing, "an original could not be read for the audience `\(audience)`")
                }
                var file = "", digest = "", isRecorded = ""
                if let path = record.output, record.disposition != "sequester" {
                    file = "data/released/\(audience)/\(record.original).dcm"
                    digest = try bag.file(file, in: run) { target in
                        let source = try Descriptor(reading: PathBytes("\(output)/\(path)"))
                        try source.forEachPiece { try target.write($0) }
                    }.digests.sha256
                    let given = try registry.decisions(ofInstance: record.original).contains {
                        $0.audience == audience && $0.output == digest
                    }
                    isRecorded = given ? "yes" : "no"
                    count.released += 1
                    if given { count.asRecorded += 1 }
                } else {
                    count.sequestered += 1
                }
                try table.write(
                    CSV.line([audience, record.original, record.disposition, file, digest, isRecorded]))
            }
        }
        return count
    }
}

/// What is needed of a line of `decisions.jsonl`.
private struct RunRecord {
    var original: String
    var disposition: String
    var output: String?

    init?(_ line: String) {
        guard let original = Self.member("inputDigest", line), let disposition = Self.member("disposition", line) else {
            return nil
        }
        self.original = original
        self.disposition = disposition
        output = Self.member("output", line)
    }

    /// A member of the object on the line whose value is text. Names of members do not stand in the values before these, which
    /// are digests, words and paths made of letters, digits and `-_.%~/`.
    private static func member(_ name: String, _ line: String) -> String? {
        guard let start = line.firstRange(of: "\"\(name)\":\"")?.upperBound,
            let end = line[start...].firstIndex(of: "\"")
        else { return nil }
        return String(line[start..<end])
    }
}

extension Instant {
    /// A DT (PS3.5 6.2) in UTC: `20261124022821+0000`.
    var asDT: String { description.prefix(19).filter { $0.isNumber } + "+0000" }
}
