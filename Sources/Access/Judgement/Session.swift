import DICOMCore
import DICOMFile
import Deidentification
import Gatekeeper
import Host
import Registry
import RuleEngine
import RuleLanguage

/// One question of one asker, at one moment. Within it a study is judged once; nothing is kept beyond it, so that no answer is
/// ever given by what was so yesterday, or for somebody else.
final class Session {
    let core: AccessCore
    let clearance: Clearance
    let time: Instant
    /// How many matches were not given.
    var withheld = 0

    /// What is shown of studies of which something is not.
    var contents: [String: StudyContent] = [:]
    /// What is known of the people of studies that are shown de-identified, and what was made of it last.
    var gathered: [PeopleOfStudies.Key: [String: PatientIdentifiers]] = [:]
    var ready: ReadyPeople?
    private var verdicts: [String: Verdict] = [:]
    private var recorded: [String: RecordedLabels] = [:]
    private var studiesOfPatient: [PatientIdentity: [(String, Bool)]] = [:]
    /// The most that is kept of each kind while a question lasts (P9).
    private static let most = 20_000

    init(_ core: AccessCore, _ clearance: Clearance, at time: Instant) {
        self.core = core
        self.clearance = clearance
        self.time = time
    }

    // MARK: - What the registry knows

    /// Holds and labels. Instances are asked for in parts, so that no look-up grows with a study.
    func knowledge(_ instance: Instance) throws(AccessError) -> RegistryKnowledge {
        let uids = instance.values(.sopInstanceUID)
        let size = 2000
        var holds: Set<RegistryKnowledge.Hold> = []
        var labels: Set<RegistryKnowledge.Label> = []
        for start in stride(from: 0, to: max(1, uids.count), by: size) {
            var part = instance
            let some = uids.dropFirst(start).prefix(size)
            part.attributes[.sopInstanceUID] = some.isEmpty ? nil : some.joined(separator: "\\")
            let known = try core.storing { try core.registry.knowledge(of: part, at: time) }
            let own = RegistryKnowledge(known)
            holds.formUnion(own.holds)
            labels.formUnion(own.labels)
        }
        return RegistryKnowledge(
            holds: holds.sorted { ($0.matter, $0.isCertain ? 0 : 1) < ($1.matter, $1.isCertain ? 0 : 1) },
            labels: labels.sorted { $0.record < $1.record })
    }

    /// Studies that name a patient; false for those that may, and for those that name them by another identity: what is known by a
    /// link restricts, and lifts nothing.
    func studies(of patient: PatientIdentity) throws(AccessError) -> [(String, Bool)] {
        if let known = studiesOfPatient[patient] { return known }
        let all = try core.storing { try core.registry.studies(ofPatientID: patient.id) }
        var own = all.compactMap { other in
            switch patient.isSame(as: other.patient) {
            case true?: (other.study, true)
            case nil: (other.study, false)
            case false?: nil as (String, Bool)?
            }
        }
        for alias in try core.storing({ try core.registry.aliases(of: patient) }) {
            let others = try core.storing { try core.registry.studies(ofPatientID: alias.id) }
            own += others.filter { alias.isSame(as: $0.patient) != false }.map { ($0.study, false) }
        }
        if studiesOfPatient.count < Self.most { studiesOfPatient[patient] = own }
        return own
    }

    func recordedLabels(of study: String) throws(AccessError) -> RecordedLabels {
        if let known = recorded[study] { return known }
        let texts = try core.storing {
            try core.registry.explanations(ofStudy: study, ruleSet: core.ruleSet.id)
        }
        let labels = RecordedLabels(texts, ruleSet: core.ruleSet)
        if recorded.count < Self.most { recorded[study] = labels }
        return labels
    }

    /// Whether grants that opened something run still, at this moment and not at the question's: a retrieval may last for longer.
    func areRunning(_ grants: [Int64]) throws(AccessError) -> Bool {
        for id in grants {
            guard let grant = try core.storing({ try core.registry.grant(id) }), grant.isRunning(at: core.clock())
            else { return false }
        }
        return true
    }

    // MARK: - Judging

    /// What is shown of a study that the archive has, by its answer at the study level.
    ///
    /// One that nobody has looked at is asked for again, by its UID alone: it may be of another patient, too, who does not match what
    /// was asked.
    func verdict(
        of uid: String, _ answer: Identifier, asking leave: borrowing ArchiveLeave
    ) async throws -> Verdict {
        if let known = verdicts[uid] { return known }
        let mayEvaluate = core.policy.unseen == .evaluate || clearance.grants.contains { $0.audience != nil }
        if mayEvaluate, try !state(of: uid, [answer]).isDecided {
            return try await verdict(of: uid, asking: leave, besides: answer)
        }
        let judged = try judge(uid, [answer])
        if verdicts.count < Self.most { verdicts[uid] = judged }
        return judged
    }

