import CustodyLog
import DICOMCore
import DICOMFile
import TestSupport
import Testing

@testable import Access
@testable import Registry

/// Every instance is judged again as it passes, and sub-operations count what may be seen.
@Suite struct RetrievalTests {
    /// A study of a plain patient with one series of three instances; the last may be refused by profiles.
    static func study(_ number: Int, patient: String = "P-1", description: String = "CHEST") -> Hospital.Study {
        let uid = "1.2.826.5.\(number)"
        return Hospital.Study(
            uid: uid, patientID: patient, issuer: "GH", patientName: "Roe^Jane", date: "20261010",
            description: description, accession: "A\(number)",
            series: [
                .init(
                    uid: uid + ".1", modality: "CT", number: 1,
                    instances: (1...3).map { .init(uid: "\(uid).1.\($0)", sopClass: Hospital.slice) })
            ])
    }

    @Test func `what is released is the archive's bytes`() async throws {
        let study = Self.study(1)
        let site = try Site(MemoryArchive(Hospital(studies: [study])))
        try site.decideAll(for: ["ward"])
        let result = try await site.core().retrieved(
            Retrieval(level: .study, studies: [study.uid]), by: Site.asker("ward"))
        #expect(result.announced == 3)
        #expect(result.instances.map(\.sopInstance) == study.instances.map(\.uid))
        for (instance, delivered) in zip(study.instances, result.instances) {
            #expect(delivered.bytes == Hospital.file(study, study.series[0], instance))
        }
    }

    @Test func `nothing is given of which it cannot be written down that it is`() async throws {
        let study = Self.study(1)
        let storage = ShutStorage()
        let site = try Site(MemoryArchive(Hospital(studies: [study])), storage: storage)
        try site.decideAll(for: ["ward"])
        storage.close()
        let core = try site.core()
        var given = 0
        var code: AccessError.Code?
        do {
            try await core.retrieve(Retrieval(level: .study, studies: [study.uid]), by: Site.asker("ward")) { _ in
            } each: { _ in
                given += 1
            }
        } catch let error as AccessError { code = error.code }
        #expect(given == 0)
        #expect(code == .storage)
        code = nil
        do {
            try await core.query(Query(.study, [.studyInstanceUID: ""]), by: Site.asker("ward")) { _ in
                given += 1
                return true
            }
        } catch let error as AccessError { code = error.code }
        #expect(given == 0)
        #expect(code == .storage)
    }

    @Test func `a study is on the log once, before the first of it is given, and again when less came`() async throws {
        let study = Self.study(1)
        func facts(_ broken: Set<String>) async throws -> (atFirst: [[String: String]], atEnd: [[String: String]]) {
            let site = try Site(MemoryArchive(Hospital(studies: [study]), broken: broken))
            try site.decideAll(for: ["ward"])
            func viewed() throws -> [[String: String]] {
                try site.registry.readLog { log in
                    try (0..<log.logSize()).map { try log.leaf(at: $0) }.filter { $0.kind == .viewed }.map { leaf in
                        Dictionary(leaf.facts.map { ($0.name, $0.value) }) { first, _ in first }
                    }
                }
            }
            var atFirst: [[String: String]] = []
            try await site.core().retrieve(
                Retrieval(level: .study, studies: [study.uid]), by: Site.asker("ward")
            ) { _ in
            } each: { next in
                if case .instance = next, atFirst.isEmpty { atFirst = try viewed() }
            }
            return (atFirst, try viewed())
        }
        let whole = try await facts([])
        #expect(whole.atFirst.map { $0["instances"] } == ["3"])
        #expect(whole.atEnd == whole.atFirst)
        let part = try await facts([study.instances[2].uid])
        #expect(part.atFirst.map { $0["instances"] } == ["3"])
        #expect(part.atEnd.map { $0["instances"] } == ["3", "2"])
        #expect(part.atEnd.last?["announced"] == "3")
    }

