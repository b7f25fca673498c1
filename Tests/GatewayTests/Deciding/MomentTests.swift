import DICOMCore
import Foundation
import Gatekeeper
import Host
import Registry
import RuleLanguage
import TestSupport
import Testing

@testable import Gateway
@testable import Vault

/// What happens in the same moment as a decision: nothing is lost by it, and nothing stays where it may not be.
struct MomentTests {
    /// A gateway's parts, open and without listeners: the settler's and the couriers' steps are taken one by one.
    private struct Parts {
        let site: Site
        let desk: GatewayDesk

        init(_ peer: String = "", audience: String = "archive", rules: String = Site.rules) async throws {
            site = try await Site(
                peers: "<peer id=\"pacs\" title=\"PACS\" host=\"127.0.0.1\" port=\"9\" roles=\"receive\" \(peer)/>",
                routes: "<route id=\"all\"><to peer=\"pacs\" audience=\"\(audience)\"/></route>", rules: rules)
            let (loaded, findings) = ConfigurationLoader().load(path: site.config)
            desk = try GatewayService(
                try #require(loaded, "\(findings)"), log: GatewayLog(gateway: "test", descriptor: nil)
            ) { (nil, []) }.desk
        }

        @discardableResult
        func store(
            _ number: Int, study: Int = 1, patient: String = "P1", comment: String? = nil, pixels: Int = 64,
            sopClass: String = Sender.ct
        ) throws -> GatewayReceived {
            let incoming = try desk.receiver.begin(
                from: "ct",
                said: .init(
                    sopClass: sopClass, sop: Instances.uid(number, study: study), transferSyntax: Sender.explicit))
            try incoming.write(
                Instances.dataSet(number, study: study, patient: patient, comment: comment, pixels: pixels)
                    .encoded()[...])
            return try incoming.finish()
        }

        var decider: StudyDecider {
            StudyDecider(
                setup: desk.current.setup, vault: desk.vault, registry: desk.registry, journal: desk.journal,
                spool: desk.spool, log: desk.log)
        }

        var watch: LogWatch {
            let desk = desk
            return LogWatch(
                registry: desk.registry, journal: desk.journal, ruleSet: { desk.current.setup.ruleSet })
        }

        /// Studies that are due by then, and no others.
        func due(_ study: Int = 1) throws -> GatewayJournal.DueStudy? {
            try desk.journal.dueStudies(at: Instant.now.adding(seconds: 3600), limit: 100)
                .first { $0.study == Instances.study(study) }
        }

        /// As the settler does it.
        func decide(_ study: Int = 1) throws {
            let due = try #require(try due(study))
            try desk.journal.settle(due, upTo: decider.decide(due).last)
        }

        /// With permission.
        func remove(_ stored: GatewayReceived) throws {
            _ = try desk.vault.remove(
                [stored.digest], asking: desk.registry, by: try #require(Person("tester")), reason: "expired", at: .now)
        }

        func deliveries(_ study: Int = 1) throws -> [Delivery] {
            try desk.journal.deliveries(ofStudy: Instances.study(study))
        }
    }

    @Test func `an instance that comes while its study is decided makes it due again`() async throws {
        let parts = try await Parts()
        try parts.store(1)
        let due = try #require(try parts.due())
        let report = try parts.decider.decide(due)
        try parts.store(2)
        try parts.desk.journal.settle(due, upTo: report.last)
        #expect(try parts.due() != nil)
        try parts.decide()
        #expect(try parts.deliveries().count == 2)
        #expect(try parts.due() == nil)
    }

    /// At the end of the longest time that it waits, each instance leaves it due at the same moment.
    @Test(arguments: [19_999, 20_000, 21_000])
    func `also when the study has waited as long as it may`(arrives: Int64) async throws {
        let parts = try await Parts()
        let journal = parts.desk.journal
        let start = Instant(milliseconds: Instant.now.milliseconds - 60_000)
        func add(_ number: Int, at milliseconds: Int64) throws {
            let arrival = Arrival(
                digest: String(repeating: "\(number)", count: 64), content: "\(number)", peer: "ct",
                sop: Instances.uid(number), sopClass: Sender.ct, syntax: Sender.explicit, study: Instances.study(),
                size: 1, problem: nil, time: Instant(milliseconds: start.milliseconds + milliseconds))
            #expect(try journal.add(arrival, settling: .init(after: 10_000, most: 20_000)))
        }
        try add(1, at: 0)
        try add(2, at: 9_000)
        try add(3, at: 18_000)
        let due = try #require(try parts.due())
        #expect(due.due.milliseconds == start.milliseconds + 20_000)
        let last = try journal.lastArrival(ofStudy: due.study)
        try add(4, at: arrives)
        try journal.settle(due, upTo: last)
        #expect(try parts.due() != nil)
    }

