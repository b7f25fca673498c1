internal import Access
internal import Deidentification
internal import DICOMCore
internal import DICOMEncoding
internal import DICOMFile
internal import Gatekeeper
internal import Host
internal import Inputs
internal import Registry
internal import RuleEngine
internal import RuleLanguage
internal import Vault

/// All instances of one study, read and joined as a run of `cordon apply` joins its inputs, with what the registry knows, and what
/// rules gave to the patient in other studies.
struct StudyReading {
    /// An instance, by its bytes.
    struct Member {
        var arrivals: [Arrival]
        /// In `verdicts`; nil for one that cannot be read to its end.
        var group: UInt32?
        var people: InstancePeople?
        /// The same instance came in another file before, by another protocol: that one is sent, and this one is not.
        var isTwin = false
        /// From whom it came, and its twins: routes ask for all of them.
        var senders: Set<String> = []

        var digest: String { arrivals.first?.digest ?? "" }
        /// Why it is passed on to nobody, whatever rules say.
        var problem: String? { arrivals.lazy.compactMap(\.problem).first }
    }

    /// An instance whose original was removed with permission, and of which something waits to leave or has left.
    struct Removed {
        var instance: Instance
        /// In `verdictsOfRemoved`.
        var group: UInt32
        /// By audience, what these rules decided last; what others did, where these decided nothing.
        var decisions: [String: DecisionEntry]

        var digest: String { instance.digest }
    }

    var members: [Member] = []
    var verdicts = Verdicts()
    private(set) var removed: [Removed] = []
    /// With what is left of those that were removed: it says what may become of their copies, and holds nothing else back.
    private(set) var verdictsOfRemoved = Verdicts()
    /// Whom the study names.
    var patients: Set<PatientKey> = []
    /// Patient IDs for which rules' labels in other studies were asked, and what there were.
    private(set) var asked: Set<String> = []
    private(set) var elsewhere: Set<PatientLabel> = []
    /// By Patient ID: other IDs of the same patient, by links of the registry.
    private(set) var aliases: [String: Set<String>] = [:]

    /// - Parameters:
    ///   - removed: those of the study whose originals were removed with permission, and of which there are copies.
    ///   - isRemoved: whether the original with a digest was removed with permission.
    /// - Throws: when an original cannot be read: what nobody can look at is not decided.
    init(
        _ arrivals: [Arrival], removed: [Arrival] = [], study: String, setup: Setup, gates: [Gate],
        access: any RegistryAccess, registry: Registry, vault: Vault, journal: GatewayJournal, scratch: String,
        isRemoved: (_ digest: String) throws -> Bool
    ) throws {
        var book = StudyBook(setup.ruleSet)
        var places: [String: Int] = [:], first: [String: Int] = [:]
        for arrival in arrivals {
            if let place = places[arrival.digest] {
                members[place].arrivals.append(arrival)
                members[first[arrival.content] ?? place].senders.insert(arrival.peer)
                continue
            }
            places[arrival.digest] = members.count
            var member = Member(arrivals: [arrival])
            // One that goes to nobody, for its sender said that it was something else, stands in nobody's way.
            if let place = first[arrival.content], members[place].problem == nil || arrival.problem != nil {
                member.isTwin = true
                members[place].senders.insert(arrival.peer)
            } else {
                first[arrival.content] = members.count
                member.senders = [arrival.peer]
            }
            switch try StoredInstance(arrival.digest, vault, scratch: scratch) {
            case .whole(let file):
                let evaluation = try evaluation(of: file, arrival, study, setup, access, registry, journal)
                book.add(evaluation)
                let number = verdicts.number(of: Verdicts.Group(study: evaluation.study, patient: evaluation.patient))
                for gate in gates { verdicts.add(gate.identifiers(in: file), to: number) }
                if gates.contains(where: \.deidentifies) { member.people = InstancePeople(file) }
                if !evaluation.patient.id.isEmpty { patients.insert(evaluation.patient) }
                member.group = number
            case .damaged(let beginning?):
                book.add(try evaluation(of: beginning, arrival, study, setup, access, registry, journal).ofBeginning)
            case .damaged(nil): break
            }
            members.append(member)
        }
        try addRelatives(of: study, gates, vault, journal, scratch, isRemoved)
        verdicts.resolve(book)
        try add(removed, to: book, study, setup, registry, journal)
    }