    @Test func `a long list is on the log when it begins, and when it has ended`() async throws {
        let studies = (1...120).map { Self.study($0) }
        let site = try Site(MemoryArchive(Hospital(studies: studies)))
        try site.decideAll(for: ["ward"])
        func queried() throws -> [String?] {
            try site.registry.readLog { log in
                try (0..<log.logSize()).map { try log.leaf(at: $0) }.filter { $0.kind == .queried }.map { leaf in
                    leaf.facts.first { $0.name == "given" }?.value
                }
            }
        }
        var atFirst: [String?] = []
        var given = 0
        try await site.core().query(Query(.study, [.studyInstanceUID: ""]), by: Site.asker("ward")) { _ in
            if given == 0 { atFirst = try queried() }
            given += 1
            return true
        }
        #expect(given == 120)
        #expect(atFirst == [nil])
        #expect(try queried() == [nil, "120"])
    }

    @Test func `a study is given with the Patient ID that it has, and with no other`() async throws {
        let study = Self.study(1)
        let site = try Site(MemoryArchive(Hospital(studies: [study, Self.study(2, patient: "P-2")])))
        try site.decideAll(for: ["ward", "research"])
        let core = try site.core()
        func count(_ id: String, _ audience: String, _ level: QueryLevel = .study) async throws -> Int {
            try await core.retrieved(
                Retrieval(
                    level: level, patientID: id, studies: [study.uid],
                    series: level == .study ? [] : [study.series[0].uid]), by: Site.asker(audience)
            ).announced
        }
        #expect(try await count("P-1", "ward") == 3)
        #expect(try await count("P-1", "ward", .series) == 3)
        #expect(try await count("P-2", "ward") == 0)
        #expect(try await count("P-2", "ward", .series) == 0)
        // Whose a masked study is is told to nobody.
        #expect(try await count("P-1", "research") == 0)
        #expect(try await count("", "research") == 3)
        func series(_ id: String) async throws -> Int {
            try await core.answers(
                Query(.series, [.studyInstanceUID: study.uid, .seriesInstanceUID: "", .patientID: id]),
                by: Site.asker("ward")
            ).count
        }
        #expect(try await series("P-1") == 1)
        #expect(try await series("P-2") == 0)
    }

