import Host
import Deidentification
import DICOMCore
import DICOMEncoding
import DICOMFile
import Inputs
import Registry
import RuleEngine
import RuleLanguage

/// One input: it is read again, and its copy is written.
extension SecondPass {
    /// What failed while an output was made: the input, or the run.
    enum InputError: Error {
        case refused(Refusal)
        case run(RunError)

        init(_ error: WriteError) {
            self =
                switch error {
                case .system(let code):
                    .run(.output(SystemError(code: code, call: "write"), "a file cannot be written in OUT"))
                case .unreadable: .refused(Refusal(reason: .cannotRead))
                case .originalChanged: .refused(Refusal(reason: .changed))
                case .deflate:
                    .run(
                        RunError(.inconsistent, "what is not deflated could not be deflated; please report this"))
                }
        }
    }

    func prepare(
        _ index: Int, _ reader: InputReader, _ cache: inout VerdictCache, _ writers: Companions
    ) throws(RunError) -> Prepared {
        let key = keys[index], facts = facts[index]
        if let settled = facts.settled(key) { return Prepared(outcome: settled) }
        let input: OpenedInput
        do throws(InputReader.ReadError) {
            // A run that writes nothing reads what deciding needs, and no more.
            input = try reader.open(names[index], whole: target != nil)
        } catch {
            switch error {
            case .special: return refused(key, facts, Refusal(reason: .changed))
            case .refused(let refusal): return refused(key, facts, refusal)
            case .scratch(let error): throw .output(error, "an entry of an archive cannot be unpacked")
            }
        }
        guard input.fingerprint == facts.fingerprint else { return refused(key, facts, Refusal(reason: .changed)) }
        var prepared: Prepared
        do {
            prepared = try prepare(input, index, &cache, writers)
        } catch let error as RunError {
            throw error
        } catch let error as SystemError {
            // Errors of output are `RunError` by now: this one is of the input.
            try discard(key)
            return refused(key, facts, Refusal(reason: .cannotRead, code: error.code))
        } catch InputError.refused(let refusal) {
            try discard(key)
            return refused(key, facts, refusal)
        } catch InputError.run(let error) {
            throw error
        } catch {
            throw RunError(
                .inconsistent, "an input could not be processed: an error of an unknown kind; please report this")
        }
        guard prepared.outcome.result != .refused else { return prepared }
        guard input.isUnchanged else {
            _ = try? prepared.copy?.written.value()
            try discard(key)
            return refused(key, facts, Refusal(reason: .changed))
        }
        prepared.outcome.fingerprint = keys.mark(of: input.fingerprint)
        prepared.outcome.size = input.size
        return prepared
    }

    private func refused(_ key: InputKey, _ facts: InputFacts, _ refusal: Refusal) -> Prepared {
        refused(key, facts.fingerprint.map(keys.mark) ?? "", refusal)
    }

    func refused(_ key: InputKey, _ fingerprint: String, _ refusal: Refusal) -> Prepared {
        var outcome = Outcome(key: key, result: .refused, reason: refusal)
        outcome.fingerprint = fingerprint
        return Prepared(outcome: outcome)
    }

    /// What became of an input that turned out to be none while its output was made: it goes.
    func discard(_ key: InputKey) throws(RunError) {
        guard let target else { return }
        try RunError.wrapping("a temporary file cannot be removed") {
            for ending in ["", ".reason"] {
                try FileSystem.remove("\(target.folder.temporaryFolder)/\(key.text)\(ending)")
            }
        }
    }

    private func prepare(
        _ input: OpenedInput, _ index: Int, _ cache: inout VerdictCache, _ writers: Companions
    ) throws -> Prepared {
        let key = keys[index], facts = facts[index], name = names[index]
        switch try InstanceReading(input, name: name, key: key, evaluator: evaluator, registry: registry) {
        case .unreadable(let error, _) where error.code == .unreadableFile:
            return refused(key, facts, Refusal(reason: .cannotRead))
        case .unreadable(let error, let beginning)
        where facts.kind == .unreadable && beginning.hashValue == facts.evaluation:
            var prepared = try sequester(input, key, reason: "\(error)", nil)
            prepared.outcome.basis = Self.basis(facts, nil, result: prepared.outcome.result)
            if let registry { prepared.identity = registry.seen(input.beginning()) }
            return prepared
        case .instance(let file, let evaluation)
        where facts.kind == .instance && evaluation.hashValue == facts.evaluation:
            let verdict = try cache.verdict(facts.verdict)
            let known = try cache.prepared(facts.verdict)
            var prepared = try release(file, input, index, verdict, known, writers)
            prepared.verdict = verdict
            prepared.outcome.basis = try cache.basis(facts, result: prepared.outcome.result)
            if let registry { prepared.identity = registry.seen(file) }
            return prepared
        // The input is what it was: what is known of it is not.
        default: return refused(key, facts, Refusal(reason: registry == nil ? .changed : .registryChanged))
        }
    }

