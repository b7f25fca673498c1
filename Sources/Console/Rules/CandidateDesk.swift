internal import Dispatch
internal import Gatekeeper
internal import Host
internal import Registry
internal import RuleAnalysis
internal import RuleBundle
internal import RuleLanguage
internal import Synchronization

/// The one rule set that may come into force: checked and compared beside the pages. In memory: after a restart it is uploaded again.
final class CandidateDesk: Sendable {
    private let registry: Registry
    private let settings: ConsoleSettings
    private let queue = DispatchQueue(label: "candidates")
    private let state = Mutex<(candidate: Candidate?, last: Int, isActivating: Bool)>((nil, 0, false))

    /// Bytes of an upload.
    static let largest = 2 << 20

    init(registry: Registry, settings: ConsoleSettings) {
        self.registry = registry
        self.settings = settings
    }

    var candidate: Candidate? { state.withLock { $0.candidate } }

    func discard() { state.withLock { $0.candidate = nil } }

    /// Takes a candidate in the place of the one before, and begins to check it.
    ///
    /// - Parameter active: what is in force.
    func upload(_ text: String, by person: Person, active: RuleSet?, at time: Instant) throws {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.largest else { throw ConsoleProblem.invalid("The rule set is larger than 2 MiB.") }
        var bundle: RuleBundle?
        if text.hasPrefix("cordon rule bundle") {
            do throws(BundleError) { bundle = try RuleBundle(bytes: bytes) } catch {
                throw ConsoleProblem.invalid(ConsoleResponder.sentence(error.message))
            }
        } else if settings.rules == nil || active?.sources.isEmpty ?? true || settings.requireSigned != nil {
            throw ConsoleProblem.invalid(
                "This site takes bundles: `cordon bundle make` makes one file of a rule set with all that it includes.")
        }
        let number = state.withLock { state -> Int in
            state.last += 1
            state.candidate = Candidate(
                number: state.last, person: person, time: time, size: bytes.count, text: bundle == nil ? text : "",
                bundle: bundle)
            return state.last
        }
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
        let replay = try? DecisionReplay(registry, ruleSet, at: time)
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

    private func signers(of bundle: RuleBundle) -> Result<[String], Candidate.Unsigned>? {
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

    private func change(_ number: Int, _ body: (inout Candidate) -> Void) {
        state.withLock { state in
            guard var candidate = state.candidate, candidate.number == number else { return }
            body(&candidate)
            state.candidate = candidate
        }
    }

    // MARK: - Into force

    /// The first of two.
    func propose(_ number: Int, _ wish: Candidate.Proposal) throws(ConsoleProblem) {
        let isDone = state.withLock { state -> Bool in
            guard let candidate = state.candidate, candidate.number == number, candidate.state == .compared,
                case .success? = candidate.signers, candidate.proposal == nil
            else { return false }
            state.candidate?.proposal = wish
            return true
        }
        guard isDone else {
            throw .invalid("It is not signed, not compared yet, proposed already, or another one by now. Look again.")
        }
    }

    /// Of what could not be recorded.
    func withdrawProposal(_ number: Int) { change(number) { $0.proposal = nil } }

    /// Puts the bundle where rules are read, having looked at all of it again.
    ///
    /// - Returns: what decides from now on.
    func activate(_ candidate: Candidate, reason: String, by person: Person, at time: Instant) throws -> RuleSet {
        try begin(candidate.number, by: person)
        defer { state.withLock { $0.isActivating = false } }
        guard let bundle = candidate.bundle, let path = settings.rules, let trust = settings.requireSigned else {
            throw ConsoleProblem.invalid("Only a signed bundle comes into force here.")
        }
        guard case .success? = signers(of: bundle) else {
            throw ConsoleProblem.invalid("It is not signed by two people whom this site trusts.")
        }
        let next = path + ".next"
        defer { try? FileSystem.remove(next) }
        do {
            try FileSystem.place(bundle.bytes, at: next, mode: 0o644, replacing: true)
        } catch {
            throw ConsoleProblem(503, "That was not done", "The console cannot write where the rules are.")
        }
        let signed = try signed(next, trust)
        let ruleSet = signed.ruleSet, revision = Int64(signed.manifest.revision)
        for earlier in try registry.activations(ofRuleSet: ruleSet.id) {
            let isSame = earlier.revision == revision && earlier.digest == ruleSet.digest
            guard earlier.revision < revision || isSame else {
                throw ConsoleProblem.invalid(
                    "A later revision of it was in force already, or the same with other files.")
            }
        }
        do {
            try FileSystem.rename(next, to: path)
        } catch {
            throw ConsoleProblem(503, "That was not done", "The console cannot write where the rules are.")
        }
        // From here on it is what whoever reads rules reads: on record at once, and older ones are refused.
        do {
            try registry.activate(
                ruleSet: ruleSet.id, revision: revision, digest: ruleSet.digest, tier: ruleSet.tier, reason: reason,
                by: person, at: time)
        } catch {
            throw ConsoleProblem(
                503, "It is in force, and that is not on record",
                "\(ConsoleResponder.problem(error).detail) Bring it into force again: then it is.")
        }
        do throws(BundleError) {
            try signed.remember()
        } catch {
            throw ConsoleProblem(
                503, "It is in force, and that is not remembered", ConsoleResponder.sentence(error.message))
        }
        // Another may have been uploaded meanwhile.
        state.withLock { if $0.candidate?.number == candidate.number { $0.candidate = nil } }
        return ruleSet
    }

    /// One at a time, for all write to one place: what is there now, as it was proposed by somebody else.
    private func begin(_ number: Int, by person: Person) throws(ConsoleProblem) {
        let isBegun = state.withLock { state -> Bool in
            guard !state.isActivating, let candidate = state.candidate, candidate.number == number,
                let proposal = candidate.proposal, !proposal.person.isSame(as: person)
            else { return false }
            state.isActivating = true
            return true
        }
        guard isBegun else {
            throw ConsoleProblem(
                409, "That was not done", "Somebody else is bringing it into force, or another one is there by now.")
        }
    }

    private func signed(_ path: String, _ trust: String) throws(ConsoleProblem) -> SignedRuleSet {
        var findings: [Finding] = []
        do throws(BundleError) {
            return try SignedRuleSet(
                path: path, trust: TrustFile(path: trust), registryLists: RegistryLists(registry), remembers: false,
                findings: &findings)
        } catch {
            throw .invalid(ConsoleResponder.sentence(error.message))
        }
    }
}
