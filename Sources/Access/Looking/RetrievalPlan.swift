import DICOMCore
import DICOMFile
import Gatekeeper
import Registry
import RuleEngine

/// What of a retrieval is given, by what the archive says it has and what may be seen of it.
struct RetrievalPlan {
    /// In the order of the archive.
    private(set) var references: [InstanceReference] = []
    private(set) var verdicts: [String: Verdict] = [:]

    /// - Parameter asksByNewNames: whether who asks is shown studies by new names: by the archive's own, those are not there.
    init(
        _ core: AccessCore, _ retrieval: Retrieval, asksByNewNames: Bool, _ session: Session,
        _ leave: borrowing ArchiveLeave
    ) async throws {
        let names = AskedNames(core, retrieval, session, isStrict: asksByNewNames)
        let ask = ArchiveLeave()
        var studies = names.studies.originals
        let series = names.series.originals
        let instances = names.instances.originals
        switch retrieval.level {
        case .patient:
            guard let id = retrieval.patientID, !id.isEmpty else {
                throw AccessError(.invalid, "a retrieval of a patient names no Patient ID (0010,0020)")
            }
            let original = names.patients.originals.first ?? id
            studies = []
            try await core.archive.find(.study, core.studyKeys.settingText(.patientID, original), leave: leave) {
                answer in
                guard let study = answer.text(.studyInstanceUID), answer.text(.patientID) == original else {
                    return true
                }
                let verdict = try await session.verdict(of: study, answer, asking: ask)
                // A masked study names nobody, and is not found by whom it is about.
                guard verdict.disclosure == .visible || verdict.disclosure == .deidentified,
                    try names.mayName(original, .patientID, verdict)
                else { return true }
                guard studies.count < core.policy.mostInstances else { throw Self.tooMany(core) }
                studies.append(study)
                return true
            }
        case .study:
            guard !studies.isEmpty else {
                throw AccessError(.invalid, "a retrieval of studies names no Study Instance UID (0020,000D)")
            }
        case .series:
            guard !series.isEmpty else {
                throw AccessError(.invalid, "a retrieval of series names no Series Instance UID (0020,000E)")
            }
        case .instance:
            guard !instances.isEmpty else {
                throw AccessError(.invalid, "a retrieval of instances names no SOP Instance UID (0008,0018)")
            }
        }
        var keys = Identifier()
        for tag in [Tag.studyInstanceUID, .seriesInstanceUID, .sopInstanceUID, .sopClassUID] { keys.ask(for: tag) }
        if retrieval.level == .series || retrieval.level == .instance, !series.isEmpty {
            keys.set(.seriesInstanceUID, series.joined(separator: "\\"))
        }
        if retrieval.level == .instance { keys.set(.sopInstanceUID, instances.joined(separator: "\\")) }
        var references: [InstanceReference] = []
        var verdicts: [String: Verdict] = [:]
        // Without a study the archive is asked over all of them, as relational archives can be (PS3.4 C.4.2.2.2).
        let asked: [String?] = studies.isEmpty && retrieval.level != .patient ? [nil] : Self.distinct(studies)
        for study in asked {
            var own = keys
            if let study {
                own.set(.studyInstanceUID, try session.isWithheldAnyhow(study) ? Search.nobodys : study)
            }
            try await core.archive.find(.instance, own, leave: leave) { answer in
                guard let uid = answer.text(.sopInstanceUID), let of = answer.text(.studyInstanceUID) ?? study else {
                    return true
                }
                let verdict: Verdict
                if let known = verdicts[of] {
                    verdict = known
                } else {
                    verdict = try await session.verdict(of: of, asking: ask)
                    verdicts[of] = verdict
                }
                // What is withheld counts for nothing, and is not kept.
                guard verdict.shows(uid), try names.areOf(of, answer, verdict) else {
                    session.withheld += 1
                    return true
                }
                guard references.count < core.policy.mostInstances else { throw Self.tooMany(core) }
                references.append(
                    InstanceReference(
                        study: of, series: answer.text(.seriesInstanceUID) ?? series.first ?? "", instance: uid,
                        sopClass: answer.text(.sopClassUID)))
                return true
            }
        }
        // The same instance twice is one.
        var seen: Set<String> = []
        self.references = references.filter { seen.insert($0.instance).inserted }
        self.verdicts = verdicts
    }

    private static func tooMany(_ core: AccessCore) -> AccessError {
        AccessError(
            .tooMany, "more than \(core.policy.mostInstances) instances are asked for at once",
            advice: "ask for fewer")
    }

    private static func distinct(_ values: [String]) -> [String] {
        var seen: Set<String> = []
        return values.filter { seen.insert($0).inserted }
    }
}

/// By what somebody asks for instances, in their words and in the archive's.
private final class AskedNames {
    /// Of one attribute.
    struct Names {
        /// As the archive has them.
        var originals: [String] = []
        /// Those of them that were asked for by a new name that had been shown.
        var renamed: Set<String> = []
    }

