import CustodyLog
import Host
import Testing

@testable import Registry

/// Lists, rule sets, what people looked at, and what is forgotten.
@Suite struct RecordTests {
    @Test(arguments: StorageKind.allCases)
    func `a list is what was added and not taken away, and its digest says so`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        func change(_ adding: [[String]], _ removing: [[String]] = []) throws -> ListSnapshot {
            try scene.registry.change(
                list: "vip", columns: ["PatientID", "IssuerOfPatientID"], adding: adding, removing: removing,
                reason: "r", by: Scene.ada, at: Scene.start)
        }
        #expect(try scene.registry.list("vip") == nil)
        let first = try change([["2", "A"], ["1", ""], ["1", ""]])
        #expect(first.rows == [["1", ""], ["2", "A"]])
        let second = try change([["3", "B"], ["1", ""]], [["2", "A"]])
        #expect(second.rows == [["1", ""], ["3", "B"]])
        #expect(second.digest != first.digest)
        #expect(try change([["2", "A"]], [["3", "B"]]).digest == first.digest)
        #expect(try change([["1", ""]], [["1", ""]]).digest == first.digest)
        #expect(try scene.registry.list("vip") == first)
        expect(.unknown) { try change([["9", ""]], [["8", ""]]) }
        expect(.invalid) { try change([["9"]]) }
        expect(.invalid) { try change([["", "A"]]) }
        expect(.conflict) {
            try scene.registry.change(
                list: "vip", columns: ["PatientID"], adding: [["1"]], reason: "r", by: Scene.ada, at: Scene.start)
        }
        #expect(try scene.registry.list("vip") == first)
        let history = try scene.registry.history(ofList: "vip")
        #expect(history.count == 5)
        #expect(history.filter { $0.removed == nil }.count == 2)
        #expect(try scene.lastLeaf().facts.contains(CustodyEvent.Fact("digest", first.digest)))
        #expect(try scene.registry.check().findings == [])
    }

    @Test(arguments: StorageKind.allCases)
    func `an earlier revision is active again only for who says so, and one number is one rule set`(
        kind: StorageKind
    ) throws {
        let scene = try Scene(kind)
        func activate(_ revision: Int64, _ text: String, goingBack: Bool = false) throws -> Activation {
            try scene.registry.activate(
                ruleSet: "r", revision: revision, digest: Scene.digest(text), tier: 2, reason: "r", by: Scene.ada,
                goingBack: goingBack, at: Scene.start)
        }
        _ = try activate(1, "a")
        _ = try activate(2, "b")
        expect(.conflict) { try activate(1, "a") }
        expect(.conflict) { try activate(2, "c") }
        #expect(try activate(1, "a", goingBack: true).revision == 1)
        #expect(try scene.registry.activations(ofRuleSet: "r").map(\.revision) == [1, 2, 1])
        #expect(try scene.registry.activations(ofRuleSet: "other").isEmpty)
    }

    @Test(arguments: StorageKind.allCases)
    func `a run that goes on records each decision once`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let instance = Scene.instance("1.1")
        expect(.unknown) { try scene.registry.record(ActTests.decision(instance, key: nil)) }
        try scene.registry.receive(instance, by: Scene.ada)
        let first = try scene.registry.record(ActTests.decision(instance, key: nil))
        let again = ActTests.decision(instance, key: nil, time: Scene.later(9))
        #expect(try scene.registry.record([again], once: true) == [first])
        var other = again
        other.disposition = "release"
        #expect(try scene.registry.record([other], once: true).first?.id == first.id + 1)
        // What was decided before something else is news: the last decision is the one in force.
        #expect(try scene.registry.record([again], once: true).first?.id == first.id + 2)
        #expect(try scene.registry.record([again], once: true).first?.id == first.id + 2)
        #expect(try scene.registry.record(again).id == first.id + 3)
        #expect(try scene.registry.decisions(ofInstance: instance.digest).count == 4)
        other.disposition = "discard"
        expect(.invalid) { try scene.registry.record(other) }
    }

    @Test(arguments: StorageKind.allCases)
    func `what is kept back is what the last decision for an audience keeps`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let one = Scene.instance("1.1"), two = Scene.instance("1.2")
        try scene.registry.receive([one, two], by: Scene.ada)
        func decide(_ instance: Instance, _ audience: String, _ disposition: String) throws -> Int64 {
            var entry = ActTests.decision(instance, key: nil)
            entry.audience = audience
            entry.disposition = disposition
            return try scene.registry.record(entry).id
        }
        _ = try decide(one, "a", "sequester")
        let kept = try decide(one, "b", "sequester")
        _ = try decide(one, "a", "release")
        let other = try decide(two, "a", "sequester")
        let all = try scene.registry.keptBack(looking: 100)
        #expect(all.found.map(\.decision.id) == [other, kept])
        #expect(all.found.map(\.instance.instance.digest) == [two.digest, one.digest])
        #expect(all.next == nil)
        let first = try scene.registry.keptBack(looking: 2)
        #expect(first.found.map(\.decision.id) == [other])
        let rest = try scene.registry.keptBack(before: first.next, looking: 2)
        #expect(rest.found.map(\.decision.id) == [kept])
    }

    @Test(arguments: StorageKind.allCases)
    func `nothing on the log names a patient or a study, in the clear`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let registry = scene.registry
        let patient = PatientIdentity(id: "SECRET-PATIENT", issuer: "SECRET-ISSUER")
        let instance = Scene.instance("1.99.1", study: "1.99", patient: patient.id, issuer: patient.issuer)
        let scopes: [Scope] = [
            .patient(patient), .study("1.99"), .instance("1.99.1"),
            .query(InstanceQuery(terms: [.init(attribute: .patientName, value: "SECRET*")])),
        ]
        try registry.receive(instance, by: Scene.ada)
        for scope in scopes {
            let hold = try registry.place(
                HoldOrder(
                    matter: "M", custodian: "SECRET", reason: "SECRET", authority: "SECRET", scope: scope),
                by: Scene.ada, at: Scene.start)
            _ = try? registry.perform(.delete, on: .study("1.99"), by: Scene.ada, reason: "SECRET", at: Scene.start)
            try scene.release(hold)
            let label = try registry.label("vip", on: scope, reason: "SECRET", by: Scene.ada, at: Scene.start)
            _ = try registry.withdraw(label: label.id, reason: "SECRET", by: Scene.ada, at: Scene.start)
            _ = try registry.retain(
                scope, until: Scene.later(1), mode: .governance, reason: "SECRET", by: Scene.ada, at: Scene.start)
        }
        try registry.change(
            list: "vip", columns: ["PatientID"], adding: [["SECRET-PATIENT"]], reason: "SECRET", by: Scene.ada,
            at: Scene.start)
        try registry.perform(.delete, on: .study("1.99"), by: Scene.ada, reason: "SECRET", at: Scene.later(2))
        let leaves = try registry.readLog { log in try (0..<log.logSize()).map { try log.leafBytes(at: $0) ?? [] } }
        for leaf in leaves {
            let text = String(decoding: leaf, as: UTF8.self)
            #expect(!text.contains("SECRET") && !text.contains("1.99"))
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `a person is forgotten: nothing says who it was, and every proof stands`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let registry = scene.registry
        let patient = PatientIdentity(id: "P1", issuer: "A")
        let own = Scene.instance("1.1", study: "1", patient: "P1", issuer: "A", [.patientName: "Roe^Jane"])
        let other = Scene.instance("2.1", study: "2", patient: "P2", issuer: "A")
        // Of the same ID, and another person; and one of whom nobody can tell.
        let namesake = Scene.instance("3.1", study: "3", patient: "P1", issuer: "B")
        let unclear = Scene.instance("4.1", study: "4", patient: "P1")
        try registry.receive([own, other, namesake, unclear], by: Scene.ada)
        let hold = try scene.place(.patient(patient))
        let study = try scene.place(.study("1"))
        let label = try registry.label("vip", on: .study("1"), reason: "r", by: Scene.ada, at: Scene.start)
        _ = try registry.label(
            "vip", on: .patient(PatientIdentity(id: "P2")), reason: "r", by: Scene.ada, at: Scene.start)
        func erase() throws -> Registry.Erasure {
            try registry.erase(patient, reason: "asked", by: Scene.ben, at: Scene.later(5))
        }
        #expect(expect(.forbidden, erase)?.holds == [hold, study])
        try scene.release(hold)
        try scene.release(study)
        expect(.conflict, erase)
        try registry.perform(.delete, on: .study("1"), by: Scene.ada, reason: "r", at: Scene.later(1))
        expect(.conflict, erase)
        _ = try registry.withdraw(label: label.id, reason: "r", by: Scene.ada, at: Scene.later(2))
        let size = try registry.readLog { try $0.logSize() }
        let root = try registry.readLog { try $0.root(size: size) }
        let erasure = try erase()
        #expect(erasure.instances == 1)
        #expect(try registry.readLog { try $0.root(size: size) } == root)
        try registry.readLog { (log) throws in
            for index in 0..<(try log.logSize()) {
                for opening in try log.openings(at: index) {
                    #expect(!["1", "1.1", "Roe^Jane"].contains(opening.value), "leaf \(index)")
                }
            }
            #expect(try log.openings(at: 0) == [])
            #expect(try log.openings(at: 1).contains { $0.value == "P2" })
            #expect(try log.openings(at: 2).contains { $0.value == "P1" })
            #expect(try log.openings(at: 3).contains { $0.value == "P1" })
        }
        #expect(try registry.instance(own.digest)?.instance.attributes == [:])
        for instance in [other, namesake, unclear] {
            #expect(try registry.instance(instance.digest)?.instance == instance)
        }
        #expect(try registry.instances(inStudy: "1").isEmpty)
        let scopes = try registry.holds().map(\.scope) + registry.labels().map(\.scope)
        #expect(!scopes.contains(.patient(patient)) && !scopes.contains(.study("1")))
        #expect(scopes.contains(.patient(PatientIdentity(id: "P2"))))
        #expect(try registry.check().findings == [])
        // The same bytes may come again, and are known again.
        try registry.receive(own, by: Scene.ada)
        #expect(try registry.instances(inStudy: "1").map(\.instance) == [own])
        #expect(try registry.check().findings == [])
    }

    @Test(arguments: StorageKind.allCases)
    func `what has a record of its own is not told freely`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        for event in CustodyEvent.Kind.allCases {
            let work = {
                try scene.registry.record(
                    CustodyEvent(
                        event, time: Scene.start, actor: "Ada", personal: [CustodyEvent.Fact("PatientID", "P1")]),
                    about: [.patient(PatientIdentity(id: "P1"))])
            }
            if Registry.freeKinds.contains(event) {
                let size = try scene.registry.readLog { try $0.logSize() }
                #expect(try work() == size)
            } else {
                expect(.invalid, work)
            }
        }
        #expect(try scene.kinds().count == Registry.freeKinds.count)
    }

    @Test(arguments: StorageKind.allCases)
    func `words without words are refused, and nothing is written`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        for words in ["", "  ", "two\nlines", "bell\u{7}"] {
            expect(.invalid) {
                try scene.registry.place(
                    HoldOrder(matter: words, custodian: "c", reason: "r", authority: "a", scope: .study("1")),
                    by: Scene.ada, at: Scene.start)
            }
            expect(.invalid) {
                try scene.registry.label("vip", on: .study("1"), reason: words, by: Scene.ada, at: Scene.start)
            }
            expect(.invalid) {
                try scene.registry.perform(.delete, on: .study("1"), by: Scene.ada, reason: words, at: Scene.start)
            }
        }
        expect(.invalid) {
            try scene.registry.receive(
                Instance(digest: "xyz", size: 1, attributes: [:], received: Scene.start, source: ""), by: Scene.ada)
        }
        #expect(try scene.kinds().isEmpty)
    }
}
