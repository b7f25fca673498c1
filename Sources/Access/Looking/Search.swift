import DICOMCore
import DICOMFile
import Registry

/// One query on its way: rewritten for the archive, asked, and its answers judged.
struct Search {
    private let core: AccessCore
    private let query: Query
    private let session: Session
    private let showing: Showing
    /// As the archive is asked.
    private let keys: Identifier

    init(_ core: AccessCore, _ query: Query, _ session: Session) throws(AccessError) {
        self.core = core
        self.query = query
        self.session = session
        var keys = query.keys
        for tag in Self.notAsked { keys[tag] = nil }
        // Written anew below: one that cannot be read would become a question for everything.
        for tag in Showing.names where keys.isMatched(tag) && keys.values(tag).isEmpty {
            throw AccessError(.invalid, "the key \(tag) cannot be read")
        }
        // New names that were shown become those of the archive.
        var translated: Set<Tag> = []
        for tag in Showing.names {
            let values = keys.values(tag)
            guard !values.isEmpty else { continue }
            let audiences = session.clearance.audiences + session.clearance.grants.compactMap(\.audience)
            let originals = values.map { core.handles.original(of: $0, tag, for: audiences) ?? $0 }
            guard originals != values else { continue }
            keys.set(tag, originals.joined(separator: "\\"))
            if zip(originals, values).allSatisfy({ $0 != $1 }) { translated.insert(tag) }
        }
        // A study that is withheld whatever the archive says is asked for by a UID that nobody has: the archive does the same as
        // for one that never was.
        let studies = keys.values(.studyInstanceUID)
        if keys.isMatched(.studyInstanceUID) {
            var asked: [String] = []
            for study in studies { asked.append(try session.isWithheldAnyhow(study) ? Self.nobodys : study) }
            keys.set(.studyInstanceUID, asked.joined(separator: "\\"))
        }
        keys.ask(for: .studyInstanceUID)
        // By a number that counts what is withheld, too, nobody finds anything.
        for tag in StudyContent.counts where keys.isMatched(tag) {
            keys[tag] = nil
            keys.ask(for: tag)
        }
        switch query.level {
        case .patient, .study:
            for tag in core.studyKeys.tags where keys[tag] == nil { keys[tag] = core.studyKeys[tag] }
            if query.level == .patient {
                for tag in [Tag.studyRelatedSeries, .studyRelatedInstances] { keys.ask(for: tag) }
            }
        case .series: keys.ask(for: .seriesInstanceUID)
        case .instance:
            keys.ask(for: .seriesInstanceUID)
            keys.ask(for: .sopInstanceUID)
        }
        self.keys = keys
        showing = Showing(core: core, query: query, session: session, translated: translated)
    }

    /// What only the core counts, or only the protocol says.
    private static let notAsked: [Tag] = [
        .queryRetrieveLevel, .retrieveAETitle, .retrieveURL, .patientRelatedStudies, .patientRelatedSeries,
        .patientRelatedInstances,
    ]

    /// A new UID each time (PS3.5 B.2): no study has it.
    static var nobodys: String { "2.25.\(UInt128.random(in: 1 << 100 ... UInt128.max))" }

    func run(_ leave: borrowing ArchiveLeave, each: (Identifier) async throws -> Bool) async throws {
        switch query.level {
        case .patient: try await patients(leave, each)
        case .study, .series, .instance: try await below(leave, each)
        }
    }

    /// Studies, series and instances: one answer for one of the archive's.
    private func below(_ leave: borrowing ArchiveLeave, _ each: (Identifier) async throws -> Bool) async throws {
        let ask = ArchiveLeave()
        try await core.archive.find(query.level, keys, leave: leave) { answer in
            guard let shown = try await shown(answer, ask) else {
                session.withheld += 1
                return true
            }
            return try await each(shown)
        }
    }