    let studies: Names, series: Names, instances: Names, patients: Names
    private let core: AccessCore
    private let session: Session
    private let level: QueryLevel
    private let isStrict: Bool
    /// Whether a profile leaves a name as it is, by audience, profile and name.
    private var kept: [[String]: Bool] = [:]

    init(_ core: AccessCore, _ retrieval: Retrieval, _ session: Session, isStrict: Bool) {
        let audiences = session.clearance.audiences + session.clearance.grants.compactMap(\.audience)
        func names(_ values: [String], _ tag: Tag) -> Names {
            var names = Names()
            for value in values {
                let original = core.handles.original(of: value, tag, for: audiences)
                names.originals.append(original ?? value)
                if let original { names.renamed.insert(original) }
            }
            return names
        }
        studies = names(retrieval.studies, .studyInstanceUID)
        series = names(retrieval.series, .seriesInstanceUID)
        instances = names(retrieval.instances, .sopInstanceUID)
        patients = names(retrieval.patientID.map { $0.isEmpty ? [] : [$0] } ?? [], .patientID)
        self.core = core
        self.session = session
        level = retrieval.level
        self.isStrict = isStrict
    }

    /// Whether all that was named of an instance that the archive found is what it is shown as. One who is shown new names would else
    /// learn whose they are, from what comes back for a name of the archive.
    func areOf(_ study: String, _ answer: Identifier, _ verdict: Verdict) throws(AccessError) -> Bool {
        // Below the patient level a Patient ID is no key of the archive's: whose a study is is asked of the study.
        if level != .patient, !patients.originals.isEmpty {
            var ids: [String] = []
            for id in patients.originals where try mayName(id, .patientID, verdict) { ids.append(id) }
            guard !ids.isEmpty, verdict.isOf(ids) else { return false }
        }
        if level != .patient, !studies.originals.isEmpty {
            guard try mayName(study, .studyInstanceUID, verdict) else { return false }
        }
        if level == .series || level == .instance, !series.originals.isEmpty {
            let own = answer.text(.seriesInstanceUID) ?? (series.originals.count == 1 ? series.originals.first : nil)
            guard let own, try mayName(own, .seriesInstanceUID, verdict) else { return false }
        }
        if level == .instance {
            guard let own = answer.text(.sopInstanceUID), try mayName(own, .sopInstanceUID, verdict) else {
                return false
            }
        }
        return true
    }

    /// Whether a name of the archive may be asked for: what is shown otherwise, only by what it is shown as.
    func mayName(_ name: String, _ tag: Tag, _ verdict: Verdict) throws(AccessError) -> Bool {
        guard isStrict, verdict.disclosure == .deidentified else { return true }
        let names =
            switch tag {
            case .patientID: patients
            case .studyInstanceUID: studies
            case .seriesInstanceUID: series
            default: instances
            }
        if names.renamed.contains(name) { return true }
        guard let audience = verdict.audience, let decision = verdict.decision else { return false }
        let key = [audience, decision.profile ?? "", "\(tag)", name]
        if let known = kept[key] { return known }
        var whole = Identifier()
        for (standIn, text) in Showing.standIns { whole.set(standIn, text) }
        whole.set(.studyInstanceUID, "2.25.3")
        let file = try whole.settingText(tag, name).file()
        var isKept = false
        if case .pass(_, let made, _) = try core.gate(for: audience, at: session.time).passage(
            of: file, under: decision)
        {
            switch tag {
            case .patientID: isKept = made.patientID == name
            case .studyInstanceUID: isKept = made.studyInstanceUID == name
            case .seriesInstanceUID: isKept = made.seriesInstanceUID == name
            default: isKept = made.sopInstanceUID == name
            }
        }
        kept[key] = isKept
        return isKept
    }
}

extension Identifier {
    /// The same with text that may be in any letters.
    func settingText(_ tag: Tag, _ text: String) -> Identifier {
        var other = self
        if !text.utf8.allSatisfy({ $0 < 0x80 }) { other.set(.specificCharacterSet, "ISO_IR 192") }
        other.set(tag, text)
        return other
    }
}

extension Session {
    /// What is shown of one instance, by its bytes and by all that is known of its study.
    func verdict(of file: DICOMFile, in study: String, _ verdict: Verdict) throws(AccessError) -> Verdict {
        // Shown as it is for a grant.
        guard var book = verdict.book else { return verdict }
        let identity = InstanceIdentity(file)
        let instance = Instance(
            digest: "", size: Int64(file.size), attributes: identity.attributes, unreadable: identity.unreadable,
            received: time, source: "archive")
        var known = try knowledge(instance)
        let ids = instance.values(.patientID)
        let issuers = instance.values(.issuerOfPatientID)
        let patients = ids.flatMap { id in
            issuers.isEmpty ? [PatientIdentity(id: id)] : issuers.map { PatientIdentity(id: id, issuer: $0) }
        }
        known.labels += try patientLabels(of: patients, besides: study)
        let evaluation = core.evaluator.evaluate(file, known: known)
        book.add(evaluation)
        let labels = book.resolve().labels(study: evaluation.study, patient: evaluation.patient)
        let audiences = verdict.audiences
        return try core.disclosure(of: [labels], for: audiences)
    }
}