    @Test func `what is withheld is no part of too many`() async throws {
        let open = Self.study(1), vip = Self.study(2, patient: "V-2")
        for studies in [[open, vip], [vip, open]] {
            let site = try Site(MemoryArchive(Hospital(studies: studies)))
            try site.decideAll(for: ["ward"])
            var policy = site.policy()
            policy.mostInstances = 3
            let result = try await site.core(policy).retrieved(
                Retrieval(level: .study, studies: [vip.uid, open.uid]), by: Site.asker("ward"))
            #expect(result.announced == 3)
            policy.mostInstances = 2
            let small = try site.core(policy)
            await #expect(throws: AccessError.self) {
                try await small.retrieved(Retrieval(level: .study, studies: [open.uid]), by: Site.asker("ward"))
            }
        }
    }

    @Test func `what is de-identified goes through the gate, and leaves no file behind`() async throws {
        let study = Self.study(1)
        let site = try Site(MemoryArchive(Hospital(studies: [study])))
        try site.decideAll(for: ["research"])
        let result = try await site.core().retrieved(
            Retrieval(level: .study, studies: [study.uid]), by: Site.asker("research"))
        #expect(result.announced == 3)
        #expect(result.instances.allSatisfy { $0.patientName == nil && $0.patientID == "ANON" })
        #expect(Fixtures.files(under: site.folder).isEmpty)
    }

    @Test func `an instance that no one could make safe is not there, in no count and at no level`() async throws {
        var study = Self.study(1)
        study.series[0].instances[2].isBurnedIn = true
        study.series.append(
            .init(
                uid: study.uid + ".2", modality: "OT", number: 2,
                instances: [.init(uid: study.uid + ".2.1", sopClass: Hospital.slice, isBurnedIn: true)]))
        let site = try Site(MemoryArchive(Hospital(studies: [study])))
        try site.decideAll(for: ["research"])
        let core = try site.core()
        let asker = Site.asker("research")
        let answers = try await core.answers(
            Query(
                .study,
                [
                    .studyInstanceUID: study.uid, Tag(0x0020, 0x1206): "", Tag(0x0020, 0x1208): "",
                    Tag(0x0008, 0x0061): "",
                ]), by: asker)
        let answer = try #require(answers.first)
        #expect(answer.text(Tag(0x0020, 0x1206)) == "1")
        #expect(answer.text(Tag(0x0020, 0x1208)) == "2")
        #expect(answer.values(Tag(0x0008, 0x0061)) == ["CT"])
        let byModality = try await core.answers(
            Query(.study, [.studyInstanceUID: "", Tag(0x0008, 0x0061): "OT"]), by: asker)
        #expect(byModality == [])
        let series = try await core.answers(
            Query(.series, [.studyInstanceUID: study.uid, .seriesInstanceUID: "", Tag(0x0020, 0x1209): ""]), by: asker)
        #expect(series.map { $0.text(.seriesInstanceUID) } == [study.series[0].uid])
        #expect(series.first?.text(Tag(0x0020, 0x1209)) == "2")
        let result = try await core.retrieved(Retrieval(level: .study, studies: [study.uid]), by: asker)
        #expect(result.announced == 2)
        #expect(result.instances.count == 2)
        #expect(result.failed == [])
    }

    /// An archive that says of each series and instance what their study has, as some do.
    private struct Talking: Archive {
        let inner: MemoryArchive

        func find(
            _ level: QueryLevel, _ keys: Identifier, leave: borrowing ArchiveLeave,
            each: (Identifier) async throws -> Bool
        ) async throws {
            let hospital = inner.hospital
            try await inner.find(level, keys, leave: leave) { answer in
                var answer = answer
                if level != .study, let study = answer.text(.studyInstanceUID).flatMap({ hospital.study($0) }) {
                    let more: [Tag: String] = [
                        Tag(0x0020, 0x1206): String(study.series.count),
                        Tag(0x0020, 0x1208): String(study.instances.count),
                        Tag(0x0008, 0x0061): Set(study.series.map(\.modality)).sorted().joined(separator: "\\"),
                    ]
                    for (tag, text) in more where keys[tag] != nil { answer.set(tag, text) }
                }
                return try await each(answer)
            }
        }

        func retrieve(
            _ instances: [InstanceReference], leave: borrowing ArchiveLeave,
            each: (RetrievedInstance) async throws -> Void
        ) async throws {
            try await inner.retrieve(instances, leave: leave, each: each)
        }
    }

    @Test func `what is withheld is in no count, whatever the level, and is found by none`() async throws {
        var study = Self.study(1)
        study.series[0].instances[2].isBurnedIn = true
        study.series.append(
            .init(
                uid: study.uid + ".2", modality: "OT", number: 2,
                instances: [.init(uid: study.uid + ".2.1", sopClass: Hospital.slice, isBurnedIn: true)]))
        let site = try Site(MemoryArchive(Hospital(studies: [study])))
        try site.decideAll(for: ["research"])
        let core = try AccessCore(
            ruleSet: site.ruleSet, policy: site.policy(), registry: site.registry,
            archive: Talking(inner: site.archive), key: Site.key, scratch: site.folder, clock: { Site.time })
        let asker = Site.asker("research")
        let instances = Tag(0x0020, 0x1208), series = Tag(0x0020, 0x1206), modalities = Tag(0x0008, 0x0061)
        for level in [QueryLevel.series, .instance] {
            let answers = try await core.answers(
                Query(
                    level,
                    [
                        .studyInstanceUID: study.uid, .seriesInstanceUID: "", instances: "", series: "",
                        modalities: "",
                    ]), by: asker)
            #expect(answers.count == (level == .series ? 1 : 2), "\(level)")
            #expect(answers.allSatisfy { $0.text(instances) == "2" && $0.text(series) == "1" }, "\(level)")
            #expect(answers.allSatisfy { $0.values(modalities) == ["CT"] }, "\(level)")
        }
        for (count, found) in [("4", 0), ("2", 1), ("3", 0)] {
            let answers = try await core.answers(
                Query(.study, [.studyInstanceUID: "", instances: count]), by: asker)
            #expect(answers.count == found, "\(count)")
        }
        for (count, found) in [("3", 0), ("2", 1)] {
            let answers = try await core.answers(
                Query(.series, [.studyInstanceUID: study.uid, Tag(0x0020, 0x1209): count]), by: asker)
            #expect(answers.count == found, "\(count)")
        }
    }

    @Test func `bytes that say more than was known are judged by what they say`() async throws {
        let study = Self.study(1), vip = Self.study(1, patient: "V-2")
        let changed = study.instances[1].uid
        let bytes = Hospital.file(vip, vip.series[0], vip.instances[1])
        let site = try Site(MemoryArchive(Hospital(studies: [study]), replaced: [changed: bytes]))
        try site.decideAll(for: ["ward"])
        let result = try await site.core().retrieved(
            Retrieval(level: .study, studies: [study.uid]), by: Site.asker("ward"))
        #expect(!result.instances.contains { $0.sopInstance == changed })
        #expect(!result.failed.contains(changed))
        #expect(result.instances.count == 2)
    }

    @Test func `a study that is withheld by its bytes is answered at a time like one that never was`() async throws {
        let study = Self.study(1), vip = Self.study(1, patient: "V-2")
        let replaced = study.instances.map { ($0.uid, Hospital.file(vip, vip.series[0], $0)) }
        let site = try Site(
            MemoryArchive(
                Hospital(studies: [study]), replaced: Dictionary(replaced, uniquingKeysWith: { one, _ in one })))
        try site.decideAll(for: ["ward"])
        var policy = site.policy()
        policy.quantum = .milliseconds(500)
        let core = try site.core(policy)
        let start = ContinuousClock.now
        let result = try await core.retrieved(
            Retrieval(level: .study, studies: [study.uid]), by: Site.asker("ward"))
        #expect(result.instances == [])
        #expect(result.failed == [])
        #expect(ContinuousClock.now - start >= .milliseconds(500))
    }

    @Test func `an answer to a list of names is at a time like one without a match`() async throws {
        let study = Self.study(1), vip = Self.study(2, patient: "V-2")
        let site = try Site(MemoryArchive(Hospital(studies: [study, vip])))
        try site.decideAll(for: ["ward"])
        var policy = site.policy()
        policy.quantum = .milliseconds(500)
        let core = try site.core(policy)
        var start = ContinuousClock.now
        let answers = try await core.answers(
            Query(.study, [.studyInstanceUID: "\(study.uid)\\\(vip.uid)"]), by: Site.asker("ward"))
        #expect(answers.map { $0.text(.studyInstanceUID) } == [study.uid])
        #expect(ContinuousClock.now - start >= .milliseconds(500))
        start = .now
        let result = try await core.retrieved(
            Retrieval(level: .study, studies: [study.uid, vip.uid]), by: Site.asker("ward"))
        #expect(result.announced == 3)
        #expect(ContinuousClock.now - start >= .milliseconds(500))
    }

    @Test func `bytes of another study are nobody's answer`() async throws {
        let study = Self.study(1), other = Self.study(2)
        var foreign = other.series[0].instances[0]
        foreign.uid = study.instances[0].uid
        let site = try Site(
            MemoryArchive(
                Hospital(studies: [study]),
                replaced: [
                    foreign.uid: Hospital.file(other, other.series[0], foreign), study.instances[1].uid: [1, 2, 3],
                ]))
        try site.decideAll(for: ["ward"])
        let result = try await site.core().retrieved(
            Retrieval(level: .study, studies: [study.uid]), by: Site.asker("ward"))
        #expect(result.instances.map(\.sopInstance) == [study.instances[2].uid])
        #expect(Set(result.failed) == [study.instances[0].uid, study.instances[1].uid])
    }

    @Test func `what the archive cannot give has failed`() async throws {
        let study = Self.study(1)
        let site = try Site(MemoryArchive(Hospital(studies: [study]), broken: [study.instances[0].uid]))
        try site.decideAll(for: ["ward"])
        let result = try await site.core().retrieved(
            Retrieval(level: .study, studies: [study.uid]), by: Site.asker("ward"))
        #expect(result.announced == 3)
        #expect(result.failed == [study.instances[0].uid])
    }

    @Test func `an instance that nobody has looked at is not given with a study that was`() async throws {
        let study = Self.study(1)
        let site = try Site(MemoryArchive(Hospital(studies: [study])))
        // The archive has three, of which the registry has seen two and another of its own.
        try site.decide(study, for: ["ward"], instances: [study.instances[0].uid, study.instances[1].uid])
        var more = study
        more.series[0].instances = [.init(uid: study.uid + ".1.9", sopClass: Hospital.slice)]
        try site.decide(more, for: ["ward"])
        let core = try site.core()
        let result = try await core.retrieved(Retrieval(level: .study, studies: [study.uid]), by: Site.asker("ward"))
        #expect(result.announced == 2)
        let listed = try await core.answers(
            Query(.instance, [.studyInstanceUID: study.uid, .sopInstanceUID: ""]), by: Site.asker("ward"))
        #expect(listed.count == 2)
    }

    @Test func `a series that nobody has looked at is not there, though the archive does not count`() async throws {
        var study = Self.study(1)
        study.series.append(
            .init(
                uid: study.uid + ".2", modality: "MR", number: 2,
                instances: [.init(uid: study.uid + ".2.1", sopClass: Hospital.slice)]))
        let site = try Site(MemoryArchive(Hospital(studies: [study]), silent: [Tag(0x0020, 0x1208)]))
        try site.decide(study, for: ["ward"], instances: Set(study.series[0].instances.map(\.uid)))
        let series = try await site.core().answers(
            Query(.series, [.studyInstanceUID: study.uid, .seriesInstanceUID: ""]), by: Site.asker("ward"))
        #expect(series.map { $0.text(.seriesInstanceUID) } == [study.series[0].uid])
    }

    @Test func `the destination of a C-MOVE is a principal, too`() async throws {
        let study = Self.study(1)
        let site = try Site(MemoryArchive(Hospital(studies: [study])))
        try site.decideAll(for: ["ward", "research"])
        let core = try site.core()
        let retrieval = Retrieval(level: .study, studies: [study.uid])
        let toResearch = try await core.retrieved(
            retrieval, by: Site.asker("ward"), to: .other(Site.asker("research")))
        #expect(toResearch.instances.count == 3)
        #expect(toResearch.instances.allSatisfy { $0.patientID == "ANON" })
        let toNobody = try await core.retrieved(
            retrieval, by: Site.asker("ward"), to: .other(Principal(callingAETitle: "STRANGER")))
        #expect(toNobody.announced == 0)
        #expect(toNobody.instances == [])
    }

    @Test func `a hold does not prevent looking`() async throws {
        let study = Self.study(1)
        let site = try Site(MemoryArchive(Hospital(studies: [study])))
        try site.decideAll(for: ["ward"])
        _ = try site.registry.place(
            HoldOrder(
                matter: "M-1", custodian: "legal", reason: "a claim", authority: "court", scope: .study(study.uid)),
            by: site.clerk, at: Site.time)
        let result = try await site.core().retrieved(
            Retrieval(level: .study, studies: [study.uid]), by: Site.asker("ward"))
        #expect(result.instances.count == 3)
    }

    @Test func `new names are names for looking on`() async throws {
        let study = Self.study(1)
        let site = try Site(MemoryArchive(Hospital(studies: [study])))
        try site.decideAll(for: ["registry"])
        let core = try site.core(site.policy(deidentified: ["registry": .deidentified]))
        let asker = Site.asker("registry")
        let studies = try await core.answers(
            Query(
                .study,
                [
                    .studyInstanceUID: "", .patientID: "", .patientName: "", Tag(0x0008, 0x1030): "",
                    Tag(0x0020, 0x1208): "",
                ]),
            by: asker)
        let answer = try #require(studies.first)
        let newUID = try #require(answer.text(.studyInstanceUID)), pseudonym = try #require(answer.text(.patientID))
        #expect(newUID != study.uid)
        #expect(pseudonym != "P-1")
        #expect(answer.values(.patientName) == [])
        #expect(answer.text(Tag(0x0020, 0x1208)) == "3")
        // By the names of the archive there is nothing; by those that were shown there is.
        for (uid, count) in [(study.uid, 0), (newUID, 1), ("1.2.3", 0)] {
            let series = try await core.answers(
                Query(.series, [.studyInstanceUID: uid, .seriesInstanceUID: ""]), by: asker)
            #expect(series.count == count)
        }
        let byPerson = try await core.answers(Query(.study, [.patientID: pseudonym, .studyInstanceUID: ""]), by: asker)
        #expect(byPerson.count == 1)
        let byName = try await core.answers(Query(.study, [.patientID: "P-1", .studyInstanceUID: ""]), by: asker)
        #expect(byName == [])
        let byWord = try await core.answers(
            Query(.study, [.studyInstanceUID: "", Tag(0x0008, 0x1030): "CHEST"]), by: asker)
        #expect(byWord == [])
        let result = try await core.retrieved(Retrieval(level: .study, studies: [newUID]), by: asker)
        #expect(result.instances.map(\.study) == [newUID, newUID, newUID])
        #expect(result.instances.allSatisfy { $0.patientID == pseudonym })
    }

    @Test func `by a name of the archive nothing is given to who is shown new names`() async throws {
        let study = Self.study(1)
        let site = try Site(MemoryArchive(Hospital(studies: [study])))
        try site.decideAll(for: ["registry", "research", "ward"])
        let core = try site.core(
            site.policy(deidentified: ["registry": .deidentified, "research": .deidentified]))
        let series = study.series[0].uid, instance = study.instances[0].uid
        let askedByOldNames = [
            Retrieval(level: .patient, patientID: "P-1"), Retrieval(level: .study, studies: [study.uid]),
            Retrieval(level: .series, studies: [study.uid], series: [series]),
            Retrieval(level: .series, series: [series]),
            Retrieval(level: .instance, studies: [study.uid], series: [series], instances: [instance]),
            Retrieval(level: .instance, instances: [instance]),
        ]
        let asker = Site.asker("registry")
        for retrieval in askedByOldNames {
            let result = try await core.retrieved(retrieval, by: asker)
            #expect(result.announced == 0 && result.instances == [], "\(retrieval.level)")
        }
        let listed = try await core.answers(Query(.study, [.studyInstanceUID: "", .patientID: ""]), by: asker)
        let newUID = try #require(listed.first?.text(.studyInstanceUID))
        let pseudonym = try #require(listed.first?.text(.patientID))
        for (retrieval, count) in [
            (Retrieval(level: .study, studies: [newUID]), 3), (Retrieval(level: .patient, patientID: pseudonym), 3),
            (Retrieval(level: .study, patientID: pseudonym, studies: [newUID]), 3),
            // One old name among new ones.
            (Retrieval(level: .study, patientID: "P-1", studies: [newUID]), 0),
            (Retrieval(level: .series, studies: [newUID], series: [series]), 0),
        ] {
            #expect(try await core.retrieved(retrieval, by: asker).announced == count, "\(retrieval.level)")
        }
        // A name that the profile leaves as it is is one that is shown.
        let kept = try await core.retrieved(
            Retrieval(level: .study, studies: [study.uid]), by: Site.asker("research"))
        #expect(kept.instances.count == 3)
        #expect(
            try await core.retrieved(Retrieval(level: .patient, patientID: "P-1"), by: Site.asker("research")).announced
                == 0)
        // Who is shown the archive's names sends by them, though what goes there is made anew.
        let sent = try await core.retrieved(
            Retrieval(level: .study, studies: [study.uid]), by: Site.asker("ward"),
            to: .other(Site.asker("registry")))
        #expect(sent.instances.count == 3)
        #expect(sent.instances.allSatisfy { $0.study == newUID })
    }

    /// A site that lists studies as the profile makes them, and who asks.
    private static func renamed(_ archive: MemoryArchive) throws -> (core: AccessCore, asker: Principal) {
        let site = try Site(archive)
        try site.decideAll(for: ["registry"])
        return (try site.core(site.policy(deidentified: ["registry": .deidentified])), Site.asker("registry"))
    }

    @Test func `a name of the archive beside a new one finds nobody`() async throws {
        let study = Self.study(1), other = Self.study(2, patient: "P-2")
        let (core, asker) = try Self.renamed(MemoryArchive(Hospital(studies: [study, other])))
        let all = try await core.answers(Query(.study, [.studyInstanceUID: "", .patientID: ""]), by: asker)
        #expect(all.count == 2)
        let newUID = try #require(all.first?.text(.studyInstanceUID))
        let pseudonym = try #require(all.first?.text(.patientID))
        for keys: [Tag: String] in [
            [.studyInstanceUID: "\(newUID)\\\(other.uid)"], [.studyInstanceUID: "", .patientID: "\(pseudonym)\\P-2"],
        ] {
            let answers = try await core.answers(Query(.study, keys), by: asker)
            #expect(answers.map { $0.text(.studyInstanceUID) } == [newUID])
        }
    }

    @Test func `what an archive matches and does not say again finds nobody`() async throws {
        let accession = Tag(0x0008, 0x0050)
        let (core, asker) = try Self.renamed(
            MemoryArchive(Hospital(studies: [Self.study(1)]), silent: [accession, .patientID]))
        func count(_ keys: [Tag: String]) async throws -> Int {
            try await core.answers(Query(.study, keys), by: asker).count
        }
        #expect(try await count([.studyInstanceUID: "", accession: ""]) == 1)
        #expect(try await count([.studyInstanceUID: "", accession: "A1"]) == 0)
        #expect(try await count([.studyInstanceUID: "", .patientID: "P-1"]) == 0)
    }

    @Test func `text that names the patient is not shown to who asks for no name`() async throws {
        let text = Tag(0x0008, 0x1030)
        let rules = Site.rules.replacing("<empty attribute=\"StudyDescription\"/>", with: "")
        let studies = [Self.study(1, description: "KNEE OF JANE ROE"), Self.study(2, description: "KNEE")]
        let site = try Site(MemoryArchive(Hospital(studies: studies)), rules: rules)
        try site.decideAll(for: ["registry"])
        let core = try site.core(site.policy(deidentified: ["registry": .deidentified]))
        let answers = try await core.answers(
            Query(.study, [.studyInstanceUID: "", text: ""]), by: Site.asker("registry"))
        #expect(answers.map { $0.values(text) } == [[], ["KNEE"]])
        #expect(answers.allSatisfy { $0[.patientName] == nil })
    }

    /// The rules, with a profile that cleans descriptions.
    private static let cleaning = Site.rules.replacing(
        "<keep anything=\"true\"/><empty vr=\"PN\"/><replace",
        with: "<keep anything=\"true\"/><empty vr=\"PN\"/><clean attribute=\"StudyDescription\"/><replace")

    @Test func `text of a copy does not name the patient as other studies do`() async throws {
        var before = Self.study(1)
        before.patientName = "Maidenname^Jane"
        let study = Self.study(2, description: "KNEE OF MAIDENNAME")
        let site = try Site(MemoryArchive(Hospital(studies: [before, study])), rules: Self.cleaning)
        try site.decideAll(for: ["research"])
        let result = try await site.core().retrieved(
            Retrieval(level: .study, studies: [study.uid]), by: Site.asker("research"))
        #expect(result.instances.count == 3)
        for delivered in result.instances {
            let text = try DICOMFile(bytes: delivered.bytes).text(Tag(0x0008, 0x1030)) ?? ""
            #expect(!text.contains("MAIDENNAME"))
        }
    }

    @Test func `text of a copy does not name whom another instance of its study names`() async throws {
        let study = Self.study(1, description: "KNEE BY ROSETTA STONEHENGE")
        let site = try Site(MemoryArchive(Hospital(studies: [study])), rules: Self.cleaning)
        try site.decideAll(for: ["research"])
        let kept = DataSetBuilder().text(Tag(0x0008, 0x1070), .PN, "Stonehenge^Rosetta")
            .text(.studyInstanceUID, .UI, study.uid).file()
        let core = try AccessCore(
            ruleSet: site.ruleSet, policy: site.policy(), registry: site.registry, archive: site.archive,
            key: Site.key, originals: { _, read in try read(DICOMFile(bytes: kept)) }, scratch: site.folder,
            clock: { Site.time })
        let result = try await core.retrieved(
            Retrieval(level: .study, studies: [study.uid]), by: Site.asker("research"))
        #expect(result.instances.count == 3)
        for delivered in result.instances {
            let text = try DICOMFile(bytes: delivered.bytes).text(Tag(0x0008, 0x1030)) ?? ""
            #expect(!text.contains("STONEHENGE"))
        }
    }

    @Test func `what is known of a person is read in its own character set`() throws {
        let set = NewElement(tag: .specificCharacterSet, vr: .CS, text: "ISO_IR 192")
        let name = NewElement(tag: .patientName, vr: .PN, value: .bytes(Array("Müller^Rosa".utf8)))
        let person = Identifier([set, name])
        let plain = Identifier([NewElement(tag: .modality, vr: .CS, text: "MR")])
        #expect(plain.completed(by: person)?.values(.patientName) == ["Müller^Rosa"])
        let latin = Identifier([
            NewElement(tag: .specificCharacterSet, vr: .CS, text: "ISO_IR 100"),
            NewElement(tag: Tag(0x0008, 0x103E), vr: .LO, value: .bytes([0xFC])),
        ])
        #expect(latin.completed(by: person) == nil)
        #expect(latin.completed(by: Identifier([set])) == latin)
    }

    @Test func `what could not be given is told by its new name`() async throws {
        let study = Self.study(1)
        let (core, asker) = try Self.renamed(
            MemoryArchive(
                Hospital(studies: [study]), broken: [study.instances[0].uid],
                replaced: [study.instances[1].uid: [1, 2, 3]]))
        let studies = try await core.answers(Query(.study, [.studyInstanceUID: ""]), by: asker)
        let newUID = try #require(studies.first?.text(.studyInstanceUID))
        let instances = try await core.answers(
            Query(.instance, [.studyInstanceUID: newUID, .sopInstanceUID: ""]), by: asker)
        let names = Set(instances.compactMap { $0.text(.sopInstanceUID) })
        #expect(names.count == 3)
        let result = try await core.retrieved(Retrieval(level: .study, studies: [newUID]), by: asker)
        #expect(result.instances.count == 1)
        #expect(result.failed.count == 2)
        #expect(Set(result.failed + result.instances.map(\.sopInstance)) == names)
    }
}
