import Host
import Deidentification
import DICOMCore
import DICOMEncoding
import DICOMFile
import Inputs
import PixelCleaning
import RuleEngine
import Synchronization

/// Reads the headers of all inputs and joins what the rules took from them, before anything is decided: one instance can
/// raise its whole study.
struct FirstPass: Sendable {
    struct Result: Sendable {
        var facts: [InputFacts]
        var verdicts: Verdicts
        var people = People()
        var series = SeriesNumbers()
        /// By number of series; nil where nobody looked for faces.
        var faces: [FaceFinding?] = []
        /// By number in `verdicts`.
        var modalities: [UInt32: Set<String>]
        /// Inputs that an earlier run recorded and that have other bytes now.
        var changedCount: Int
        /// Inputs that an earlier run read and that cannot be read now.
        var lostCount = 0
    }

    let names: InputNames
    let keys: InputKeys
    let evaluator: Evaluator
    var registry: (any RegistryAccess)?
    let gate: Gate
    /// Of an earlier run in the same folder.
    let journal: Journal?
    let scratch: String
    /// Whether anything may be de-identified, so that it counts who is who.
    var readsPeople = false
    /// Whether a second pass makes files of what this one reads: then it counts which name each of them would have, and what
    /// changes in between is found out there.
    var isFollowed = true

    /// What is asked of a data set, where that is known: what cleans it or tells a registry of it may ask for anything.
    private var selection: ElementSelection {
        if gate.deidentifies || registry != nil { return .everything }
        return evaluator.selection.union(
            ElementSelection([.patientID, .studyInstanceUID, .seriesInstanceUID, .sopInstanceUID, .modality]))
    }

    private struct State {
        var result: Result
        var book: StudyBook
        var error: RunError?
        /// What was added last, and how it counted: instances of a study mostly come together and say the same.
        var last: Last?
    }

    private struct Last {
        var evaluation: Evaluation
        var hash: Int
        var verdict: UInt32
        var modality: String?
    }

    /// - Parameter progress: told of each input that is done.
    func run(jobs: Int, book: StudyBook, progress: Progress) throws(RunError) -> Result {
        let state = Mutex(
            State(
                result: Result(
                    facts: Array(repeating: InputFacts(), count: names.count), verdicts: Verdicts(), modalities: [:],
                    changedCount: 0),
                book: book))
        let chunks = Workers.Chunks(count: names.count, size: 16)
        let shared = Shared(state: state), selection = self.selection
        Workers.run(jobs, tick: { progress.show() }) { _ in
            let reader = InputReader(scratch: scratch)
            while let chunk = chunks.take() {
                for index in chunk {
                    if StopSignal.number != nil || shared.hasFailed { return }
                    do throws(RunError) {
                        try look(at: index, reader, selection, shared)
                    } catch {
                        shared.fail(error)
                    }
                    progress.advance()
                }
            }
        }
        return try shared.finish()
    }

    /// State that all threads add to; adding in any order gives the same.
    private final class Shared: Sendable {
        private let state: Mutex<State>

        init(state: consuming Mutex<State>) { self.state = state }

        var hasFailed: Bool { state.withLock { $0.error != nil } }
        func fail(_ error: RunError) { state.withLock { $0.error = $0.error ?? error } }

        func add(_ facts: InputFacts, at index: Int) { state.withLock { $0.result.facts[index] = facts } }
        func countChanged() { state.withLock { $0.result.changedCount += 1 } }
        func countLost() { state.withLock { $0.result.lostCount += 1 } }

        /// An instance that is not passed on, whatever is decided.
        func add(_ facts: InputFacts, at index: Int, beginning: Evaluation?) {
            state.withLock { state in
                if let beginning { state.book.add(beginning) }
                state.result.facts[index] = facts
            }
        }

        func add(
            _ facts: InputFacts, at index: Int, _ evaluation: Evaluation, modality: String?, _ people: InstancePeople?,
            known: [String: PatientIdentifiers], series: String?
        ) {
            state.withLock { state in
                var facts = facts
                if let last = state.last, last.evaluation == evaluation {
                    // Adding it again would change nothing.
                    facts.verdict = last.verdict
                    facts.evaluation = last.hash
                } else {
                    state.book.add(evaluation)
                    let group = Verdicts.Group(study: evaluation.study, patient: evaluation.patient)
                    facts.verdict = state.result.verdicts.number(of: group)
                    facts.evaluation = evaluation.hashValue
                    state.last = Last(
                        evaluation: evaluation, hash: facts.evaluation, verdict: facts.verdict, modality: nil)
                }
                if let people { facts.people = state.result.people.number(of: people) }
                if let series { facts.series = state.result.series.number(of: series) }
                state.result.verdicts.add(known, to: facts.verdict)
                if let modality, state.last?.modality != modality {
                    state.result.modalities[facts.verdict, default: []].insert(modality)
                    state.last?.modality = modality
                }
                state.result.facts[index] = facts
            }
        }