    /// What is shown of a study of which the archive has said something below the study level: it is asked for the study, once.
    ///
    /// - Parameter answer: that it gave before.
    func verdict(
        of uid: String, asking leave: borrowing ArchiveLeave, besides answer: Identifier? = nil
    ) async throws -> Verdict {
        if let known = verdicts[uid] { return known }
        var answers: [Identifier] = []
        var isOverfull = false
        try await core.archive.find(.study, core.studyKeys.setting(.studyInstanceUID, uid), leave: leave) { found in
            // Some archives say the same thing twice.
            guard found.text(.studyInstanceUID) == uid, !answers.contains(found) else { return true }
            isOverfull = answers.count >= Self.mostAnswers
            if !isOverfull { answers.append(found) }
            return !isOverfull
        }
        if let answer, !answers.contains(where: { $0.patient == answer.patient }) { answers.append(answer) }
        var judged = Verdict.withheld
        if !answers.isEmpty, !isOverfull { judged = try judge(uid, answers) }
        if verdicts.count < Self.most { verdicts[uid] = judged }
        return judged
    }

    /// Answers of an archive for one Study Instance UID. Nobody knows what a study is that has more.
    private static let mostAnswers = 20

    /// Whether a study is withheld whatever the archive says of it. The archive is then not asked for it, as it is not for one
    /// that the registry has never heard of: both are the same question about a UID that nobody has.
    func isWithheldAnyhow(_ uid: String) throws(AccessError) -> Bool {
        try judge(uid, []).disclosure == .withheld
    }

    private func judge(_ uid: String, _ answers: [Identifier]) throws(AccessError) -> Verdict {
        let state = try state(of: uid, answers)
        let grants = clearance.grants.filter { $0.covers(uid, state.patients) }
        // Where the archive was not asked yet, a grant for the patient may still open it.
        let mayBeGranted =
            answers.isEmpty && clearance.grants.contains { if case .patient = $0.scope { true } else { false } }
        if let open = grants.first(where: { $0.audience == nil }) {
            return Verdict(disclosure: .visible, patients: state.patients, grants: [open.id])
        }
        if mayBeGranted, grants.isEmpty { return Verdict(disclosure: .visible) }
        var best = try verdict(of: clearance.audiences, state, isEmergency: false, isComplete: !answers.isEmpty)
        for grant in grants {
            guard let audience = grant.audience else { continue }
            var other = try verdict(of: [audience], state, isEmergency: true, isComplete: !answers.isEmpty)
            other.grants = [grant.id]
            if other.disclosure < best.disclosure { best = other }
        }
        for person in answers.map(\.ofPerson) where !best.people.contains(person) { best.people.append(person) }
        // An answer about one of two patients can be cleaned of the other by nobody.
        if best.people.count > 1, best.disclosure == .deidentified { best.disclosure = .masked }
        best.patients = state.patients
        return best
    }

    /// The most restrictive of what audiences see.
    private func verdict(
        of audiences: [String], _ state: StudyState, isEmergency: Bool, isComplete: Bool
    ) throws(AccessError) -> Verdict {
        guard !audiences.isEmpty else { return .withheld }
        let isUnseen = !state.isDecided
        // Somebody in need is not told that nobody has looked: the rules are asked of what is known.
        let evaluates = isEmergency || core.policy.unseen == .evaluate
        guard !isUnseen || evaluates else { return .withheld }
        // Without the archive's answer nothing is known of what nobody has seen.
        if isUnseen, !isComplete { return Verdict(disclosure: .visible) }
        var verdict = try core.disclosure(of: state.labels, for: audiences)
        guard verdict.disclosure != .withheld else { return .withheld }
        verdict.book = state.book
        verdict.audiences = audiences
        verdict.decided = evaluates ? nil : state.decided
        verdict.isStated = evaluates || state.stated != nil
        verdict.isWhole = evaluates || state.stated == nil || state.stated == state.decided.count
        for audience in audiences { verdict.refused.formUnion(core.refused(state.record, audience)) }
        if !verdict.refused.isEmpty { verdict.isWhole = false }
        return verdict
    }
}

extension Grant {
    /// Whether it is about a study. A grant for an ID without an issuer is for that ID, whoever issued it: in an emergency
    /// nobody looks up issuers, and it is reviewed.
    func covers(_ study: String, _ patients: [PatientIdentity]) -> Bool {
        switch scope {
        case .study(let uid): uid == study
        case .patient(let patient):
            patients.contains { other in
                patient.isSame(as: other) ?? (patient.issuer == nil)
            }
        case .instance, .query: false
        }
    }
}
