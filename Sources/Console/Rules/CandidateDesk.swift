internal import Dispatch
internal import Gatekeeper
internal import Host
internal import Registry
internal import RuleAnalysis
internal import RuleBundle
internal import RuleLanguage
internal import Synchronization

/// The one rule set that may come into force: checked and compared beside the pages. It is kept at the desk: a console that is started again
/// has it, and checks and compares it again.
final class CandidateDesk: Sendable {
    let registry: Registry
    let settings: ConsoleSettings
    let store: DeskStore
    private let queue = DispatchQueue(label: "candidates")
    let state = Mutex<(candidate: Candidate?, isActivating: Bool)>((nil, false))

    /// Bytes of an upload.
    static let largest = 2 << 20

    init(registry: Registry, settings: ConsoleSettings, store: DeskStore) {
        self.registry = registry
        self.settings = settings
        self.store = store
    }

    /// Takes up what was there when the console ended.
    ///
    /// - Parameter active: what is in force.
    func resume(active: RuleSet?, at time: Instant) throws {
        var newest: DeskStore.KeptCandidate?
        // The newest last: what was there before one that is in force is over.
        for kept in try store.candidates() { newest = try finish(kept, at: time) ? nil : kept }
        guard let kept = newest else { return }
        let bundle = Self.isBundle(kept.bytes) ? try? RuleBundle(bytes: kept.bytes) : nil
        var candidate = Candidate(
            number: kept.number, person: kept.person, time: kept.time, size: kept.bytes.count,
            text: bundle == nil ? String(decoding: kept.bytes, as: UTF8.self) : "", bundle: bundle)
        candidate.proposal = kept.proposal
        let found = candidate
        state.withLock { $0.candidate = found }
        queue.async { [self] in check(found.number, active, time) }
    }

    private static func isBundle(_ bytes: [UInt8]) -> Bool { bytes.starts(with: "cordon rule bundle".utf8) }

    var candidate: Candidate? { state.withLock { $0.candidate } }

    /// - Parameters:
    ///   - candidate: as somebody saw it; one that has taken its place stays.
    ///   - recording: writes it down; when it throws, the candidate stays.
    func discard(_ candidate: Candidate, recording: () throws -> Void) throws {
        guard !state.withLock({ $0.isActivating }) else {
            throw ConsoleProblem(409, "That was not done", "Somebody is bringing it into force.")
        }
        guard try store.discardCandidate(candidate.number, recording: recording) else {
            throw ConsoleProblem(
                409, "That was not done", "It is on its way into force. Bring it into force again: then it is there.")
        }
        state.withLock { if $0.candidate?.number == candidate.number { $0.candidate = nil } }
    }

    /// Takes a candidate in the place of the one before, and begins to check it.
    ///
    /// - Parameters:
    ///   - active: what is in force.
    ///   - recording: writes it down, given its number; when it throws, the one before stays.
    func upload(
        _ text: String, by person: Person, active: RuleSet?, at time: Instant, recording: (Int) throws -> Void
    ) throws {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.largest else { throw ConsoleProblem.invalid("The rule set is larger than 2 MiB.") }
        var bundle: RuleBundle?
        if Self.isBundle(bytes) {
            do throws(BundleError) { bundle = try RuleBundle(bytes: bytes) } catch {
                throw ConsoleProblem.invalid(ConsoleResponder.sentence(error.message))
            }
        } else if settings.rules == nil || active?.sources.isEmpty ?? true || settings.requireSigned != nil {
            throw ConsoleProblem.invalid(
                "This site takes bundles: `cordon bundle make` makes one file of a rule set with all that it includes.")
        }
        guard !state.withLock({ $0.isActivating }) else {
            throw ConsoleProblem(409, "That was not done", "Somebody is bringing another one into force. Try again.")
        }
        let number = try store.put(bytes, by: person, at: time, recording: recording)
        let taken = Candidate(
            number: number, person: person, time: time, size: bytes.count, text: bundle == nil ? text : "",
            bundle: bundle)
        // Of two at once the later one stays.
        state.withLock { if $0.candidate.map({ $0.number < number }) ?? true { $0.candidate = taken } }
        queue.async { [self] in check(number, active, time) }
    }

    private func check(_ number: Int, _ active: RuleSet?, _ time: Instant) {
        // One that another has taken the place of is not looked at, nor kept until it would be its turn.
        guard let candidate, candidate.number == number else { return }
        let bundle = candidate.bundle
        let lists = RegistryLists(registry)
        var ruleSet: RuleSet?, findings: [Finding] = []
        if let bundle {
            do throws(BundleError) {
                ruleSet = try bundle.ruleSet(registryLists: lists, findings: &findings)
            } catch {
                // Findings tell why rules do not load; what is wrong with the bundle itself is told here.
                if !findings.contains(where: { $0.severity == .error }) {
                    findings.append(
                        Finding(
                            severity: .error, code: "bundle", message: error.message,
                            location: SourceLocation(file: bundle.manifest.root, line: 1)))
                }
            }
        } else if let path = settings.rules {
            var loader = RuleSetLoader(registryLists: lists)
            loader.files = Self.files(of: active)
            (ruleSet, findings) = loader.load(text: candidate.text, path: path)
        }
        let signers = bundle.flatMap { self.signers(of: $0) }
        change(number) { candidate in
            candidate.findings = findings
            candidate.ruleSet = ruleSet
            candidate.signers = signers
            candidate.state = ruleSet == nil ? .refused : .comparing
        }
        guard let ruleSet else { return }
        let difference = active.map { RuleSetDifference(old: $0, new: ruleSet) }
        let replay = try? DecisionReplay(registry, ruleSet, decidedBy: active?.id ?? ruleSet.id, at: time)
        change(number) { candidate in
            candidate.difference = difference
            candidate.replay = replay
            candidate.state = .compared
        }
    }

    /// What somebody uploads reads the files of the rules in force, and nothing else of this machine.
    private static func files(of active: RuleSet?) -> FileSource {
        let known = Set((active?.sources ?? []).map { FilePath.simplified($0.path) })
        return FileSource { path, limit throws(FileAccess.Failure) in
            guard known.contains(FilePath.simplified(path)) else {
                throw .system("it is none of the files of the rules in force; upload a bundle that has it")
            }
            return try FileAccess.read(path, limit: limit)
        }
    }

    func signers(of bundle: RuleBundle) -> Result<[String], Candidate.Unsigned>? {
        guard let path = settings.requireSigned else { return nil }
        do throws(BundleError) {
            let names = try TrustFile(path: path).signers(of: bundle).map(\.name).sorted()
            guard names.count >= 2 else {
                return .failure(
                    Candidate.Unsigned(reason: "one signature is there, and two people sign what comes into force"))
            }
            return .success(names)
        } catch {
            return .failure(Candidate.Unsigned(reason: error.message))
        }
    }

    func change(_ number: Int, _ body: (inout Candidate) -> Void) {
        state.withLock { state in
            guard var candidate = state.candidate, candidate.number == number else { return }
            body(&candidate)
            state.candidate = candidate
        }
    }
}
