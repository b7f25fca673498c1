import DICOMCore
import DICOMFile
import Registry
import RuleEngine

/// What of a retrieval is given, by what the archive says it has and what may be seen of it.
struct RetrievalPlan {
    /// In the order of the archive.
    private(set) var references: [InstanceReference] = []
    private(set) var verdicts: [String: Verdict] = [:]

    init(
        _ core: AccessCore, _ retrieval: Retrieval, _ session: Session, _ leave: borrowing ArchiveLeave
    ) async throws {
        let audiences = session.clearance.audiences + session.clearance.grants.compactMap(\.audience)
        func originals(_ values: [String], _ tag: Tag) -> [String] {
            values.map { core.handles.original(of: $0, tag, for: audiences) ?? $0 }
        }
        let ask = ArchiveLeave()
        var studies = originals(retrieval.studies, .studyInstanceUID)
        let series = originals(retrieval.series, .seriesInstanceUID)
        let instances = originals(retrieval.instances, .sopInstanceUID)
        // Below the patient level a Patient ID is no key of the archive's: whose a study is is asked of the study.
        var owners: [String] = []
        if retrieval.level != .patient, let id = retrieval.patientID, !id.isEmpty {
            owners = originals([id], .patientID)
        }
        switch retrieval.level {
        case .patient:
            guard let id = retrieval.patientID, !id.isEmpty else {
                throw AccessError(.invalid, "a retrieval of a patient names no Patient ID (0010,0020)")
            }
            let original = core.handles.original(of: id, .patientID, for: audiences) ?? id
            studies = []
            try await core.archive.find(.study, core.studyKeys.settingText(.patientID, original), leave: leave) {
                answer in
                guard let study = answer.text(.studyInstanceUID), answer.text(.patientID) == original else {
                    return true
                }
                let verdict = try await session.verdict(of: study, answer, asking: ask)
                // A masked study names nobody, and is not found by whom it is about.
                guard verdict.disclosure == .visible || verdict.disclosure == .deidentified else { return true }
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
                guard verdict.shows(uid), verdict.isOf(owners) else {
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
