import DICOMCore
import DICOMFile
import Host
import Registry
import RuleEngine
import RuleLanguage

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
    /// Of each whom the archive says that it is about.
    var labels: [[AssignedLabel]]
}

extension Session {
    /// All that can be said of a study without its bytes.
    ///
    /// - Parameter answers: of the archive at the study level; none when it was not asked, or does not have it. More than one where
    ///   one Study Instance UID is of several patients.
    func state(of uid: String, _ answers: [Identifier]) throws(AccessError) -> StudyState {
        let record = try core.storing { try core.registry.record(ofStudy: uid, ruleSet: core.ruleSet.id) }
        var patients = record.patients
        for own in answers.flatMap(\.patients) where !patients.contains(own) { patients.append(own) }

        var decided = Set<String>()
        for known in record.instances {
            guard let last = record.decisions[known.instance.digest]?.last, core.counts(last) else { continue }
            decided.formUnion(known.instance.values(.sopInstanceUID))
        }
        // Each patient may have their own.
        var counts: [PatientIdentity?: Int] = [:]
        for answer in answers {
            guard let count = answer.text(.studyRelatedInstances).flatMap({ Int($0) }) else { continue }
            counts[answer.patient] = max(counts[answer.patient] ?? 0, min(count, 1 << 32))
        }
        let stated = counts.isEmpty ? nil : counts.values.reduce(0, +)
        let recorded = RecordedLabels(record.explanations, ruleSet: core.ruleSet)
        let isDecided = !decided.isEmpty && (stated ?? 0) <= decided.count && !recorded.isUnreadable

        let ofPatients = try patientLabels(of: patients, besides: uid)
        let instances = record.instances.map(\.instance)
        let study = StudyKey(uid: uid, fallback: "")
        var book = core.emptyBook
        var named: [PatientKey] = []
        let said: [Identifier?] = answers.isEmpty ? [nil] : answers.map { $0 }
        for answer in said {
            let known = try knowledge(Self.joined(instances, uid, answer, isWhole: isDecided, at: time))
            let labels = known.labels + recorded.known + ofPatients
            let hasNew = !Set(labels.map(\.name)).isSubset(of: recorded.names)
            let all = RegistryKnowledge(holds: known.holds, labels: labels)
            let excerpt = Self.excerpt(instances, uid, isDecided ? answer?.ofPatient : answer)
            var evaluation = core.evaluator.evaluate(try excerpt.file(), known: all, isExcerpt: true)
            evaluation.study = study
            if isDecided { evaluation = evaluation.afterDecision(hasNewLabels: hasNew) }
            book.add(evaluation)
            named.append(evaluation.patient)
        }
        let resolved = book.resolve()
        return StudyState(
            patients: patients, record: record, decided: decided, stated: stated, isDecided: isDecided, book: book,
            labels: named.map { resolved.labels(study: study, patient: $0) })
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

    /// All whom it may be of: a Patient ID of several values, which none should have, is each of them.
    var patients: [PatientIdentity] {
        let issuers = values(.issuerOfPatientID).filter { !$0.isEmpty }
        return values(.patientID).filter { !$0.isEmpty }.flatMap { id in
            issuers.isEmpty ? [PatientIdentity(id: id)] : issuers.map { PatientIdentity(id: id, issuer: $0) }
        }
    }

    /// What it says of the patient, and nothing else.
    var ofPatient: Identifier {
        Identifier(elements.filter { [.specificCharacterSet, .patientID, .issuerOfPatientID].contains($0.tag) })
    }

    /// By what profiles find people in text that stays: Patient's Name, ID, Birth Date and Address, Other Patient IDs and Names, Birth
    /// Name, Mother's Birth Name, Accession Number, Referring Physician's Name.
    static let personal: [Tag] = [
        Tag(0x0008, 0x0050), .patientName, .patientID, .issuerOfPatientID, Tag(0x0010, 0x0030), Tag(0x0010, 0x1000),
        Tag(0x0010, 0x1001), Tag(0x0010, 0x1005), Tag(0x0010, 0x1060), Tag(0x0010, 0x1040), Tag(0x0008, 0x0090),
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
