import Host
import DICOMFile
import Inputs
import Registry
import RuleEngine

/// A batch of inputs: what was written of them gets its names, and is written down.
extension SecondPass {
    /// Files and intents first, then names, then folders, then outcomes, each on disk before the next: whatever is interrupted,
    /// what has a name is whole, and the journal knows every file that may be in OUT and says of none that it is there before it is.
    func commit(_ prepared: [Prepared], _ target: Target) throws(RunError) {
        guard !prepared.isEmpty else { return }
        var files: [PendingFile] = []
        var outcomes: [Outcome] = []
        var decisions: [RecordedDecision] = []
        for one in prepared {
            let outcome = try finish(one, target, &files)
            outcomes.append(outcome)
            if let identity = one.identity, let digest = outcome.input {
                decisions.append(record(outcome, digest, one.verdict, identity))
            }
        }
        try place(files, target)
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

    private func place(_ files: [PendingFile], _ target: Target) throws(RunError) {
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
    }

    // MARK: One of them

    /// Waits for its copy, and gives it its path.
    private func finish(
        _ prepared: Prepared, _ target: Target, _ files: inout [PendingFile]
    ) throws(RunError) -> Outcome {
        var outcome = prepared.outcome
        let key = outcome.key
        if let copy = prepared.copy {
            let written: Prepared.Written
            do throws(InputError) { written = try self.written(copy) } catch {
                try discard(key)
                switch error {
                case .refused(let refusal): return refused(key, outcome.fingerprint, refusal).outcome
                case .run(let error): throw error
                }
            }
            try settle(&outcome, copy, written, target)
            let temporaryPath = "\(target.folder.temporaryFolder)/\(key.text)"
            if let reason = prepared.reason {
                let path = SequesteredName.reasonPath(written.digest)
                files.append(PendingFile(file: reason, temporaryPath: temporaryPath + ".reason", path: path))
            }
            if let path = outcome.path {
                files.append(PendingFile(file: written.file, temporaryPath: temporaryPath, path: path))
            }
        }
        if outcome.result != .refused, outcome.result != .ignored, let old = try target.journal.outcome(of: key) {
            outcome.withdrew = old.withdrew
            if let path = old.path, path != outcome.path {
                outcome.withdrew.append("\(old.result.rawValue):\(old.output?.hexadecimal ?? "")")
            }
        }
        return outcome
    }

    private func written(_ copy: Prepared.Copy) throws(InputError) -> Prepared.Written {
        do { return try copy.written.value() } catch let error as WriteError { throw InputError(error) } catch {
            throw .run(
                error as? RunError
                    ?? RunError(
                        .inconsistent, "a file could not be written: an error of an unknown kind; please report this"))
        }
    }

    private func settle(
        _ outcome: inout Outcome, _ copy: Prepared.Copy, _ written: Prepared.Written, _ target: Target
    ) throws(RunError) {
        let digest = written.digest
        outcome.output = digest
        outcome.outputSize = written.size
        outcome.input = copy.original ?? digest
        guard copy.original != nil || copy.name == nil || written.size == outcome.size else {
            throw RunError(
                .inconsistent, "an unchanged copy has another length than its original; please report this")
        }
        guard let name = copy.name else {
            let path = SequesteredName.path(digest)
            guard target.ledger.take(path, for: digest) else {
                throw RunError(.inconsistent, "two inputs of different bytes have one digest; please report this")
            }
            outcome.path = path
            return
        }
        var path = name.path(suffix: copy.isContested ? digest : nil)
        if !target.ledger.take(path, for: digest) {
            // Two names that the first pass could not know to be one; nothing is overwritten.
            path = name.path(suffix: digest)
            guard target.ledger.take(path, for: digest) else {
                throw RunError(.inconsistent, "two outputs of different bytes have one digest; please report this")
            }
        }
        outcome.path = path
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
}