    private func release(
        _ file: DICOMFile, _ input: OpenedInput, _ index: Int, _ verdict: Verdict, _ known: PreparedIdentifiers?,
        _ writers: Companions
    ) throws -> Prepared {
        let key = keys[index], facts = facts[index]
        if facts.sharesPseudonym {
            return try sequester(
                input, key, reason: "two patients of this run would have the same pseudonym; make pseudonyms longer",
                verdict)
        }
        let face =
            facts.series == SeriesNumbers.none
            ? nil : faces.indices.contains(Int(facts.series)) ? faces[Int(facts.series)] : nil
        switch gate.passage(of: file, under: verdict.decision, known: known, faces: face) {
        case .sequester(let reason): return try sequester(input, key, reason: reason, verdict)
        case .pass(let data, let name, let notes):
            var outcome = Outcome(key: key, result: Outcome.Result(verdict.decision.disposition))
            outcome.notes = notes
            guard let target else { return Prepared(outcome: outcome) }
            let temporaryPath = "\(target.folder.temporaryFolder)/\(key.text)"
            // What may turn out to be impossible, and what is read while it is written, is done before the next is read.
            let isBeside =
                input.size >= Self.leastWrittenBeside && input.isInMemory && !file.transferSyntax.isDeflated
                && data.isInMemory
            let written = writers.begin(weight: isBeside ? input.size : .max) {
                try Self.write(data, to: temporaryPath)
            }
            if !isBeside {
                do { _ = try written.value() } catch WriteError.deflate {
                    try RunError.wrapping("a temporary file cannot be removed") { try FileSystem.remove(temporaryPath) }
                    return try sequester(input, key, reason: "the data set could not be deflated", verdict)
                } catch let error as WriteError {
                    throw InputError(error)
                }
            }
            var prepared = Prepared(outcome: outcome)
            prepared.copy = Prepared.Copy(
                written: written, name: name, isContested: facts.isContested,
                original: data.isUnchanged ? nil : try input.digest())
            return prepared
        }
    }

    private static func write(_ data: EditedDataSet, to path: String) throws -> Prepared.Written {
        var copy = try RunError.wrapping("a file cannot be made in OUT") {
            try DurableFile(temporaryPath: path, mode: 0o666)
        }
        try copy.write { descriptor, observe in try data.write(to: descriptor, observe: observe) }
        return try written(copy)
    }

    private static func written(_ copy: DurableFile) throws(RunError) -> Prepared.Written {
        try RunError.wrapping("a file cannot be written in OUT") {
            let (digest, file) = try copy.finishUnflushed()
            return Prepared.Written(digest: digest, size: copy.size, file: file)
        }
    }

    /// Keeps the original, and why, under the digest of its bytes.
    private func sequester(
        _ input: OpenedInput, _ key: InputKey, reason: String?, _ verdict: Verdict?
    ) throws -> Prepared {
        var prepared = Prepared(outcome: Outcome(key: key, result: .sequester))
        prepared.outcome.reason = reason
        guard let target else { return prepared }
        let temporaryPath = "\(target.folder.temporaryFolder)/\(key.text)"
        var copy = try RunError.wrapping("a file cannot be made in OUT") {
            try DurableFile(temporaryPath: temporaryPath, mode: 0o600)
        }
        try input.forEachPiece { piece in
            try RunError.wrapping("a file cannot be written in OUT") { try copy.write(piece) }
        }
        prepared.copy = Prepared.Copy(
            written: Companions.Promise(try Self.written(copy)), name: nil, isContested: false)
        let text = JSON.object(
            JSON.object(["disposition": .string("sequester"), "reason": reason.map { .string($0) }]).members
                + (verdict?.explanation ?? [])
        ).indentedText
        prepared.reason = try RunError.wrapping("a reason cannot be written in OUT") {
            var why = try DurableFile(temporaryPath: temporaryPath + ".reason", mode: 0o600)
            try why.write(text + "\n")
            return try why.finishUnflushed().file
        }
        return prepared
    }
}
