import DICOMCore
import DICOMFile
import Host
import Registry
import RuleEngine

/// What is known of one study at one moment, for all audiences.
struct StudyState {
    /// Whom it names, by the archive and by what was seen.
    var patients: [PatientIdentity]
    var record: StudyRecord
    /// SOP Instance UIDs with a decision that counts.
    var decided: Set<String>
    /// How many instances the archive says it has.
    var stated: Int?
    /// Whether all of it was decided, as far as the archive says how much there is.
    var isDecided: Bool
    var book: StudyBook
    var labels: [AssignedLabel]
}

extension Session {
    /// All that can be said of a study without its bytes.
    ///
    /// - Parameter answer: of the archive at the study level; nil when it was not asked, or does not have it.
    func state(of uid: String, _ answer: Identifier?) throws(AccessError) -> StudyState {
        let record = try core.storing { try core.registry.record(ofStudy: uid, ruleSet: core.ruleSet.id) }
        var patients = record.patients
        if let answer, let own = answer.patient, !patients.contains(own) { patients.append(own) }

        var decided = Set<String>()
        for known in record.instances {
            guard let last = record.decisions[known.instance.digest]?.last, core.counts(last) else { continue }
            decided.formUnion(known.instance.values(.sopInstanceUID))
        }
        let stated = answer?.text(.studyRelatedInstances).flatMap { Int($0) }
        let recorded = RecordedLabels(record.explanations, ruleSet: core.ruleSet)
        let isDecided = !decided.isEmpty && (stated ?? 0) <= decided.count && !recorded.isUnreadable

        let known = try knowledge(
            Self.joined(record.instances.map(\.instance), uid, answer, isWhole: isDecided, at: time))
        var labels = known.labels + recorded.known
        labels += try patientLabels(of: patients, besides: uid)
        let hasNew = !Set(labels.map(\.name)).isSubset(of: recorded.names)
        let all = RegistryKnowledge(holds: known.holds, labels: labels)

        var book = core.emptyBook
        let excerpt = Self.excerpt(record.instances.map(\.instance), uid, isDecided ? answer?.ofPatient : answer)
        var evaluation = core.evaluator.evaluate(try excerpt.file(), known: all, isExcerpt: true)
        evaluation.study = StudyKey(uid: uid, fallback: "")
        if isDecided { evaluation = evaluation.afterDecision(hasNewLabels: hasNew) }
        book.add(evaluation)
        let patient = evaluation.patient
        return StudyState(
            patients: patients, record: record, decided: decided, stated: stated, isDecided: isDecided, book: book,
            labels: book.resolve().labels(study: evaluation.study, patient: patient))
    }

    /// What rules gave to a patient whom a study names, when they decided other studies.
    func patientLabels(of patients: [PatientIdentity], besides uid: String?) throws(AccessError) -> [RegistryKnowledge
        .Label]
    {
        var labels: Set<RegistryKnowledge.Label> = []
        for patient in patients {
            for (study, isCertain) in try studies(of: patient) where study != uid {
                labels.formUnion(try recordedLabels(of: study).ofPatient(isCertain: isCertain))
            }
        }
        return labels.sorted { ($0.name, $0.isCertain ? 0 : 1) < ($1.name, $1.isCertain ? 0 : 1) }
    }

    /// A study as one instance that has all values of its instances: what is about any of them is about the study.
    static func joined(
        _ instances: [Instance], _ uid: String, _ answer: Identifier?, isWhole: Bool, at time: Instant
    ) -> Instance {
        var attributes: [InstanceAttribute: String] = [:]
        var unreadable = instances.reduce(into: Set<InstanceAttribute>()) { $0.formUnion($1.unreadable) }
        for attribute in InstanceAttribute.allCases {
            var values = Set(instances.flatMap { $0.values(attribute) })
            if let answer { values.formUnion(answer.values(attribute.tag).filter { !$0.isEmpty }) }
            if attribute == .studyInstanceUID { values.insert(uid) }
            if !values.isEmpty { attributes[attribute] = values.sorted().joined(separator: "\\") }
            // Of what nobody has seen whole, what is not said may be anything.
            if !isWhole, values.isEmpty || attribute == .sopInstanceUID || attribute == .seriesInstanceUID {
                unreadable.insert(attribute)
            }
        }
        return Instance(
            digest: "", size: 0, attributes: attributes, unreadable: unreadable, received: time, source: "archive")
    }