    /// Joins what is left of instances that were removed with what their study says now.
    private mutating func add(
        _ arrivals: [Arrival], to book: StudyBook, _ study: String, _ setup: Setup, _ registry: Registry,
        _ journal: GatewayJournal
    ) throws {
        guard !arrivals.isEmpty else { return }
        var book = book
        var seen: Set<String> = []
        for arrival in arrivals where seen.insert(arrival.digest).inserted {
            guard var instance = try registry.instance(arrival.digest)?.instance else { continue }
            // Of a patient who was forgotten the registry does not say even that.
            if instance.attributes[.studyInstanceUID] == nil, !study.hasPrefix("!") {
                instance.attributes[.studyInstanceUID] = study
            }
            if instance.attributes[.sopInstanceUID] == nil, !arrival.sop.isEmpty {
                instance.attributes[.sopInstanceUID] = arrival.sop
            }
            // Other rules may have decided it since, for an audience of the same name, with labels that mean nothing to these.
            let own = try registry.lastDecisions(ofInstances: [arrival.digest], ruleSet: setup.ruleSet.id)
            let last = try registry.lastDecisions(ofInstances: [arrival.digest], ruleSet: nil)
            var decisions: [String: DecisionEntry] = [:]
            for entry in last + own { decisions[entry.audience] = entry }
            var known = RegistryKnowledge(try registry.knowledge(of: instance, at: .now))
            known.labels += try labelsElsewhere(
                of: instance.attributes[.patientID] ?? "", instance.attributes[.issuerOfPatientID] ?? "", study,
                registry, journal)
            var evaluation = try setup.evaluator.evaluate(
                removed: instance, decidedWith: (own.isEmpty ? last : own).map(\.explanation), of: setup.ruleSet,
                known: known)
            evaluation.study.fallback = evaluation.study.uid == nil ? arrival.digest : ""
            book.add(evaluation)
            let group = Verdicts.Group(study: evaluation.study, patient: evaluation.patient)
            let number = verdictsOfRemoved.number(of: group)
            removed.append(Removed(instance: instance, group: number, decisions: decisions))
        }
        verdictsOfRemoved.resolve(book)
    }

    /// Whether rules' labels in other studies are what they were when this was read.
    func isCurrent(_ journal: GatewayJournal, study: String) throws -> Bool {
        Set(try journal.patientLabels(of: asked, exceptIn: study)) == elsewhere
    }

    private mutating func evaluation(
        of file: DICOMFile, _ arrival: Arrival, _ study: String, _ setup: Setup, _ access: any RegistryAccess,
        _ registry: Registry, _ journal: GatewayJournal
    ) throws -> Evaluation {
        var known = try access.knowledge(of: file)
        known.labels += try labelsElsewhere(
            of: file.text(.patientID) ?? "", file.text(.issuerOfPatientID) ?? "", study, registry, journal)
        var evaluation = setup.evaluator.evaluate(file, known: known)
        evaluation.study.fallback = evaluation.study.uid == nil ? arrival.digest : ""
        return evaluation
    }

    /// What rules gave to a patient in other studies, also by other identities.
    private mutating func labelsElsewhere(
        of id: String, _ issuer: String, _ study: String, _ registry: Registry, _ journal: GatewayJournal
    ) throws -> [RegistryKnowledge.Label] {
        guard !id.isEmpty else { return [] }
        let patient = PatientIdentity(id: id, issuer: issuer.isEmpty ? nil : issuer)
        let others = try registry.aliases(of: patient)
        aliases[id, default: []].formUnion(others.map(\.id))
        var found: [RegistryKnowledge.Label] = []
        // What is known by a link restricts, and lifts nothing.
        for (identity, isOwn) in [(patient, true)] + others.map({ ($0, false) }) {
            let issuer = identity.issuer ?? ""
            let labels = try journal.patientLabels(of: [identity.id], exceptIn: study)
            asked.insert(identity.id)
            elsewhere.formUnion(labels)
            for label in labels {
                let other = label.patient.issuer
                // Where an issuer is given here and not there, it may be the same patient.
                guard other == issuer || other.isEmpty || issuer.isEmpty else { continue }
                found.append(
                    RegistryKnowledge.Label(
                        name: label.label, scope: .patient, isCertain: label.isCertain && other == issuer && isOwn,
                        record: 0))
            }
        }
        return found
    }

    /// A Patient ID, and those of the same patient by links; none of an empty one.
    private func identities(of id: String) -> Set<String> {
        id.isEmpty ? [] : (aliases[id] ?? []).union([id])
    }

    /// What an instance of each other study says of the same patient, by whatever identity: text is cleaned of that, too. A name of
    /// before a marriage may stand in no other place. Where nobody cleans text, nothing is read.
    private mutating func addRelatives(
        of study: String, _ gates: [Gate], _ vault: Vault, _ journal: GatewayJournal, _ scratch: String,
        _ isRemoved: (_ digest: String) throws -> Bool
    ) throws {
        let most = 50
        let ids = patients.reduce(into: Set<String>()) { $0.formUnion(identities(of: $1.id)) }
        guard gates.contains(where: \.deidentifies), !ids.isEmpty else { return }
        for other in try journal.studies(ofPatients: ids, except: study, limit: most).prefix(most) {
            let arrival = try journal.arrivals(ofStudy: other).first {
                try $0.problem == nil && !isRemoved($0.digest)
            }
            guard let arrival else { continue }
            // What is not DICOM names nobody; what the disk does not give may, and is an error.
            guard case .whole(let file) = try StoredInstance(arrival.digest, vault, scratch: scratch) else { continue }
            let id = file.text(.patientID) ?? ""
            for number in verdicts.groups.indices
            where !id.isEmpty && identities(of: verdicts.groups[number].patient.id).contains(id) {
                for gate in gates { verdicts.add(gate.identifiers(in: file), to: UInt32(number)) }
            }
        }
    }
}