    @Test func `when all is to be decided anew, so is what is being decided in the moment`() async throws {
        let parts = try await Parts()
        try parts.store(1)
        try parts.decide()
        try parts.desk.journal.raise([Instances.study()], at: .now)
        let due = try #require(try parts.due())
        let report = try parts.decider.decide(due)
        #expect(try parts.desk.journal.raiseAll(at: .now) == 1)
        try parts.desk.journal.settle(due, upTo: report.last)
        #expect(try parts.due() != nil)
    }

    @Test(arguments: [true, false])
    func `what goes out in the moment in which it is taken back is called back`(takesNotes: Bool) async throws {
        let parts = try await Parts(takesNotes ? "rejection=\"113037\"" : "")
        try parts.store(1)
        try parts.decide()
        let queued = try #require(try parts.deliveries().first)
        #expect(queued.state == .waiting)
        let label = try await parts.site.cordon(
            ["label", "add", "violence", "--patient", "P1", "--reason", "told the social service"])
        #expect(label.status == 0, "\(label.output)")
        try parts.desk.journal.raise([Instances.study()], at: .now)
        let due = try #require(try parts.due())
        let report = try parts.decider.decide(due)
        #expect(try parts.deliveries().map(\.state) == [.withdrawn])
        // The courier hears the peer's answer only now, while the settler still works at the study.
        try parts.desk.journal.delivered(
            queued, status: "0000H", awaitsCommitment: false, at: Instant(milliseconds: due.due.milliseconds - 1))
        try parts.desk.journal.settle(due, upTo: report.last)
        #expect(try parts.due() != nil)
        try parts.decide()
        let rows = try parts.deliveries()
        #expect(rows.first { !$0.isNote }?.state == (takesNotes ? .recalled : .stands))
        #expect(rows.count { $0.isNote } == (takesNotes ? 1 : 0))
        #expect(try parts.due() == nil)
        // And once more changes nothing.
        try parts.desk.journal.raise([Instances.study()], at: .now)
        try parts.decide()
        #expect(try parts.deliveries().count == rows.count)
    }

    @Test func `what was to get another form is called back, though that form never left`() async throws {
        let parts = try await Parts("rejection=\"113037\"")
        try parts.store(1)
        try parts.decide()
        let plain = try #require(try parts.deliveries().first)
        try parts.desk.journal.delivered(plain, status: "0000H", awaitsCommitment: false, at: .now)
        // It is to be flagged, and the archive is away.
        try parts.store(2, comment: "VIP")
        try parts.decide()
        #expect(try parts.deliveries().first { $0.id == plain.id }?.state == .superseded)
        try parts.store(3, comment: "VIOLENCE")
        try parts.decide()
        let rows = try parts.deliveries()
        #expect(rows.first { $0.id == plain.id }?.state == .recalled)
        #expect(rows.count { $0.isNote } == 1)
        #expect(rows.allSatisfy { $0.isNote || $0.state != .waiting })
    }

