import Host
import Glibc
import Inputs

/// What of a run is done already, and what is to be done.
struct Plan {
    private let names: InputNames
    private let keys: InputKeys
    private let journal: Journal
    private let folder: OutputFolder

    /// Refuses inputs that are fewer than they were: what they said of their studies would be forgotten.
    init(_ names: InputNames, _ keys: InputKeys, _ journal: Journal, _ folder: OutputFolder) throws(RunError) {
        self.names = names
        self.keys = keys
        self.journal = journal
        self.folder = folder
        guard !journal.isEmpty else { return }
        var present: Set<InputKey> = []
        for index in 0..<names.count { present.insert(keys[index]) }
        var gone = 0
        for key in journal.inputs(besides: present).gone where try journal.outcome(of: key)?.result != .ignored {
            gone += 1
        }
        guard gone == 0 else {
            throw RunError(
                .arguments,
                "inputs of the run that began OUT that are not given now: \(gone); give all of them, at the same "
                    + "place, or name another output folder")
        }
    }

    func count(_ result: FirstPass.Result) -> Int { result.facts.count { $0.isRecorded } }

    /// Inputs without an outcome that still holds. Those of the others go into the ledger.
    func todo(_ result: FirstPass.Result, _ gate: Gate, _ ledger: Ledger) throws(RunError) -> [Int] {
        var cache = VerdictCache(result.verdicts, gate: gate)
        var todo: [Int] = []
        for (index, facts) in result.facts.enumerated() where facts.isRecorded {
            guard let outcome = try journal.outcome(of: keys[index]),
                try holds(outcome, facts, &cache)
            else {
                todo.append(index)
                continue
            }
            if let path = outcome.path, let digest = outcome.output { _ = ledger.take(path, for: digest) }
        }
        return todo
    }

    private func holds(_ outcome: Outcome, _ facts: InputFacts, _ cache: inout VerdictCache) throws(RunError) -> Bool {
        if let settled = facts.settled(outcome.key) { return outcome == settled }
        guard let path = outcome.path else { return false }
        let verdict: Verdict? = facts.kind == .instance ? try cache.verdict(facts.verdict) : nil
        guard outcome.basis == SecondPass.basis(facts, verdict, result: outcome.result) else { return false }
        return isThere(path, outcome)
            && (outcome.result != .sequester || status(path + SequesteredName.reasonEnding) != nil)
    }

    /// Somebody may have taken the file away since, or put other bytes in its place. One that was touched after the journal
    /// said that it is there is read, and compared; when a name or a byte changed is a time that nobody can set back.
    private func isThere(_ path: String, _ outcome: Outcome) -> Bool {
        guard let status = status(path), outcome.outputSize == Int(status.st_size) else { return false }
        if Fingerprint(status).changed < journal.lastWritten { return true }
        let file = try? Descriptor(reading: PathBytes("\(folder.path)/\(path)"))
        return file.flatMap { try? ContentDigest(of: $0) } == outcome.output
    }

    /// Of a file in OUT; nil when none is there.
    private func status(_ path: String) -> stat? {
        FileSystem.status("\(folder.path)/\(path)").flatMap { FileKind(mode: $0.st_mode) == .file ? $0 : nil }
    }

    /// Writes down which inputs the run has, before the first of them is done.
    func begin(_ todo: [Int], _ facts: [InputFacts]) throws(RunError) {
        try RunError.wrapping("OUT cannot be written to") {
            // Records of an earlier run are not true while this one goes on; the journal has all that they say.
            try FileSystem.remove(folder.decisionsPath)
            try folder.prepare()
        }
        let isNew = journal.inputs(besides: []).isNew
        let new = facts.indices.lazy.filter { facts[$0].isRecorded }.map { keys[$0] }
            .filter(isNew)
        // First, so that an input is never taken for one that was read.
        var lines = todo.compactMap { facts[$0].settled(keys[$0]) }.map(JournalLine.done)
        var line: [InputKey] = []
        for key in new {
            line.append(key)
            if line.count == 256 {
                lines.append(.inputs(line))
                line = []
            }
        }
        if !line.isEmpty { lines.append(.inputs(line)) }
        try journal.append(lines)
    }
}
