import DICOMCore
import DICOMFile
import RuleLanguage
import TestSupport
import Testing

@testable import Access

/// Whatever somebody asks, the answer is that of an archive which holds only what they may see.
@Suite struct QueryModelTests {
    /// What an audience sees of a hospital, worked out from the rules' words and not by the core.
    static func visible(_ hospital: Hospital, to audience: String) -> [(study: Hospital.Study, isMasked: Bool)] {
        // The rule that names a patient gives the label to all of them.
        hospital.studies.compactMap { study in
            let isVIP = study.patientID.hasPrefix("V-2"), isViolence = study.description.contains("ABUSE")
            switch audience {
            case "ward": return isVIP ? nil : (study, false)
            case "mixed": return isViolence ? nil : (study, isVIP)
            case "research": return isViolence ? nil : (study, true)
            default: return nil
            }
        }
    }

    /// The archive of the model: masked studies have nothing but what masked studies show.
    static func model(_ hospital: Hospital, _ audience: String) -> Hospital {
        Hospital(
            studies: visible(hospital, to: audience).compactMap { study, isMasked in
                var study = study
                guard isMasked else { return study }
                // What no profile can make safe is not shown either, and counts of nothing.
                for index in study.series.indices { study.series[index].instances.removeAll(where: \.isBurnedIn) }
                study.series.removeAll { $0.instances.isEmpty }
                guard !study.series.isEmpty else { return nil }
                study.patientID = ""
                study.issuer = ""
                study.patientName = ""
                study.date = ""
                study.description = ""
                study.accession = ""
                return study
            })
    }

    static func expected(_ model: Hospital, _ query: Query) -> [Identifier] {
        let masked = Set(model.studies.filter { $0.patientID.isEmpty }.map(\.uid))
        return MemoryArchive.answers(model, query.level, query.keys.asking(.studyInstanceUID)).map { answer in
            var answer = answer
            if masked.contains(answer.text(.studyInstanceUID) ?? ""), query.keys[.patientName] != nil {
                answer.set(.patientName, Showing.maskedName)
            }
            if query.keys[.studyInstanceUID] == nil { answer[.studyInstanceUID] = nil }
            return answer
        }.filter { query.level != .patient || $0.text(.patientID) != nil }
    }

    /// Any query: keys that match, keys that ask, wild cards, ranges, lists, those of no study at all.
    static func query(_ random: inout SeededGenerator, _ hospital: Hospital) -> Query {
        let study = random.pick(hospital.studies), series = random.pick(study.series)
        let instance = random.pick(series.instances)
        let level = random.pick([QueryLevel.patient, .study, .study, .series, .instance])
        var keys: [Tag: String] = [:]
        func maybe(_ tag: Tag, _ values: [String]) {
            if random.below(3) == 0 { keys[tag] = random.pick(values) }
        }
        let uids = [study.uid, "1.2.3.4", "", "\(study.uid)\\1.2.3.4", random.pick(hospital.studies).uid]
        maybe(.patientID, [study.patientID, "V-*", "P-?", "", "*", "X"])
        maybe(.patientName, [study.patientName, "R*", "*", "", "MASKED", "M*"])
        if level == .patient {
            keys[.patientID] = keys[.patientID] ?? ""
            keys[.issuerOfPatientID] = ""
            for element: UInt16 in [0x1200, 0x1202, 0x1204] { keys[Tag(0x0020, element)] = "" }
        } else {
            maybe(.studyInstanceUID, uids)
            maybe(.issuerOfPatientID, ["GH", ""])
        }
        if level == .study {
            maybe(Tag(0x0008, 0x0020), [study.date, "20261010-20261115", "-20261201", ""])
            maybe(Tag(0x0008, 0x1030), [study.description, "*ABUSE*", "", "CH*"])
            maybe(Tag(0x0008, 0x0050), [study.accession, "A1*", ""])
            maybe(Tag(0x0008, 0x0061), ["CT", "OT", "M*", ""])
            maybe(Tag(0x0008, 0x0062), ["", Hospital.slice])
            maybe(Tag(0x0020, 0x1206), [""])
            maybe(Tag(0x0020, 0x1208), [""])
        }
        if level == .series || level == .instance {
            maybe(.seriesInstanceUID, [series.uid, "", "1.2.3"])
            maybe(.modality, ["CT", "", "O*"])
            maybe(Tag(0x0020, 0x0011), ["1", ""])
        }
        if level == .series { maybe(Tag(0x0020, 0x1209), [""]) }
        if level == .instance {
            maybe(.sopInstanceUID, [instance.uid, "", "1.2.3"])
            maybe(.sopClassUID, ["", Hospital.slice])
        }
        return Query(level, keys)
    }

    @Test(arguments: ["ward", "mixed", "research"], 1...4 as ClosedRange<UInt64>)
    func `the answer is that of an archive with only what may be seen`(audience: String, seed: UInt64) async throws {
        let hospital = Hospital(seed: seed)
        let site = try Site(MemoryArchive(hospital))
        try site.decideAll(for: [audience])
        let core = try site.core()
        let model = Self.model(hospital, audience)
        var random = SeededGenerator(seed: seed &* 77)
        var total = 0
        for _ in 0..<25 {
            let query = Self.query(&random, hospital)
            let answers = try await core.answers(query, by: Site.asker(audience))
            let expected = Self.expected(model, query)
            #expect(Set(answers) == Set(expected), "\(query.level) \(query.keys.tags)")
            #expect(answers.count == expected.count)
            total += answers.count
        }
        #expect(total > 0)
        #expect(model.studies.count < hospital.studies.count || model.studies != hospital.studies)
    }

    @Test func `a UID that cannot be read is no question for everything`() async throws {
        let study = RetrievalTests.study(1)
        let site = try Site(MemoryArchive(Hospital(studies: [study])))
        try site.decideAll(for: ["ward"])
        let core = try site.core()
        let keys = Identifier([
            NewElement(tag: .studyInstanceUID, vr: .OB, value: .bytes(Array("1.2.3.".utf8)))
        ])
        await #expect(throws: AccessError(.invalid, "the key (0020,000D) cannot be read")) {
            _ = try await core.answers(Query(level: .study, keys: keys), by: Site.asker("ward"))
        }
        #expect(site.archive.counts.finds == 0)
    }

    @Test(arguments: ["ward", "mixed"], 1...4 as ClosedRange<UInt64>)
    func `paging is over what may be seen, and over nothing else`(audience: String, seed: UInt64) async throws {
        let hospital = Hospital(seed: seed, studies: 12)
        let site = try Site(MemoryArchive(hospital))
        try site.decideAll(for: [audience])
        let core = try site.core()
        let all = try await core.answers(Query(.study, [.studyInstanceUID: ""]), by: Site.asker(audience))
        for size in 1...4 {
            var pages: [Identifier] = []
            while true {
                var page: [Identifier] = []
                let hasMore = try await core.query(
                    Query(.study, [.studyInstanceUID: ""], limit: size, offset: pages.count), by: Site.asker(audience)
                ) {
                    page.append($0)
                    return true
                }
                pages += page
                #expect(hasMore == (pages.count < all.count))
                guard hasMore else { break }
                #expect(page.count == size)
            }
            #expect(pages == all)
        }
    }
}

extension Identifier {
    func asking(_ tag: Tag) -> Identifier {
        var other = self
        other.ask(for: tag)
        return other
    }
}
