import Host
import Deidentification
import DICOMCore
import DICOMEncoding
import DICOMFile
import Glibc
import Inputs
import Registry
import RuleEngine
import RuleLanguage
import Synchronization

/// Makes the bytes of each input's disposition, puts them where they belong, and writes down that it did.
struct SecondPass: Sendable {
    let names: InputNames
    let facts: [InputFacts]
    let verdicts: Verdicts
    let gate: Gate
    let keys: InputKeys
    let evaluator: Evaluator
    var registry: (any RegistryAccess)?
    /// What was found of faces, by number of series.
    var faces: [FaceFinding?] = []
    let scratch: String
    let context: RecordedDecision.Context
    /// Nil in a dry run, which writes nothing.
    let target: Target?

    /// Where results go.
    struct Target: Sendable {
        let folder: OutputFolder
        let journal: Journal
        let ledger: Ledger
    }

    /// A file that is written under a temporary name, and on its way to the disk.
    struct Pending {
        var file: Descriptor
        var temporaryPath: String
        /// Relative to OUT.
        var path: String
    }

    /// Inputs that a thread commits at once: enough that flushing files, folders and the journal costs little for each. Each has
    /// two files open until then at most, its copy and its reason, of as many as the system allows. Besides, a thread has its input,
    /// the archive that it is in, its workers and a folder open.
    static func batchSize(_ jobs: Int) -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1 }
        return max(1, min(64, ((Int(clamping: limit.rlim_cur) - 128) / max(1, jobs) - 6) / 2))
    }

    /// - Parameters:
    ///   - todo: inputs by number, in order.
    ///   - receive: gets every outcome of a dry run.
    func run(
        _ todo: [Int], jobs: Int, progress: Progress, receive: @escaping @Sendable (Int, Outcome) -> Void = { _, _ in }
    ) throws(RunError) {
        let chunks = Workers.Chunks(
            count: todo.count, size: min(Self.batchSize(jobs), max(1, todo.count / max(1, jobs * 4))))
        let failure = Failure()
        Workers.run(jobs, tick: { progress.show() }) { _ in
            let reader = InputReader(scratch: scratch)
            var cache = VerdictCache(verdicts, gate: gate)
            while let chunk = chunks.take() {
                do throws(RunError) {
                    var outcomes: [Outcome] = []
                    var files: [Pending] = []
                    var decisions: [RecordedDecision] = []
                    for index in todo[chunk] {
                        if StopSignal.number != nil || failure.hasHappened { break }
                        let outcome = try prepare(index, reader, &cache, &files, &decisions)
                        if target == nil { receive(index, outcome) }
                        outcomes.append(outcome)
                    }
                    try commit(outcomes, files, decisions)
                    for _ in outcomes { progress.advance() }
                } catch {
                    failure.set(error)
                }
                if StopSignal.number != nil || failure.hasHappened { return }
            }
        }
        try failure.check()
    }

    /// The first error of any thread ends all.
    final class Failure: Sendable {
        private let error = Mutex<RunError?>(nil)
        var hasHappened: Bool { error.withLock { $0 != nil } }
        func set(_ new: RunError) { error.withLock { $0 = $0 ?? new } }
        func check() throws(RunError) { if let error = error.withLock({ $0 }) { throw error } }
    }

    /// What an outcome depends on besides the bytes of the input.
    static func basis(_ facts: InputFacts, _ verdict: Verdict?, result: Outcome.Result) -> String {
        var parts = [facts.kind.name]
        if let verdict {
            let decision = verdict.decision
            parts += [decision.disposition.name, decision.profile ?? "", facts.isContested ? "contested" : "alone"]
            if facts.sharesPseudonym { parts.append("shared pseudonym") }
            if let known = verdict.known { parts.append(known) }
            if facts.faces != 0 { parts.append("faces \(facts.faces)") }
            if decision.carriesLabels { parts += decision.labels.map(\.label) }
            // The reason beside a sequestered original tells all of it.
            if result == .sequester { parts.append(verdict.digest) }
        }
        return String(ContentDigest(of: parts.joined(separator: "\n").utf8).hexadecimal.prefix(16))
    }

    // MARK: One input

    private func prepare(
        _ index: Int, _ reader: InputReader, _ cache: inout VerdictCache, _ files: inout [Pending],
        _ decisions: inout [RecordedDecision]
    ) throws(RunError) -> Outcome {
        let key = keys[index], facts = facts[index], name = names[index]
        if let settled = facts.settled(key) { return settled }
        func refused(_ refusal: Refusal) -> Outcome {
            var outcome = Outcome(key: key, result: .refused, reason: refusal)
            outcome.fingerprint = facts.fingerprint.map(keys.mark) ?? ""
            return outcome
        }
        let input: OpenedInput
        do throws(InputReader.ReadError) {
            // A run that writes nothing reads what deciding needs, and no more.
            input = try reader.open(name, whole: target != nil)
        } catch {
            switch error {
            case .special: return refused(Refusal(reason: .changed))
            case .refused(let refusal): return refused(refusal)
            case .scratch(let error): throw .output(error, "an entry of an archive cannot be unpacked")
            }
        }
        guard input.fingerprint == facts.fingerprint else { return refused(Refusal(reason: .changed)) }
        var outcome: Outcome
        var verdict: Verdict?
        var seen: DICOMFile?
        let count = files.count
        do {
            switch try InstanceReading(input, name: name, key: key, evaluator: evaluator, registry: registry) {
            case .unreadable(let error, _) where error.code == .unreadableFile:
                return refused(Refusal(reason: .cannotRead))
            case .unreadable(let error, let beginning)
            where facts.kind == .unreadable && beginning.hashValue == facts.evaluation:
                outcome = try sequester(input, key, reason: "\(error)", nil, &files)
                outcome.basis = Self.basis(facts, nil, result: outcome.result)
                if registry != nil { seen = input.beginning() }
            case .instance(let file, let evaluation)
            where facts.kind == .instance && evaluation.hashValue == facts.evaluation:
                let known = try cache.verdict(facts.verdict)
                verdict = known
                seen = file
                outcome = try release(
                    file, input, key, known, try cache.prepared(facts.verdict), facts, &files)
                outcome.basis = Self.basis(facts, known, result: outcome.result)
            // The input is what it was: what is known of it is not.
            default: return refused(Refusal(reason: registry == nil ? .changed : .registryChanged))
            }
        } catch let error as RunError {
            throw error
        } catch let error as SystemError {
            // Errors of output are `RunError` by now: this one is of the input.
            try discard(&files, from: count, key)
            return refused(Refusal(reason: .cannotRead, code: error.code))
        } catch InputError.refused(let refusal) {
            try discard(&files, from: count, key)
            return refused(refusal)
        } catch {
            throw RunError(
                .inconsistent, "an input could not be processed: an error of an unknown kind; please report this")
        }
        guard input.isUnchanged else {
            try discard(&files, from: count, key)
            return refused(Refusal(reason: .changed))
        }
        outcome.fingerprint = keys.mark(of: input.fingerprint)
        outcome.size = input.size
        if let old = try target?.journal.outcome(of: key) {
            outcome.withdrew = old.withdrew
            if let path = old.path, path != outcome.path {
                outcome.withdrew.append("\(old.result.rawValue):\(old.output?.hexadecimal ?? "")")
            }
        }
        if let registry, let digest = outcome.input {
            decisions.append(record(outcome, digest, verdict, registry.seen(seen)))
        }
        return outcome
    }

    private func record(
        _ outcome: Outcome, _ digest: ContentDigest, _ verdict: Verdict?, _ identity: InstanceIdentity
    ) -> RecordedDecision {
        let isDeidentified = outcome.result == .deidentify
        var explanation = verdict?.explanation ?? []
        if let reason = outcome.reason { explanation.append(JSON.Member(key: "reason", value: .string(reason))) }
        return RecordedDecision(
            digest: digest.hexadecimal, size: outcome.size, identity: identity, disposition: outcome.result.rawValue,
            profile: isDeidentified ? verdict?.decision.profile : nil,
            key: isDeidentified ? gate.keyFingerprint : nil, explanation: JSON.object(explanation).text,
            output: outcome.output?.hexadecimal, context: context)
    }

    /// The input turned out to be none while its output was made: what there is of that goes.
    private func discard(_ files: inout [Pending], from count: Int, _ key: InputKey) throws(RunError) {
        files.removeSubrange(count...)
        guard let target else { return }
        try RunError.wrapping("a temporary file cannot be removed") {
            for ending in ["", ".reason"] {
                try FileSystem.remove("\(target.folder.temporaryFolder)/\(key.text)\(ending)")
            }
        }
    }

    /// The input failed while its output was made.
    private enum InputError: Error {
        case refused(Refusal)
    }

    private func release(
        _ file: DICOMFile, _ input: OpenedInput, _ key: InputKey, _ verdict: Verdict,
        _ known: PreparedIdentifiers?, _ facts: InputFacts, _ files: inout [Pending]
    ) throws -> Outcome {
        if facts.sharesPseudonym {
            return try sequester(
                input, key, reason: "two patients of this run would have the same pseudonym; make pseudonyms longer",
                verdict, &files)
        }
        let face =
            facts.series == SeriesNumbers.none
            ? nil : faces.indices.contains(Int(facts.series)) ? faces[Int(facts.series)] : nil
        switch gate.passage(of: file, under: verdict.decision, known: known, faces: face) {
        case .sequester(let reason): return try sequester(input, key, reason: reason, verdict, &files)
        case .pass(let data, let name, let notes):
            var outcome = Outcome(key: key, result: Outcome.Result(verdict.decision.disposition))
            outcome.notes = notes
            guard let target else { return outcome }
            let temporaryPath = "\(target.folder.temporaryFolder)/\(key.text)"
            var copy = try RunError.wrapping("a file cannot be made in OUT") {
                try DurableFile(temporaryPath: temporaryPath, mode: 0o666)
            }
            do {
                try copy.write { descriptor, observe in try data.write(to: descriptor, observe: observe) }
            } catch let error as WriteError {
                switch error {
                case .system(let code):
                    throw RunError.output(SystemError(code: code, call: "write"), "a file cannot be written in OUT")
                case .unreadable: throw InputError.refused(Refusal(reason: .cannotRead))
                case .originalChanged: throw InputError.refused(Refusal(reason: .changed))
                case .deflate:
                    try RunError.wrapping("a temporary file cannot be removed") { try FileSystem.remove(temporaryPath) }
                    return try sequester(input, key, reason: "the data set could not be deflated", verdict, &files)
                }
            }
            let (digest, written) = try RunError.wrapping("a file cannot be written in OUT") {
                try copy.finishUnflushed()
            }
            outcome.output = digest
            outcome.outputSize = copy.size
            outcome.input = data.isUnchanged ? digest : try input.digest()
            guard !data.isUnchanged || copy.size == input.size else {
                throw RunError(
                    .inconsistent, "an unchanged copy has another length than its original; please report this")
            }
            var path = name.path(suffix: facts.isContested ? digest : nil)
            if !target.ledger.take(path, for: digest) {
                // Two names that the first pass could not know to be one; nothing is overwritten.
                path = name.path(suffix: digest)
                guard target.ledger.take(path, for: digest) else {
                    throw RunError(.inconsistent, "two outputs of different bytes have one digest; please report this")
                }
            }
            outcome.path = path
            files.append(Pending(file: written, temporaryPath: temporaryPath, path: path))
            return outcome
        }
    }

    /// Keeps the original, and why, under the digest of its bytes.
    private func sequester(
        _ input: OpenedInput, _ key: InputKey, reason: String?, _ verdict: Verdict?, _ files: inout [Pending]
    ) throws -> Outcome {
        var outcome = Outcome(key: key, result: .sequester)
        outcome.reason = reason
        guard let target else { return outcome }
        let temporaryPath = "\(target.folder.temporaryFolder)/\(key.text)"
        var copy = try RunError.wrapping("a file cannot be made in OUT") {
            try DurableFile(temporaryPath: temporaryPath, mode: 0o600)
        }
        try input.forEachPiece { piece in
            try RunError.wrapping("a file cannot be written in OUT") { try copy.write(piece) }
        }
        let (digest, written) = try RunError.wrapping("a file cannot be written in OUT") { try copy.finishUnflushed() }
        outcome.input = digest
        outcome.output = digest
        outcome.outputSize = copy.size
        let path = SequesteredName.path(digest)
        guard target.ledger.take(path, for: digest) else {
            throw RunError(.inconsistent, "two inputs of different bytes have one digest; please report this")
        }
        outcome.path = path
        let text = JSON.object(
            JSON.object(["disposition": .string("sequester"), "reason": reason.map { .string($0) }]).members
                + (verdict?.explanation ?? [])
        ).indentedText
        let why = try RunError.wrapping("a reason cannot be written in OUT") {
            var why = try DurableFile(temporaryPath: temporaryPath + ".reason", mode: 0o600)
            try why.write(text + "\n")
            return try why.finishUnflushed().file
        }
        files.append(
            Pending(file: why, temporaryPath: temporaryPath + ".reason", path: SequesteredName.reasonPath(digest)))
        files.append(Pending(file: written, temporaryPath: temporaryPath, path: path))
        return outcome
    }

    // MARK: A batch

    /// Files and intents first, then names, then folders, then outcomes, each on disk before the next: whatever is interrupted,
    /// what has a name is whole, and the journal knows every file that may be in OUT and says of none that it is there before it is.
    private func commit(
        _ outcomes: [Outcome], _ files: [Pending], _ decisions: [RecordedDecision]
    ) throws(RunError) {
        guard let target, !outcomes.isEmpty else { return }
        try RunError.wrapping("a file cannot be written in OUT") {
            for written in files { try written.file.flush() }
        }
        let intents = files.filter { !$0.path.hasSuffix(".reason.json") }.map { JournalLine.intent($0.path) }
        try target.journal.append(intents)
        try RunError.wrapping("files cannot be put in their places in OUT") {
            var folders: Set<String> = []
            // Of what one thread commits at once most is of one series.
            var made: Set<Substring> = []
            for file in files {
                if made.insert(file.path[..<(file.path.lastIndex(of: "/") ?? file.path.startIndex)]).inserted {
                    try target.folder.makeFolders(for: file.path)
                    folders.formUnion(OutputFolder.folders(of: file.path))
                }
                try FileSystem.rename(file.temporaryPath, to: "\(target.folder.path)/\(file.path)")
            }
            for folder in folders.sorted() { try FileSystem.flushFolder("\(target.folder.path)/\(folder)") }
        }
        // Before the journal, which says that nothing is left to do; what is recorded already is recorded once.
        if !decisions.isEmpty { try registry?.record(decisions) }
        // An outcome that is written down already is no news.
        var news: [JournalLine] = []
        for outcome in outcomes {
            if outcome.path == nil, try target.journal.outcome(of: outcome.key) == outcome { continue }
            news.append(.done(outcome))
        }
        try target.journal.append(news)
    }
}