        func finish() throws(RunError) -> Result {
            let (result, error) = state.withLock { state in
                state.result.verdicts.resolve(state.book)
                return (state.result, state.error)
            }
            if let error { throw error }
            return result
        }
    }

    private func look(
        at index: Int, _ reader: InputReader, _ selection: ElementSelection, _ shared: Shared
    ) throws(RunError) {
        let name = names[index]
        func key() -> InputKey { keys[index] }
        func leave(_ kind: InputFacts.Kind, _ refusal: Refusal?) throws(RunError) {
            if kind != .notDICOM, try journal?.hasRead(key()) == true { shared.countLost() }
            var facts = InputFacts()
            facts.kind = kind
            facts.refusal = refusal
            shared.add(facts, at: index)
        }
        if let refusal = names.refusal(of: index) { return try leave(.refused, refusal) }
        let input: OpenedInput
        do throws(InputReader.ReadError) {
            input = try reader.open(name, whole: false)
        } catch {
            switch error {
            case .special: return try leave(.special, nil)
            case .refused(let refusal): return try leave(.refused, refusal)
            case .scratch(let error): throw .output(error, "an entry of an archive cannot be unpacked")
            }
        }
        var facts = InputFacts()
        facts.fingerprint = input.fingerprint
        if try isChanged(input, key()) { shared.countChanged() }
        let reading = try InstanceReading(
            input, name: name, key: key(), selection: selection, evaluator: evaluator, registry: registry)
        guard isFollowed || input.isUnchanged else { return try leave(.refused, Refusal(reason: .changed)) }
        switch reading {
        case .notDICOM:
            let refusal = input.whyLeftAlone
            try leave(refusal.reason == .unnamedArchive ? .refused : .notDICOM, refusal)
        case .unreadable(let error, _) where error.code == .unreadableFile:
            // A file that the system does not give is not DICOM that is damaged.
            try leave(.refused, Refusal(reason: .cannotRead))
        case .unreadable(_, let beginning):
            facts.kind = .unreadable
            facts.evaluation = beginning.hashValue
            facts.hasUnknownStudy = beginning?.study.uid == nil
            shared.add(facts, at: index, beginning: beginning)
        case .instance(let file, let evaluation):
            facts.kind = .instance
            if isFollowed { facts.claim = Gate.ownName(of: file).claim }
            shared.add(
                facts, at: index, evaluation, modality: Modality.shown(file.text(.modality)),
                readsPeople ? InstancePeople(file) : nil, known: gate.identifiers(in: file),
                series: gate.removesFaces && FaceHeader.isOfModality(file) ? file.text(.seriesInstanceUID) ?? "" : nil)
        }
    }

    /// Whether an earlier run recorded this input with other bytes. A file that was merely touched or moved to another
    /// disk has other times and the same digest.
    private func isChanged(_ input: OpenedInput, _ key: @autoclosure () -> InputKey) throws(RunError) -> Bool {
        guard let journal else { return false }
        let key = key()
        guard let outcome = try journal.outcome(of: key), outcome.input != nil else { return false }
        if outcome.fingerprint == keys.mark(of: input.fingerprint) { return false }
        return (try? input.digest()) != outcome.input
    }
}

extension OpenedInput {
    /// Of all bytes.
    func digest() throws -> ContentDigest {
        switch content {
        case .memory(let bytes): ContentDigest(of: bytes)
        case .file(let file): try ContentDigest(of: file)
        }
    }

    /// Why a file that is no DICOM is not taken.
    var whyLeftAlone: Refusal {
        if isArchive { return Refusal(reason: .unnamedArchive) }
        return Refusal(reason: size == 0 ? .empty : size < 132 ? .short : .notDICOM)
    }

    private var isArchive: Bool {
        var start: [UInt8] = []
        switch content {
        case .memory(let bytes): start = Array(bytes.prefix(4))
        case .file(let file):
            start = [0, 0, 0, 0]
            _ = start.withUnsafeMutableBytes { bytes in try? file.read(into: bytes, at: 0) }
        }
        return ZIPArchive.isArchive(start)
    }
}
