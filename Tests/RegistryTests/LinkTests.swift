import CustodyLog
import Host
import Testing

@testable import Registry

/// Two identities of one patient.
@Suite struct LinkTests {
    private let a = PatientIdentity(id: "A", issuer: "H"), b = PatientIdentity(id: "B", issuer: "H")

    private func link(
        _ scene: Scene, _ one: PatientIdentity, _ other: PatientIdentity, _ kind: PatientLink.Kind = .merge,
        at time: Int64 = 0
    ) throws -> PatientLink {
        try scene.registry.link(one, other, kind: kind, reason: "one person", by: Scene.ada, at: Scene.later(time)).link
    }

    @Test(arguments: StorageKind.allCases)
    func `a hold on one identity forbids everything on the other`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let instance = Scene.instance("1.1", study: "1", patient: "B", issuer: "H")
        try scene.registry.receive(instance, by: Scene.ada)
        let hold = try scene.place(.patient(a))
        #expect(try scene.registry.holds(inForceFor: instance.digest, at: Scene.start) == [])
        _ = try link(scene, a, b)
        #expect(try scene.registry.holds(inForceFor: instance.digest, at: Scene.start).map(\.id) == [hold.id])
        for act in [Act.delete, .overwrite, .coerce, .acceptRejection("113037")] {
            expect(.forbidden) {
                try scene.registry.perform(act, on: .study("1"), by: Scene.ben, reason: "x", at: Scene.start)
            }
        }
        #expect(try scene.registry.instances(matching: .patient(a)).map(\.instance.digest) == [instance.digest])
        try scene.release(hold)
        try scene.registry.perform(.delete, on: .study("1"), by: Scene.ben, reason: "x", at: Scene.start)
        #expect(try scene.registry.check().findings == [])
    }

    @Test(arguments: StorageKind.allCases)
    func `labels, retentions and queries hold for the other identity, and never certainly`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        _ = try link(scene, a, b)
        let label = try scene.registry.label("vip", on: .patient(a), reason: "r", by: Scene.ada, at: Scene.start)
        let query = InstanceQuery(terms: [
            .init(attribute: .patientID, value: "A"), .init(attribute: .modality, value: "CT"),
        ])
        _ = try scene.place(.query(query))
        let instance = Scene.instance("1.1", study: "1", patient: "B", issuer: "H", [.modality: "CT"])
        let known = try scene.registry.knowledge(of: instance, at: Scene.start)
        #expect(known.labels.map(\.record.id) == [label.id])
        #expect(known.labels.map(\.isCertain) == [false])
        #expect(known.holds.count == 1)
        let other = Scene.instance("1.2", study: "2", patient: "B", issuer: "H", [.modality: "MR"])
        #expect(try scene.registry.knowledge(of: other, at: Scene.start).holds.isEmpty)
        let stranger = Scene.instance("1.3", study: "3", patient: "C", issuer: "H", [.modality: "CT"])
        #expect(try scene.registry.knowledge(of: stranger, at: Scene.start).labels.isEmpty)
    }

    @Test(arguments: StorageKind.allCases)
    func `where an issuer is not given it may be the one that is linked`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        _ = try link(scene, a, b)
        _ = try scene.place(.patient(a))
        let instance = Scene.instance("1.1", study: "1", patient: "B", issuer: nil)
        #expect(try scene.registry.holds(inForceFor: instance, at: Scene.start).count == 1)
        let elsewhere = Scene.instance("1.1", study: "1", patient: "B", issuer: "OTHER")
        #expect(try scene.registry.holds(inForceFor: elsewhere, at: Scene.start).isEmpty)
    }

    @Test(arguments: StorageKind.allCases)
    func `a link that ends frees nothing, and a merge does not end`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let loose = try link(scene, a, b, .link)
        let instance = Scene.instance("1.1", study: "1", patient: "B", issuer: "H")
        let before = try scene.place(.patient(a))
        _ = try scene.registry.unlink(link: loose.id, reason: "a mistake", by: Scene.ben, at: Scene.later(10))
        let after = try scene.registry.place(Scene.order(.patient(a)), by: Scene.ada, at: Scene.later(20))
        #expect(after.id != before.id)
        #expect(try scene.registry.holds(inForceFor: instance, at: Scene.later(30)).map(\.id) == [before.id])
        expect(.conflict) { try scene.registry.unlink(link: loose.id, reason: "x", by: Scene.ben, at: Scene.later(30)) }
        let merge = try link(scene, a, b)
        expect(.conflict) { try scene.registry.unlink(link: merge.id, reason: "x", by: Scene.ben, at: Scene.later(30)) }
        expect(.invalid) { try link(scene, a, a) }
        #expect(
            try scene.registry.link(b, a, kind: .merge, reason: "again", by: Scene.ada, at: Scene.start).isNew == false)
        #expect(try scene.kinds().filter { $0 == .linked || $0 == .unlinked } == [.linked, .unlinked, .linked])
        #expect(try scene.registry.check().findings == [])
    }

    @Test(arguments: StorageKind.allCases)
    func `who is forgotten is no longer named by links, and the others stay linked`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let c = PatientIdentity(id: "C", issuer: "H")
        _ = try link(scene, a, b)
        _ = try link(scene, b, c)
        _ = try scene.registry.erase(b, reason: "asked", by: Scene.ada, at: Scene.start)
        let links = try scene.registry.links()
        #expect(links.allSatisfy { $0.one != b && $0.other != b })
        #expect(try scene.registry.aliases(of: a).contains(c))
        #expect(try scene.registry.check().findings == [])
    }

    @Test(arguments: StorageKind.allCases)
    func `a link of another whose ID is the same is not forgotten`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        _ = try link(scene, a, b)
        func isForgotten() throws -> Bool { try scene.registry.storage.read { try $0.openings(at: 0).isEmpty } }
        _ = try scene.registry.erase(
            PatientIdentity(id: "A", issuer: "OTHER"), reason: "asked", by: Scene.ada, at: Scene.start)
        #expect(try !isForgotten())
        #expect(try scene.registry.links().map(\.one) == [a])
        _ = try scene.registry.erase(b, reason: "asked", by: Scene.ada, at: Scene.start)
        #expect(try isForgotten())
        #expect(try scene.registry.check().findings == [])
    }

    @Test(arguments: StorageKind.allCases)
    func `random links connect what they should, and nothing else`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        var generator = SystemRandomNumberGenerator()
        let people = (0..<12).map { PatientIdentity(id: "P\($0)", issuer: "H") }
        var groups = people.map { Set([$0]) }
        for _ in 0..<8 {
            let one = people.randomElement(using: &generator)!, other = people.randomElement(using: &generator)!
            guard one != other else { continue }
            _ = try link(scene, one, other)
            let joined = groups.filter { $0.contains(one) || $0.contains(other) }.reduce(into: Set<PatientIdentity>()) {
                $0.formUnion($1)
            }
            groups = groups.filter { $0.isDisjoint(with: joined) } + [joined]
        }
        for person in people {
            let group = groups.first { $0.contains(person) }
            #expect(Set(try scene.registry.aliases(of: person)).union([person]) == group)
        }
    }
}

