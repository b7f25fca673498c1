import DICOMFile
import Host
import Inputs
import Deidentification
import RuleEngine

/// What a run leaves for people and machines when all inputs have their outcome.
struct Records {
    let names: InputNames
    let result: FirstPass.Result
    let gate: Gate
    let keys: InputKeys
    let journal: Journal
    let context: DecisionRecord.Context

    /// Writes `decisions.jsonl`, the map, and the journal anew without what is of no use any more.
    ///
    /// - Returns: what they say in short, and whether any of them was not so already.
    func write(
        to folder: OutputFolder, special: Int, map: IdentifyingFile?, crosswalk: IdentifyingFile?,
        sheet: IdentifyingFile? = nil
    ) throws(RunError) -> (summary: Summary, isChanged: Bool) {
        let recorded = recordedKeys
        try verify(recorded)
        try RunError.wrapping("OUT cannot be written to") {
            try FileSystem.makeFolder(folder.temporaryFolder, mode: 0o700)
        }
        var summary = Summary()
        let lines = DecisionRecord.Lines(context)
        var isChanged = try TextFile.put(
            folder.decisionsPath, temporaryPath: "\(folder.temporaryFolder)/decisions.jsonl",
            mode: context.showsValues ? 0o600 : 0o666
        ) { sink in
            var builder = Summary.Builder(showsValues: context.showsValues)
            builder.addSpecial(special)
            for facts in result.facts { builder.count(facts) }
            try forEachRecord { _, record, facts in
                try sink.write(lines.line(of: record))
                let group = facts.kind == .instance ? result.verdicts.groups[Int(facts.verdict)] : nil
                builder.add(
                    record.outcome, record.verdict, group,
                    modalities: group == nil ? [] : result.modalities[facts.verdict] ?? [],
                    isDuplicate: record.duplicateOf != nil)
            }
            summary = builder.finish()
        }
        if let map {
            try map.put { sink in
                try sink.write(MapFile.header)
                try forEachRecord { index, record, _ in
                    try sink.write(
                        MapFile.line(
                            input: names[index].text, output: record.outcome.path, result: record.outcome.result))
                }
            }
        }
        if let crosswalk {
            let text = try crosswalkText()
            try crosswalk.put { sink in try sink.write(text) }
        }
        if let sheet { try write(sheet, folder) }
        if try journal.compact(recorded, in: folder) { isChanged = true }
        return (summary, isChanged)
    }

    /// Of all that was de-identified, now or in the run that this one goes on with.
    private func crosswalkText() throws(RunError) -> [UInt8] {
        var entries: Set<CrosswalkEntry> = []
        try RunError.wrapping("the crosswalk cannot be made") {
            try forEachRecord { _, record, facts in
                guard record.outcome.result == .deidentify, let decision = record.verdict?.decision,
                    let entry = gate.deidentifier(for: decision)?.crosswalk(of: result.people[facts.people])
                else { return }
                entries.insert(entry)
            }
        }
        return CrosswalkFile.text(of: entries)
    }

    /// Pictures of what was done to pixels, made of the inputs and outputs as they lie there.
    private func write(_ sheet: IdentifyingFile, _ folder: OutputFolder) throws(RunError) {
        var pictures = ContactSheet(showsValues: context.showsValues)
        let reader = InputReader(scratch: folder.temporaryFolder)
        try RunError.wrapping("the contact sheet cannot be made") {
            try forEachRecord { index, record, _ in
                guard record.duplicateOf == nil, ContactSheet.isMeant(record.outcome) else { return }
                let original = try? reader.open(names[index], whole: true).file()
                let output =
                    record.outcome.result == .deidentify
                    ? record.outcome.path.flatMap { try? DICOMFile(path: "\(folder.path)/\($0)") } : nil
                let isWhole = record.outcome.result == .sequester || output != nil
                pictures.add(record.number, record.outcome, original: isWhole ? original : nil, output: output)
            }
        }
        try sheet.put { sink in try pictures.write(to: &sink) }
    }

    private var recordedKeys: [InputKey] {
        result.facts.indices.filter { result.facts[$0].isRecorded }.map { keys[$0] }
    }

    /// Each input has one outcome, and no outcome is of anything else (P1).
    private func verify(_ recorded: [InputKey]) throws(RunError) {
        guard Set(recorded).count == recorded.count else {
            throw RunError(.inconsistent, "two inputs have one name; please report this")
        }
        for key in recorded where !journal.hasOutcome(of: key) {
            throw RunError(.inconsistent, "an input has no outcome; please report this")
        }
    }

    /// Outcomes that are read at once.
    private static let readAhead = 256

    /// Outcomes come out of the journal a piece ahead of who makes records of them, on a thread of their own.
    private func forEachOutcome(_ body: (Int, Outcome) throws -> Void) throws {
        let recorded = result.facts.indices.filter { result.facts[$0].isRecorded }
        let reader = Companions(1, most: 2)
        var start = 0
        func begin() -> Companions.Promise<[Outcome]> {
            let piece = recorded[start..<min(start + Self.readAhead, recorded.count)]
            start = piece.endIndex
            return reader.begin(weight: 1) { [keys, journal] in
                try piece.map { index in
                    guard let outcome = try journal.outcome(of: keys[index]) else {
                        throw RunError(.inconsistent, "an input has no outcome that can be read; please report this")
                    }
                    return outcome
                }
            }
        }
        var coming = begin()
        for pieceStart in stride(from: 0, to: recorded.count, by: Self.readAhead) {
            let outcomes = try coming.value()
            coming = begin()
            for (index, outcome) in zip(recorded[pieceStart...], outcomes) { try body(index, outcome) }
        }
    }

    private func forEachRecord(_ body: (Int, DecisionRecord, InputFacts) throws -> Void) throws {
        var cache = VerdictCache(result.verdicts, gate: gate)
        /// The first input that led to a path, by the path's hash.
        var firsts: [UInt64: Int] = [:]
        var number = 0
        try forEachOutcome { index, outcome in
            let facts = result.facts[index]
            number += 1
            var record = DecisionRecord(number: number, outcome: outcome)
            if facts.kind == .instance {
                record.verdict = try cache.verdict(facts.verdict)
                // Beside the path of what was de-identified it would say whose pseudonym that is.
                if context.showsValues, outcome.result != .deidentify {
                    record.group = result.verdicts.groups[Int(facts.verdict)]
                }
            }
            if let path = outcome.path {
                let hash = Ledger.hash(path)
                record.duplicateOf = firsts[hash]
                if firsts[hash] == nil { firsts[hash] = number }
            }
            try body(index, record, facts)
        }
    }
}