    @Test func `what went out by a route that is gone is called back all the same`() async throws {
        let parts = try await Parts("rejection=\"113037\"")
        try parts.store(1)
        try parts.decide()
        let sent = try #require(try parts.deliveries().first)
        try parts.desk.journal.delivered(sent, status: "0000H", awaitsCommitment: false, at: .now)
        let text = try String(contentsOfFile: parts.site.config, encoding: .utf8)
        let (loaded, findings) = ConfigurationLoader().load(
            text: text.replacingOccurrences(of: "audience=\"archive\"", with: "audience=\"research\""),
            path: parts.site.config)
        parts.desk.current.replace(try Setup(try #require(loaded, "\(findings)"), now: .now))
        try parts.store(2, comment: "VIOLENCE")
        try parts.decide()
        let rows = try parts.deliveries()
        #expect(rows.first { $0.id == sent.id }?.state == .recalled)
        #expect(rows.count { $0.isNote } == 1)
    }

    /// A site that does no research any more has no key for it, either.
    @Test func `what an audience has for which nothing can be made any more is called back all the same`() async throws
    {
        let parts = try await Parts("rejection=\"113037\"", audience: "research")
        try parts.store(1)
        try parts.decide()
        let sent = try #require(try parts.deliveries().first)
        try parts.desk.journal.delivered(sent, status: "0000H", awaitsCommitment: false, at: .now)
        let text = try String(contentsOfFile: parts.site.config, encoding: .utf8)
        let (loaded, findings) = ConfigurationLoader().load(
            text: text.replacingOccurrences(of: "audience=\"research\"", with: "audience=\"archive\"")
                .replacingOccurrences(of: " key=\"site.key\"", with: ""),
            path: parts.site.config)
        parts.desk.current.replace(try Setup(try #require(loaded, "\(findings)"), now: .now))
        // What it has is as good as it was.
        try parts.store(2)
        try parts.decide()
        #expect(try parts.deliveries().first { $0.id == sent.id }?.state == .done)
        try parts.store(3, comment: "VIOLENCE")
        try parts.decide()
        let rows = try parts.deliveries()
        #expect(rows.first { $0.id == sent.id }?.state == .recalled)
        #expect(rows.count { $0.isNote } == 1)
    }

    @Test func `what one audience takes back and another may have at the same receiver stays there`() async throws {
        let parts = try await Parts(
            "rejection=\"113037\"", audience: "archive\"/><to peer=\"pacs\" audience=\"all",
            rules: Site.rules.replacing(
                "<audience id=\"archive\">",
                with: "<audience id=\"all\"><always><release/></always></audience>"
                    + "<audience id=\"archive\">"))
        try parts.store(1)
        try parts.decide()
        let sent = try #require(try parts.deliveries().first)
        #expect(sent.audience == "archive")
        try parts.desk.journal.delivered(sent, status: "0000H", awaitsCommitment: false, at: .now)
        try parts.store(2, comment: "VIOLENCE")
        try parts.decide()
        let rows = try parts.deliveries()
        let notes = rows.filter(\.isNote)
        #expect(notes.isEmpty)
        #expect(rows.map(\.state) == [.done, .waiting])
        #expect(rows.map(\.audience) == ["all", "all"])
        #expect(try parts.desk.journal.unrecorded(of: "pacs", limit: 10).map(\.audience) == ["all"])
    }

    @Test func `a decision does not overwrite what a courier has done since it was read`() async throws {
        let parts = try await Parts()
        try parts.store(1)
        try parts.decide()
        let queued = try #require(try parts.deliveries().first)
        try parts.desk.journal.delivered(queued, status: "0000H", awaitsCommitment: false, at: .now)
        let isChanged = try parts.desk.journal.write { database in
            try Delivery.change(queued.id, from: .waiting, to: .withdrawn, database)
        }
        #expect(!isChanged)
        #expect(try parts.deliveries().map(\.state) == [.done])
    }

    @Test func `two studies of a patient that are decided in the same moment know of each other`() async throws {
        let parts = try await Parts()
        try parts.store(1, study: 1)
        try parts.store(1, study: 2, comment: "VIOLENCE")
        let decider = parts.decider
        let reading = try StudyReading(
            try parts.desk.journal.arrivals(ofStudy: Instances.study(1)), study: Instances.study(1),
            setup: decider.setup, gates: try decider.setup.gates(at: .now),
            access: SiteRegistry(parts.desk.registry, person: try #require(Person("tester")), time: .now),
            registry: parts.desk.registry, vault: parts.desk.vault, journal: parts.desk.journal,
            scratch: parts.desk.spool.temporary, isRemoved: { _ in false })
        #expect(try reading.isCurrent(parts.desk.journal, study: Instances.study(1)))
        try parts.decide(2)
        #expect(try !reading.isCurrent(parts.desk.journal, study: Instances.study(1)))
        try parts.decide(1)
        #expect(try parts.deliveries(1).isEmpty)
    }

    @Test(arguments: [true, false])
    func `what rules gave to a patient is of another identity that is the same patient`(
        isLinkedFirst: Bool
    ) async throws {
        let parts = try await Parts()
        let person = try #require(Person("tester"))
        func link() throws {
            _ = try parts.desk.registry.link(
                PatientIdentity(id: "P1"), PatientIdentity(id: "P2"), kind: .merge, reason: "one person", by: person,
                at: .now)
        }
        if isLinkedFirst { try link() }
        try parts.store(1, study: 1)
        try parts.decide(1)
        #expect(try parts.deliveries(1).map(\.state) == [.waiting])
        try parts.store(1, study: 2, patient: "P2", comment: "VIOLENCE")
        try parts.decide(2)
        if !isLinkedFirst {
            #expect(try parts.due(1) == nil)
            try link()
            try parts.desk.journal.raise([Instances.study(1)], at: .now)
        }
        try parts.decide(1)
        #expect(try parts.deliveries(1).map(\.state) == [.withdrawn])
    }

    @Test func `a list that changed is not passed over while the rules cannot be read anew`() async throws {
        let parts = try await Parts()
        let watch = parts.watch
        _ = try watch.look(at: .now) {}
        try parts.store(1)
        try parts.decide()
        try parts.desk.registry.change(
            list: "vip", columns: ["PatientID"], adding: [["P1"]], reason: "known",
            by: try #require(Person("tester")), at: .now)
        for _ in 1...2 {
            #expect(throws: GatewayError.self) {
                _ = try watch.look(at: .now) { throw GatewayError(.arguments, "the rules do not load") }
            }
        }
        #expect(try parts.due() == nil)
        let seen = try watch.look(at: .now) {}
        #expect(seen.raised == 1)
        #expect(try parts.due() != nil)
    }

    @Test func `a row of which not all is in a study has that study decided again, and no other patient's`()
        async throws
    {
        let parts = try await Parts()
        _ = try parts.watch.look(at: .now) {}
        try parts.store(1)
        try parts.store(1, study: 2, patient: "P2")
        try parts.decide(1)
        try parts.decide(2)
        // The data sets have no Station Name: whether the row means them is not certain.
        try parts.desk.registry.change(
            list: "vip", columns: ["PatientID", "StationName"], adding: [["P1", "CT1"]], reason: "known",
            by: try #require(Person("tester")), at: .now)
        #expect(try parts.watch.look(at: .now) {}.raised == 1)
        #expect(try parts.due(1) != nil)
        #expect(try parts.due(2) == nil)
    }

    @Test func `who is to end reads the log no further, and what was not read is read later`() async throws {
        let parts = try await Parts()
        try parts.store(1)
        try parts.decide()
        _ = try parts.watch.look(at: .now) {}
        _ = try parts.desk.registry.link(
            PatientIdentity(id: "P1"), PatientIdentity(id: "P2"), kind: .merge, reason: "one person",
            by: try #require(Person("tester")), at: .now)
        var watch = parts.watch
        watch.isStopping = { true }
        #expect(try watch.look(at: .now) {}.raised == 0)
        #expect(try parts.due() == nil)
        #expect(try parts.watch.look(at: .now) {}.raised == 1)
    }

    @Test(arguments: ["*", "P?", "P1\\P2"])
    func `a row that cannot be looked for has everything decided again`(cell: String) async throws {
        let parts = try await Parts()
        _ = try parts.watch.look(at: .now) {}
        try parts.store(1)
        try parts.decide()
        try parts.desk.registry.change(
            list: "vip", columns: ["PatientID"], adding: [[cell]], reason: "known",
            by: try #require(Person("tester")), at: .now)
        #expect(try parts.watch.look(at: .now) {}.raised == 1)
    }

    @Test(arguments: ["P1\u{A0}", "\u{FEFF}P1", "P\u{AD}1", "\tP1"])
    func `a row is about whom rules find by it, whatever nobody sees in it`(cell: String) async throws {
        let parts = try await Parts()
        _ = try parts.watch.look(at: .now) {}
        try parts.store(1)
        try parts.store(1, study: 2, patient: "P2")
        try parts.decide(1)
        try parts.decide(2)
        try parts.desk.registry.change(
            list: "vip", columns: ["PatientID"], adding: [[cell]], reason: "known",
            by: try #require(Person("tester")), at: .now)
        #expect(try parts.watch.look(at: .now) {}.raised == 1)
        #expect(try parts.due(1) != nil)
        #expect(try parts.due(2) == nil)
    }

    @Test func `what its sender called something else first, and then by its name, is sent`() async throws {
        let parts = try await Parts()
        let wrong = try parts.store(1, sopClass: "1.2.840.10008.5.1.4.1.1.4")
        #expect(wrong.form == .mismatched)
        let right = try parts.store(1)
        #expect(right.form == .good && right.digest != wrong.digest)
        try parts.decide()
        #expect(try parts.deliveries().map(\.digest) == [right.digest])
    }

    @Test func `what waits for an audience to which no route leads any more waits on, in the midst of a batch, too`()
        async throws
    {
        let parts = try await Parts()
        try parts.store(1)
        try parts.decide()
        let queued = try #require(try parts.deliveries().first)
        let journal = parts.desk.journal
        func next(_ audiences: Set<String>) throws -> [Int64] {
            try journal.next(for: "pacs", audiences: audiences, at: Instant.now.adding(seconds: 1), limit: 10).map(\.id)
        }
        #expect(try next(["archive", "research"]) == [queued.id])
        #expect(try next(["research"]).isEmpty)
        #expect(try next([]).isEmpty)
        #expect(try journal.nextDelivery(for: "pacs", audiences: ["research"]) == nil)
        let setup = parts.desk.current.setup
        let peer = try #require(setup.configuration.peers["pacs"])
        let clerk = Clerk(desk: parts.desk, rate: RateLimit(), unwritten: Unwritten(), setup: setup)
        let before = try await clerk.begin(queued, to: peer)
        #expect(before != nil)
        // The administrator finds that the route had the wrong audience, while the archive is away.
        let (loaded, findings) = ConfigurationLoader().load(path: parts.site.config)
        var other = try #require(loaded, "\(findings)")
        other.configuration.routes[0].targets[0].audience = "research"
        parts.desk.current.replace(try Setup(other, now: .now))
        let after = try await clerk.begin(queued, to: peer)
        #expect(after == nil)
        #expect(try parts.deliveries().map(\.state) == [.waiting])
        // Were the same bytes for the new audience, too, they would go.
        var changed = queued
        changed.audience = "research"
        let same = changed
        try journal.write { database in try same.enqueue(database) }
        #expect(try next(["research"]) == [queued.id])
    }

    @Test func `a note goes before objects of the highest priority, which it may be about`() async throws {
        let parts = try await Parts("rejection=\"113037\"")
        try parts.store(1)
        try parts.decide()
        let journal = parts.desk.journal
        var changed = try #require(try parts.deliveries().first)
        changed.priority = .high
        changed.output = String(repeating: "1", count: 64)
        let object = changed
        changed.output = String(repeating: "2", count: 64)
        changed.isNote = true
        let note = changed
        try journal.write { database in
            try object.enqueue(database)
            try note.enqueue(database)
        }
        let next = try journal.next(
            for: "pacs", audiences: ["archive"], at: Instant.now.adding(seconds: 1), limit: 10)
        #expect(next.map(\.isNote) == [true, false, false])
        #expect(next.map(\.priority) == [.high, .high, .medium])
    }

    @Test func `an object whose original is gone becomes a dead letter, and stands in nobody's way`() async throws {
        let parts = try await Parts()
        let stored = try parts.store(1)
        try parts.decide()
        let person = try #require(Person("tester"))
        _ = try parts.desk.vault.remove(
            [stored.digest], asking: parts.desk.registry, by: person, reason: "expired", at: .now)
        let setup = parts.desk.current.setup
        let peer = try #require(setup.configuration.peers["pacs"])
        let clerk = Clerk(desk: parts.desk, rate: RateLimit(), unwritten: Unwritten(), setup: setup)
        for attempt in 1...setup.configuration.retry.attempts {
            let queued = try #require(try parts.deliveries().first)
            #expect(queued.state == .waiting && queued.attempts == attempt - 1)
            let file = try await clerk.begin(queued, to: peer)
            #expect(file == nil)
        }
        #expect(try parts.deliveries().map(\.state) == [.dead])
    }

    /// Deciding reads headers; whoever sends reads all, and sends nothing that is not to the byte what came.
    @Test(arguments: ["archive", "research"])
    func `an original whose pixels were damaged since is sent to nobody`(audience: String) async throws {
        let parts = try await Parts(audience: audience)
        let stored = try parts.store(1, pixels: 200_000)
        let objects = parts.site.folder("site/vault/objects")
        let names = try #require(FileManager.default.enumerator(atPath: objects)).compactMap { $0 as? String }
        let name = try #require(names.first { !$0.hasSuffix(".key") && $0.contains("/") })
        let path = "\(objects)/\(name)"
        var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        bytes[bytes.count - 100] ^= 1
        ImmutableFlag.put(false, path: path)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        #expect(throws: VaultError.self) { try parts.desk.vault.original(stored.digest) }
        do { try parts.decide() } catch { #expect(audience == "research", "\(error)") }
        let setup = parts.desk.current.setup
        let clerk = Clerk(desk: parts.desk, rate: RateLimit(), unwritten: Unwritten(), setup: setup)
        for queued in try parts.deliveries() {
            #expect(try await clerk.begin(queued, to: try #require(setup.configuration.peers["pacs"])) == nil)
        }
        #expect(try parts.deliveries().allSatisfy { !$0.state.isThere })
        #expect(try parts.deliveries().isEmpty == (audience == "research"))
    }

    @Test func `a note whose file is damaged is not given up without a word`() async throws {
        let parts = try await Parts("rejection=\"113037\"")
        try parts.store(1)
        try parts.decide()
        let sent = try #require(try parts.deliveries().first)
        try parts.desk.journal.delivered(sent, status: "0000H", awaitsCommitment: false, at: .now)
        try parts.store(2, comment: "VIOLENCE")
        try parts.decide()
        let note = try #require(try parts.deliveries().first { $0.isNote })
        try FileManager.default.removeItem(atPath: parts.desk.spool.path(of: try #require(note.file)))
        let setup = parts.desk.current.setup
        let clerk = Clerk(desk: parts.desk, rate: RateLimit(), unwritten: Unwritten(), setup: setup)
        let file = try await clerk.begin(note, to: try #require(setup.configuration.peers["pacs"]))
        #expect(file == nil)
        let after = try #require(try parts.deliveries().first { $0.isNote })
        #expect(after.state == .waiting && after.attempts == 1)
    }

    @Test func `what was removed with permission keeps back nothing of its study`() async throws {
        let parts = try await Parts()
        let first = try parts.store(1)
        try parts.decide()
        let person = try #require(Person("tester"))
        _ = try parts.desk.vault.remove(
            [first.digest], asking: parts.desk.registry, by: person, reason: "expired", at: .now)
        try parts.store(2)
        try parts.decide()
        #expect(try parts.deliveries().contains { $0.sop == Instances.uid(2) && $0.state == .waiting })
    }

    /// Nobody can look at the original any more; what the registry has of it is enough to know whom a label is about.
    @Test(arguments: ["violence", "vip", nil], ["archive", "research"])
    func `a copy of what was removed is judged by a label that comes late`(label: String?, audience: String)
        async throws
    {
        let parts = try await Parts("rejection=\"113037\"", audience: audience)
        let first = try parts.store(1)
        try parts.decide()
        let queued = try #require(try parts.deliveries().first)
        try parts.desk.journal.delivered(queued, status: "0000H", awaitsCommitment: false, at: .now)
        try parts.remove(first)
        if let label {
            let given = try await parts.site.cordon(
                ["label", "add", label, "--patient", "P1", "--reason", "told the social service"])
            #expect(given.status == 0, "\(given.output)")
        }
        try parts.desk.journal.raise([Instances.study()], at: .now)
        try parts.decide()
        // A VIP's scan is one that the archive may have.
        let isForbidden = label == "violence" || (label == "vip" && audience == "research")
        let rows = try parts.deliveries()
        #expect(rows.first { $0.id == queued.id }?.state == (isForbidden ? .recalled : .done))
        #expect(rows.count { $0.isNote } == (isForbidden ? 1 : 0))
        let decisions = try parts.desk.registry.decisions(ofInstance: first.digest)
        #expect(decisions.last?.disposition == (isForbidden ? "sequester" : decisions.first?.disposition))
        // And once more changes nothing.
        try parts.desk.journal.raise([Instances.study()], at: .now)
        try parts.decide()
        #expect(try parts.deliveries().count == rows.count)
        #expect(try parts.desk.registry.decisions(ofInstance: first.digest).count == decisions.count)
    }

    /// A run of `cordon apply` by other rules is on the same record; its labels mean nothing to these.
    @Test func `a copy of what was removed is judged by what these rules decided, and not by what others did`()
        async throws
    {
        let parts = try await Parts("rejection=\"113037\"")
        let first = try parts.store(1)
        try parts.decide()
        let queued = try #require(try parts.deliveries().first)
        try parts.desk.journal.delivered(queued, status: "0000H", awaitsCommitment: false, at: .now)
        try parts.remove(first)
        var other = try #require(try parts.desk.registry.decisions(ofInstance: first.digest).last)
        other.id = 0
        other.ruleSet = "other"
        other.explanation = #"{"labels":[{"label":"violence","certain":true,"reasons":[]}]}"#
        _ = try parts.desk.registry.record(other)
        try parts.desk.journal.raise([Instances.study()], at: .now)
        try parts.decide()
        #expect(try parts.deliveries().map(\.state) == [.done])
    }

    @Test func `a copy of what was removed that waits is taken back`() async throws {
        let parts = try await Parts(audience: "research")
        let first = try parts.store(1)
        try parts.decide()
        let file = try #require(try parts.deliveries().first?.file)
        try parts.remove(first)
        // What rules make of another instance of the study is about this one, too.
        try parts.store(2, comment: "VIOLENCE")
        try parts.decide()
        #expect(try parts.deliveries().map(\.state) == [.withdrawn])
        #expect(!FileManager.default.fileExists(atPath: parts.desk.spool.path(of: file)))
    }

    @Test func `what was removed with permission and comes again is decided again`() async throws {
        let parts = try await Parts()
        let first = try parts.store(1)
        let person = try #require(Person("tester"))
        _ = try parts.desk.vault.remove(
            [first.digest], asking: parts.desk.registry, by: person, reason: "expired", at: .now)
        try parts.decide()
        #expect(try parts.deliveries().isEmpty)
        #expect(try parts.due() == nil)
        try parts.store(1)
        try parts.decide()
        #expect(try parts.deliveries().map(\.state) == [.waiting])
        // What is kept and comes again changes nothing.
        try parts.store(1)
        #expect(try parts.due() == nil)
    }

    /// As when somebody is killed between the registry and the journal, or gives it to the vault by hand.
    @Test func `what was removed and is there again by whomever is decided again`() async throws {
        let parts = try await Parts()
        let first = try parts.store(1)
        let known = try #require(try parts.desk.registry.instance(first.digest)).instance
        try parts.remove(first)
        try parts.decide()
        #expect(try parts.deliveries().isEmpty)
        _ = try parts.watch.look(at: .now) {}
        let bytes =
            FileMeta.bytes(sopClass: Sender.ct, sopInstance: Instances.uid(1), transferSyntax: Sender.explicit)
            + Instances.dataSet(1).encoded()
        let incoming = try parts.desk.vault.begin()
        try bytes.withUnsafeBytes { try incoming.write($0) }
        let intake = Intake(
            vault: parts.desk.vault, registry: parts.desk.registry, person: try #require(Person("tester")), source: "ct"
        )
        let again = try intake.finish(incoming, parts.decider.identity(of: known), nil, at: .now)
        #expect(again.stored.digest == first.digest)
        #expect(try parts.due() == nil)
        #expect(try parts.watch.look(at: .now) {}.raised == 1)
        try parts.decide()
        #expect(try parts.deliveries().map(\.state) == [.waiting])
    }

    @Test func `what rules gave to a patient stays when the instance that says it is removed`() async throws {
        let parts = try await Parts()
        let first = try parts.store(1, study: 2, comment: "VIOLENCE")
        try parts.decide(2)
        try parts.store(1, study: 1)
        try parts.decide(1)
        #expect(try parts.deliveries(1).isEmpty)
        _ = try parts.desk.vault.remove(
            [first.digest], asking: parts.desk.registry, by: try #require(Person("tester")), reason: "expired", at: .now
        )
        try parts.desk.journal.raise([Instances.study(2), Instances.study(1)], at: .now)
        try parts.decide(2)
        try parts.decide(1)
        #expect(try parts.deliveries(1).isEmpty)
    }

    @Test func `text is cleaned of what is known of a patient by another identity, too`() async throws {
        let rules = Site.rules.replacing("ps3.15.xml", with: "ps3.15-options.xml")
            .replacing("profile=\"ps3.15-basic\"", with: "profile=\"ps3.15-clean-descriptors\"")
        let parts = try await Parts(audience: "research", rules: rules)
        try parts.store(1, study: 2, patient: "P2")
        try parts.decide(2)
        try parts.store(1)
        try parts.decide(1)
        func again() throws -> [String] {
            try parts.desk.journal.raise([Instances.study(1)], at: .now)
            try parts.decide(1)
            return try parts.desk.journal.outcomes(ofStudy: Instances.study(1)).map(\.basis)
        }
        let alone = try again()
        #expect(try again() == alone)
        _ = try parts.desk.registry.link(
            PatientIdentity(id: "P1"), PatientIdentity(id: "P2"), kind: .merge, reason: "one person",
            by: try #require(Person("tester")), at: .now)
        #expect(try again() != alone)
    }

    /// Text is cleaned of what other studies say of the patient, for whoever gets it de-identified.
    @Test func `what was removed with permission keeps back no other study of its patient`() async throws {
        let parts = try await Parts(audience: "research")
        let first = try parts.store(1, study: 1)
        try parts.decide(1)
        let person = try #require(Person("tester"))
        _ = try parts.desk.vault.remove(
            [first.digest], asking: parts.desk.registry, by: person, reason: "expired", at: .now)
        try parts.store(1, study: 2)
        try parts.decide(2)
        #expect(try parts.deliveries(2).map(\.state) == [.waiting])
    }

    @Test func `what was removed with permission is no reason for a person to choose, and is not chosen`() async throws
    {
        let parts = try await Parts()
        let first = try parts.store(1)
        let second = try parts.store(1, comment: "other bytes")
        try parts.decide()
        #expect(try parts.deliveries().isEmpty)
        _ = try parts.watch.look(at: .now) {}
        _ = try parts.desk.vault.remove(
            [first.digest], asking: parts.desk.registry, by: try #require(Person("tester")), reason: "expired", at: .now
        )
        func choose(_ digest: String) throws -> Bool {
            try parts.desk.journal.choose(digest, at: .now) { try parts.desk.registry.instance($0)?.removed != nil }
        }
        #expect(try !choose(first.digest))
        #expect(try !choose(second.digest))
        // Whoever removed it was another process: the log tells of it.
        _ = try parts.watch.look(at: .now) {}
        try parts.decide()
        #expect(try parts.deliveries().map(\.digest) == [second.digest])
        #expect(try parts.deliveries().map(\.state) == [.waiting])
    }

    @Test func `what was removed and is at a receiver is replaced there by nothing that nobody chose`() async throws {
        let parts = try await Parts()
        let first = try parts.store(1)
        try parts.decide()
        let sent = try #require(try parts.deliveries().first)
        try parts.desk.journal.delivered(sent, status: "0000H", awaitsCommitment: false, at: .now)
        _ = try parts.desk.vault.remove(
            [first.digest], asking: parts.desk.registry, by: try #require(Person("tester")), reason: "expired", at: .now
        )
        let second = try parts.store(1, comment: "other bytes")
        try parts.decide()
        #expect(try !parts.deliveries().contains { $0.digest == second.digest })
        #expect(
            try parts.desk.journal.choose(second.digest, at: .now) {
                try parts.desk.registry.instance($0)?.removed != nil
            })
        try parts.decide()
        #expect(try parts.deliveries().contains { $0.digest == second.digest && $0.state == .waiting })
    }
}

private typealias GatewayReceived = Gateway.Receiver.Received