    private func shown(_ answer: Identifier, _ leave: borrowing ArchiveLeave) async throws -> Identifier? {
        var answer = answer
        // An archive that leaves out what was asked for by one UID means that one.
        if answer.text(.studyInstanceUID) == nil, let only = keys.text(.studyInstanceUID) {
            answer.set(.studyInstanceUID, only)
        }
        guard let study = answer.text(.studyInstanceUID) else { return nil }
        let verdict: Verdict
        if query.level == .study {
            verdict = try await session.verdict(of: study, answer, asking: leave)
        } else {
            verdict = try await session.verdict(of: study, asking: leave)
        }
        guard verdict.disclosure != .withheld else { return nil }
        // Below the study level archives do not match a Patient ID (PS3.4 C.6.1.1).
        if query.level != .study, query.keys.isMatched(.patientID), !verdict.isOf(keys.values(.patientID)) {
            return nil
        }
        if query.level == .instance {
            guard let instance = answer.text(.sopInstanceUID), verdict.shows(instance) else { return nil }
        }
        let isOfMore = query.level != .instance || StudyContent.ofMore.contains { query.keys[$0] != nil }
        if isOfMore, let content = try await session.content(of: study, verdict, at: query.level, asking: leave) {
            guard let corrected = content.corrected(answer, at: query.level, keys: query.keys) else { return nil }
            answer = corrected
        }
        for tag in StudyContent.counts where query.keys.isMatched(tag) {
            // Where the archive does not count, the key is none.
            guard let count = answer.text(tag) else { continue }
            let wanted = query.keys.values(tag)
            guard wanted.contains(where: { $0 == count || Int($0) != nil && Int($0) == Int(count) }) else { return nil }
        }
        return try showing.shown(answer, verdict)
    }

    // MARK: - Patients

    /// Patients are made of their studies: somebody of whom no study is shown is not there, and the counts are those of the
    /// studies that are shown.
    private func patients(_ leave: borrowing ArchiveLeave, _ each: (Identifier) async throws -> Bool) async throws {
        struct Person {
            var answer: Identifier
            var studies = 0
            /// Nil where the archive does not say it of each study.
            var series: Int? = 0, instances: Int? = 0
        }
        var people: [[String?]: Person] = [:]
        var order: [[String?]] = []
        let ask = ArchiveLeave()
        try await core.archive.find(.study, keys, leave: leave) { answer in
            guard let study = answer.text(.studyInstanceUID), answer.text(.patientID) != nil else { return true }
            let verdict = try await session.verdict(of: study, answer, asking: ask)
            // A masked study names nobody.
            guard verdict.disclosure == .visible || verdict.disclosure == .deidentified else {
                session.withheld += 1
                return true
            }
            var own = answer
            if let content = try await session.content(of: study, verdict, at: .study, asking: ask) {
                guard let corrected = content.corrected(answer, at: .study, keys: Identifier()) else { return true }
                own = corrected
            }
            guard let shown = try showing.patient(own, verdict) else { return true }
            let key = [shown.text(.patientID), shown.text(.issuerOfPatientID)]
            var person = people[key] ?? Person(answer: shown)
            if people[key] == nil {
                guard order.count < Self.mostPatients else {
                    throw AccessError(
                        .tooMany, "more than \(Self.mostPatients) patients match", advice: "ask for fewer")
                }
                order.append(key)
            }
            func sum(_ known: Int?, _ tag: Tag) -> Int? {
                guard let known, let more = own.text(tag).flatMap({ Int($0) }) else { return nil }
                return known.addingReportingOverflow(more).overflow ? nil : known + more
            }
            person.studies += 1
            person.series = sum(person.series, .studyRelatedSeries)
            person.instances = sum(person.instances, .studyRelatedInstances)
            people[key] = person
            return true
        }
        for key in order {
            guard let person = people[key] else { continue }
            var answer = person.answer
            let counts: [(Tag, Int?)] = [
                (.patientRelatedStudies, person.studies), (.patientRelatedSeries, person.series),
                (.patientRelatedInstances, person.instances),
            ]
            for (tag, count) in counts where query.keys[tag] != nil {
                if let count { answer.set(tag, String(count)) }
            }
            guard try await each(answer) else { return }
        }
    }

    private static let mostPatients = 100_000
}

extension Showing {
    /// A study's answer as one about its patient.
    func patient(_ answer: Identifier, _ verdict: Verdict) throws(AccessError) -> Identifier? {
        guard var shown = try shown(answer, verdict) else { return nil }
        for tag in shown.tags where tag.group != 0x0010 && tag != .specificCharacterSet { shown[tag] = nil }
        // By what people are told apart, asked for or not.
        if verdict.disclosure == .visible {
            for tag in [Tag.patientID, .issuerOfPatientID] where shown[tag] == nil { shown[tag] = answer[tag] }
        }
        return shown
    }
}
