import RuleLanguage

/// The labels of all studies of a run.
///
/// An instance has the labels of its study and of every patient that the study was seen with. A DICOMDIR has those of all
/// studies and patients that it names, too. Where an issuer is given with a patient ID here and not there, it may be the
/// same patient: the labels of the one hold for the other, uncertainly.
public struct ResolvedLabels: Sendable {
    let labels: LabelTable
    let rules: RuleTable
    let vocabulary: [String: Label]
    let tier: Int
    var evidence: Interned<[Evidence]>
    private var studies: [StudyKey: Int] = [:]
    private var patients: [PatientKey: Int] = [:]
    var studyHoldings: [Holding] = []
    var patientHoldings: [Holding] = []
    /// No study and no patient has been given anything, as in most that a gateway decides.
    var isEmpty = true
    /// The patients that each study was seen with.
    private var links: [[PatientKey]] = []
    /// Studies of which an instance does not say whose it is.
    private var anonymous: Set<Int> = []
    /// What DICOMDIRs name, by study.
    private var references: [Int: References] = [:]
    /// Issuers that were seen with a patient ID.
    private var issuers: [String: [String]] = [:]

    private struct References: Sendable {
        var studies: [Int] = []
        var patients: [PatientKey] = []
    }

    /// Everything that the book has seen, with nothing given yet.
    init(_ book: StudyBook) {
        labels = book.labels
        rules = book.rules
        vocabulary = book.vocabulary
        tier = book.tier
        evidence = book.evidence
        for key in book.groups.keys { enter(key) }
        for (key, group) in book.groups where !(group.referencedStudies.isEmpty && group.referencedPatients.isEmpty) {
            guard let study = number(of: key.study) else { continue }
            let named = group.referencedStudies.compactMap { number(of: StudyKey(uid: $0, fallback: "")) }
            references[study, default: References()].studies += named
            references[study, default: References()].patients += group.referencedPatients
        }
    }

    private mutating func enter(_ key: StudyBook.GroupKey) {
        let study = studies[key.study] ?? studyHoldings.count
        if study == studyHoldings.count {
            studies[key.study] = study
            studyHoldings.append(Holding())
            links.append([])
        }
        guard key.patient.isNamed else {
            anonymous.insert(study)
            return
        }
        if patients[key.patient] == nil {
            patients[key.patient] = patientHoldings.count
            patientHoldings.append(Holding())
            issuers[key.patient.id, default: []].append(key.patient.issuer)
        }
        if !links[study].contains(key.patient) { links[study].append(key.patient) }
    }

    var allStudies: [StudyKey: Int] { studies }
    var allPatients: [PatientKey: Int] { patients }

    /// The patients that a study was seen with.
    func patients(of study: Int) -> [PatientKey] { links[study] }

    func number(of study: StudyKey) -> Int? { studies[study.normalized] }
    func number(of patient: PatientKey) -> Int? { patients[patient] }

    /// A study or a patient.
    enum Holder: Hashable { case study(Int), patient(Int) }

    /// Everything whose labels hold for an instance; false for what holds uncertainly.
    func holders(study: Int?, patient: PatientKey? = nil) -> [Holder: Bool] {
        var found: [Holder: Bool] = [:]
        if let patient { add(patient, to: &found) }
        guard let study else { return found }
        add(study, to: &found)
        for other in references[study]?.studies ?? [] { add(other, to: &found) }
        for patient in references[study]?.patients ?? [] { add(patient, to: &found) }
        return found
    }

    /// Whether a label that lifts others is certain for an instance. What restricts holds when anybody says so; what
    /// loosens, only when a rule or the registry said it of this very study, or of every patient that the study was seen with: one
    /// patient's consent is not another's, and a code that came in with the data was written by anybody.
    func mayLift(_ label: Int, study: Int?, patient: PatientKey? = nil) -> Bool {
        let own = study.map { studyHoldings[$0].causes } ?? []
        let isOfStudy = own.contains { cause in
            (cause.kind == .studyRule || cause.kind == .studyRegistry) && cause.isCertain
                && labels(of: cause).contains { labels.closures[$0].contains(label) }
        }
        if isOfStudy { return true }
        var people = Set(study.map { links[$0] } ?? [])
        if let patient {
            guard patient.isNamed else { return false }
            people.insert(patient)
        }
        guard !people.isEmpty, study.map({ !anonymous.contains($0) }) ?? true else { return false }
        return people.allSatisfy { person in
            patients[person].map { patientHoldings[$0].labels.truth(label) == .true } ?? false
        }
    }

    private func add(_ study: Int, to found: inout [Holder: Bool]) {
        found[.study(study)] = true
        for patient in links[study] { add(patient, to: &found) }
    }

    private func add(_ patient: PatientKey, to found: inout [Holder: Bool]) {
        guard patient.isNamed else { return }
        if let number = patients[patient] { found[.patient(number)] = true }
        for issuer in issuers[patient.id] ?? [] where issuer != patient.issuer {
            guard issuer.isEmpty || patient.issuer.isEmpty else { continue }
            guard let other = patients[PatientKey(id: patient.id, issuer: issuer)] else { continue }
            if found[.patient(other)] == nil { found[.patient(other)] = false }
        }
    }
}