/// What feeds say.
@Suite struct FeedTests {
    private let patient = PatientIdentity(id: "A", issuer: "H")

    private func news(
        _ labels: [FeedNews.Label], control: String = "1", said: Int64? = nil, place: String = "PV1-16"
    ) -> FeedNews {
        FeedNews(
            feed: "adt", control: control, digest: Scene.digest("\(control) \(labels)"), said: said.map(Scene.later),
            statements: [.init(place: place, patients: [patient], labels: labels)])
    }

    @Test(arguments: StorageKind.allCases)
    func `labels come and go as the feed says, and only its own`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let feed = Scene.person("adt")
        func learn(_ news: FeedNews) throws -> FeedReceipt { try scene.registry.learn(news, by: feed, at: Scene.start) }
        let vip = FeedNews.Label("vip", reason: "r")
        _ = try scene.registry.label("vip", on: .patient(patient), reason: "r", by: Scene.ada, at: Scene.start)
        #expect(try learn(news([vip])).given == [2])
        #expect(try learn(news([vip])).isRepeated)
        #expect(try learn(news([vip], control: "2")).changesNothing)
        #expect(try learn(news([vip], control: "3", place: "ARV-4 VIP")).given == [3])
        #expect(try learn(news([], control: "4")).withdrawn == [2])
        #expect(try scene.registry.labels().map { $0.isInForce(at: Scene.start) } == [true, false, true])
        #expect(try scene.registry.check().findings == [])
    }

    @Test(arguments: StorageKind.allCases)
    func `news that cannot be taken leaves nothing behind`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        var wrong = news([.init("vip", reason: "r")])
        wrong.links = [.merge(patient, PatientIdentity(id: "", issuer: nil))]
        expect(.invalid) { try scene.registry.learn(wrong, by: Scene.ada, at: Scene.start) }
        #expect(try scene.registry.labels().isEmpty)
        #expect(try scene.registry.readLog { try $0.logSize() } == 0)
        wrong.links = []
        #expect(try scene.registry.learn(wrong, by: Scene.ada, at: Scene.start).given == [1])
    }

    @Test(arguments: StorageKind.allCases)
    func `what does not say when it was said takes nothing away from what does`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        func learn(_ news: FeedNews) throws -> FeedReceipt {
            try scene.registry.learn(news, by: Scene.ada, at: Scene.start)
        }
        #expect(try learn(news([.init("vip", reason: "r")], said: 10)).given == [1])
        let undated = try learn(news([], control: "2"))
        #expect(undated.withdrawn == [] && undated.late == [1])
        #expect(try learn(news([.init("staff", reason: "r")], control: "3")).given == [2])
        #expect(try learn(news([], control: "4", said: 9)).late == [1, 2])
        #expect(try learn(news([], control: "5", said: 11)).withdrawn == [1, 2])
        #expect(try scene.registry.check().findings == [])
    }

    @Test(arguments: StorageKind.allCases)
    func `of two messages of one time neither takes away what the other says, in whatever order`(kind: StorageKind)
        throws
    {
        for isReversed in [false, true] {
            let scene = try Scene(kind)
            let messages = [news([.init("vip", reason: "r")], said: 10), news([], control: "2", said: 10)]
            for message in isReversed ? messages.reversed() : messages {
                _ = try scene.registry.learn(message, by: Scene.ada, at: Scene.start)
            }
            #expect(try scene.registry.label(1)?.isInForce(at: Scene.start) == true)
            let later = try scene.registry.learn(news([], control: "3", said: 11), by: Scene.ada, at: Scene.start)
            #expect(later.withdrawn == [1])
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `what a part says is not taken away by something whole that was said before it`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        func learn(_ news: FeedNews) throws -> FeedReceipt {
            try scene.registry.learn(news, by: Scene.ada, at: Scene.start)
        }
        var part = news([.init("vip", reason: "r")], said: 10)
        part.statements[0].isWhole = false
        #expect(try learn(part).given == [1])
        #expect(try learn(news([], control: "2", said: 9)).late == [1])
        #expect(try learn(news([], control: "3", said: 11)).withdrawn == [1])
    }

    @Test(arguments: StorageKind.allCases)
    func `a label of which the feed says that it tells of a hold is guarded from then on`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let feed = Scene.person("adt")
        func learn(_ news: FeedNews) throws -> FeedReceipt { try scene.registry.learn(news, by: feed, at: Scene.start) }
        _ = try learn(news([.init("held", reason: "r")]))
        let guarded = try learn(news([.init("held", tellsOfHold: true, reason: "r")], control: "2"))
        #expect(guarded.given == [2] && guarded.withdrawn == [1])
        #expect(try learn(news([.init("held", reason: "r")], control: "3")).changesNothing)
        #expect(try learn(news([], control: "4")).requested == [2])
        #expect(try scene.registry.label(2)?.isInForce(at: Scene.start) == true)
    }

    @Test(arguments: StorageKind.allCases)
    func `what a feed says again is not withdrawn by its wish of before`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let feed = Scene.person("adt"), held = FeedNews.Label("held", tellsOfHold: true, reason: "r")
        func learn(_ news: FeedNews) throws -> FeedReceipt { try scene.registry.learn(news, by: feed, at: Scene.start) }
        #expect(try learn(news([held])).given == [1])
        #expect(try learn(news([], control: "2")).requested == [1])
        #expect(try learn(news([held], control: "3")).given == [2])
        #expect(try learn(news([held], control: "4")).given == [])
        // The feed's wish is none of the two that are needed: people withdraw the first, and the second has one wish.
        for id in [1, 2] as [Int64] {
            _ = try scene.registry.withdraw(label: id, reason: "over", by: Scene.ada, at: Scene.start)
        }
        #expect(try scene.registry.labels().map { $0.isInForce(at: Scene.start) } == [true, true])
        _ = try scene.registry.withdraw(label: 1, reason: "over", by: Scene.ben, at: Scene.start)
        #expect(try scene.registry.labels().map { $0.isInForce(at: Scene.start) } == [false, true])
        #expect(try scene.registry.check().findings == [])
    }

    @Test(arguments: StorageKind.allCases)
    func `a link that the feed told of later is not ended by what was said before`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let other = PatientIdentity(id: "B", issuer: "H")
        func learn(_ link: FeedNews.Link, said: Int64?) throws -> FeedReceipt {
            var news = news([], control: "\(link) \(said ?? -1)", said: said)
            news.statements = []
            news.links = [link]
            return try scene.registry.learn(news, by: Scene.ada, at: Scene.start)
        }
        #expect(try learn(.link(patient, other), said: 1).linked == [1])
        #expect(try learn(.link(other, patient), said: 3).linked == [])
        #expect(try learn(.link(patient, other), said: 2).linked == [])
        for said in [2, nil] as [Int64?] {
            let late = try learn(.unlink(patient, other), said: said)
            #expect(late.unlinked == [] && late.lateUnlinked == [1])
        }
        #expect(try scene.registry.aliases(of: patient) == [other])
        #expect(try learn(.unlink(patient, other), said: 4).unlinked == [1])
        #expect(try scene.registry.check().findings == [])
    }

    @Test(arguments: StorageKind.allCases)
    func `records of many identities are one patient by as many links as there are identities`(
        kind: StorageKind
    ) throws {
        let scene = try Scene(kind)
        let some = (1...30).map { PatientIdentity(id: "OLD\($0)", issuer: "H") }
        let others = (1...30).map { PatientIdentity(id: "NEW\($0)", issuer: "H") }
        func learn(_ record: FeedNews.Record, control: String) throws -> FeedReceipt {
            var news = news([], control: control)
            news.statements = []
            news.record = record
            return try scene.registry.learn(news, by: Scene.ada, at: Scene.start)
        }
        #expect(try learn(FeedNews.Record(names: ["old"], patients: some), control: "1").linked.isEmpty)
        let second = FeedNews.Record(names: ["new"], patients: others, others: ["old"])
        #expect(try learn(second, control: "2").linked.count == 59)
        for patient in some + others { #expect(try scene.registry.aliases(of: patient).count == 59) }
    }

    @Test(arguments: StorageKind.allCases)
    func `a label whose end changes is given anew`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        _ = try scene.registry.learn(
            news([.init("vip", reason: "r", expires: Scene.later(100))]), by: Scene.ada, at: Scene.start)
        let receipt = try scene.registry.learn(
            news([.init("vip", reason: "r", expires: Scene.later(200))], control: "2"), by: Scene.ada, at: Scene.start)
        #expect(receipt.given == [2] && receipt.withdrawn == [1])
    }
}
