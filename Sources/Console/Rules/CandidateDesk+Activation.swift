internal import Gatekeeper
internal import Host
internal import Registry
internal import RuleBundle
internal import RuleLanguage
internal import Synchronization

/// Into force, by two: what is meant is written down at the desk before the bundle is where rules are read, and on the custody log after it.
/// Whenever the console ends in between, the next start finds by the file which of both it was, and does the rest.
extension CandidateDesk {
    /// The first of two.
    ///
    /// - Parameter recording: writes it down; when it throws, nothing is proposed.
    func propose(
        _ number: Int, _ wish: Candidate.Proposal, recording: () throws -> Void
    ) throws {
        let isDone = state.withLock { state -> Bool in
            guard let candidate = state.candidate, candidate.number == number, candidate.state == .compared,
                case .success? = candidate.signers, candidate.proposal == nil
            else { return false }
            state.candidate?.proposal = wish
            return true
        }
        guard isDone else {
            throw ConsoleProblem.invalid(
                "It is not signed, not compared yet, proposed already, or another one by now. Look again.")
        }
        do {
            try recording()
            try store.setProposal(wish, ofCandidate: number)
        } catch {
            change(number) { $0.proposal = nil }
            throw error
        }
    }

    /// Puts the bundle where rules are read, having looked at all of it again.
    ///
    /// - Returns: what decides from now on.
    func activate(_ candidate: Candidate, reason: String, by person: Person, at time: Instant) throws -> RuleSet {
        try begin(candidate.number, by: person)
        defer { state.withLock { $0.isActivating = false } }
        // One that is in force and not on record yet is there before this takes its place.
        for earlier in try store.candidates() where earlier.number < candidate.number {
            _ = try finish(earlier, at: time)
        }
        let (signed, path) = try place(candidate, reason: reason, by: person)
        do {
            try complete(signed, number: candidate.number, reason: reason, by: person, at: time)
        } catch {
            throw ConsoleProblem(
                503, "It is in force, and that is not on record",
                "\(ConsoleResponder.problem(error).detail) Bring it into force again, or start the console again: then it is. The file is \(path.split(separator: "/").last ?? "")."
            )
        }
        // Another may have been uploaded meanwhile.
        state.withLock { if $0.candidate?.number == candidate.number { $0.candidate = nil } }
        return signed.ruleSet
    }

    /// Up to the moment from which whoever reads rules reads these.
    func place(
        _ candidate: Candidate, reason: String, by person: Person
    ) throws -> (signed: SignedRuleSet, path: String) {
        guard let bundle = candidate.bundle, let path = settings.rules, let trust = settings.requireSigned else {
            throw ConsoleProblem.invalid("Only a signed bundle comes into force here.")
        }
        guard case .success? = signers(of: bundle) else {
            throw ConsoleProblem.invalid("It is not signed by two people whom this site trusts.")
        }
        // Of its own: another console does not put another bundle there between the look at it and the rename.
        let next = "\(path).\(candidate.number).next"
        defer { try? FileSystem.remove(next) }
        do {
            try FileSystem.place(bundle.bytes, at: next, mode: 0o644, replacing: true)
        } catch {
            throw ConsoleProblem(503, "That was not done", "The console cannot write where the rules are.")
        }
        let signed = try signed(next, trust, remembers: false)
        let ruleSet = signed.ruleSet, revision = Int64(signed.manifest.revision)
        for earlier in try registry.activations(ofRuleSet: ruleSet.id) {
            let isSame = earlier.revision == revision && earlier.digest == ruleSet.digest
            guard earlier.revision < revision || isSame else {
                throw ConsoleProblem.invalid(
                    "A later revision of it was in force already, or the same with other files.")
            }
        }
        guard try store.setActivating(.init(person: person, reason: reason), ofCandidate: candidate.number) else {
            throw ConsoleProblem(409, "That was not done", "Another one is there by now, or none. Look again.")
        }
        do {
            try FileSystem.rename(next, to: path)
        } catch {
            _ = try? store.setActivating(nil, ofCandidate: candidate.number)
            throw ConsoleProblem(503, "That was not done", "The console cannot write where the rules are.")
        }
        return (signed, path)
    }

    /// What comes after: on record, older ones are refused, and the candidate is none any more. It may be done twice.
    private func complete(
        _ signed: SignedRuleSet, number: Int, reason: String, by person: Person, at time: Instant
    ) throws {
        // Else a power cut could bring the file of before back, which is refused once this one is remembered.
        if let path = settings.rules { try FileSystem.flushFolder(PathBytes(path).folder.text) }
        let ruleSet = signed.ruleSet, revision = Int64(signed.manifest.revision)
        let last = try registry.activations(ofRuleSet: ruleSet.id).last
        if last?.revision != revision || last?.digest != ruleSet.digest {
            try registry.activate(
                ruleSet: ruleSet.id, revision: revision, digest: ruleSet.digest, tier: ruleSet.tier, reason: reason,
                by: person, at: time)
        }
        do throws(BundleError) {
            try signed.remember()
        } catch {
            throw ConsoleProblem(503, "That is not remembered", ConsoleResponder.sentence(error.message))
        }
        try store.removeCandidates(upTo: number)
    }

    /// What the console was doing when it ended: brings it to its end where the bundle is in its place, and takes it back where it is not.
    ///
    /// - Returns: whether the candidate is in force.
    func finish(_ kept: DeskStore.KeptCandidate, at time: Instant) throws -> Bool {
        guard let activation = kept.activation else { return false }
        guard let path = settings.rules, let trust = settings.requireSigned,
            let bytes = try? FileSystem.contents(path), bytes == kept.bytes
        else {
            try store.setActivating(nil, ofCandidate: kept.number)
            return false
        }
        let signed = try signed(path, trust, remembers: false)
        try complete(signed, number: kept.number, reason: activation.reason, by: activation.person, at: time)
        return true
    }

    /// One at a time, for all write to one place: what is there now, as it was proposed by somebody else.
    private func begin(_ number: Int, by person: Person) throws {
        let proposer = candidate?.proposal?.person
        let isOther = try proposer.map { try !registry.isOne($0, person) } ?? false
        let isBegun = state.withLock { state -> Bool in
            guard isOther, !state.isActivating, let candidate = state.candidate, candidate.number == number,
                candidate.proposal?.person == proposer
            else { return false }
            state.isActivating = true
            return true
        }
        guard isBegun else {
            throw ConsoleProblem(
                409, "That was not done", "Somebody else is bringing it into force, or another one is there by now.")
        }
    }

    private func signed(_ path: String, _ trust: String, remembers: Bool) throws(ConsoleProblem) -> SignedRuleSet {
        var findings: [Finding] = []
        do throws(BundleError) {
            return try SignedRuleSet(
                path: path, trust: TrustFile(path: trust), registryLists: RegistryLists(registry), remembers: remembers,
                findings: &findings)
        } catch {
            throw .invalid(ConsoleResponder.sentence(error.message))
        }
    }
}