    /// What can be said of a study, as a data set: the archive's answer, and what the registry has of its instances.
    static func excerpt(_ instances: [Instance], _ uid: String, _ answer: Identifier?) -> Identifier {
        var excerpt = answer ?? Identifier()
        excerpt.set(.studyInstanceUID, uid)
        guard answer == nil || !instances.isEmpty else { return excerpt }
        var own = Identifier()
        own.set(.specificCharacterSet, "ISO_IR 192")
        for attribute in InstanceAttribute.allCases {
            var values = Set(instances.flatMap { $0.values(attribute) })
            if let answer { values.formUnion(answer.values(attribute.tag).filter { !$0.isEmpty }) }
            if attribute == .studyInstanceUID { values = [uid] }
            let text = values.sorted().joined(separator: "\\")
            // The UIDs of a study's instances may be more than an element holds; then they are not said.
            if !values.isEmpty, text.utf8.count < 60_000 { own.set(attribute.tag, text) }
        }
        // Other attributes of the answer that say the same in every character set.
        for element in answer?.elements ?? [] where own[element.tag] == nil && Identifier.isPlain(element) {
            own[element.tag] = element
        }
        return own
    }
}

extension Instance {
    func values(_ attribute: InstanceAttribute) -> [String] {
        (attributes[attribute] ?? "").split(separator: "\\").map { $0.trimmingPrefix(while: { $0 == " " }) }
            .map { text in
                var text = text
                while text.last == " " || text.last == "\0" { text.removeLast() }
                return String(text)
            }
            .filter { !$0.isEmpty }
    }
}

extension Identifier {
    var patient: PatientIdentity? {
        guard let id = text(.patientID) else { return nil }
        return PatientIdentity(id: id, issuer: text(.issuerOfPatientID))
    }

    /// What it says of the patient, and nothing else.
    var ofPatient: Identifier {
        Identifier(elements.filter { [.specificCharacterSet, .patientID, .issuerOfPatientID].contains($0.tag) })
    }

    /// By what profiles find the patient in text that stays: Patient's Name, ID and Birth Date, Other Patient IDs and Names, Birth
    /// Name, Mother's Birth Name, Accession Number.
    static let personal: [Tag] = [
        Tag(0x0008, 0x0050), .patientName, .patientID, .issuerOfPatientID, Tag(0x0010, 0x0030), Tag(0x0010, 0x1000),
        Tag(0x0010, 0x1001), Tag(0x0010, 0x1005), Tag(0x0010, 0x1060),
    ]

    var ofPerson: Identifier {
        Identifier(elements.filter { $0.tag == .specificCharacterSet || Self.personal.contains($0.tag) })
    }

    /// The same with what another says of attributes that have no value here; nil where they have no character set in common.
    func completed(by other: Identifier) -> Identifier? {
        let more = Identifier(other.elements.filter { $0.tag != .specificCharacterSet && !hasValue($0.tag) })
        var whole = self
        for element in more.elements { whole[element.tag] = element }
        if more.isPlain || self[.specificCharacterSet] == other[.specificCharacterSet] { return whole }
        guard isPlain else { return nil }
        whole[.specificCharacterSet] = other[.specificCharacterSet]
        return whole
    }

    /// Whether all of it says the same in every character set.
    private var isPlain: Bool {
        elements.allSatisfy { element in
            if case .items(let items) = element.value { return items.allSatisfy { Identifier($0).isPlain } }
            return Self.isPlain(element)
        }
    }

    static func isPlain(_ element: NewElement) -> Bool {
        guard case .bytes(let bytes) = element.value else { return false }
        return !element.vr.usesSpecificCharacterSet || bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
    }
}
