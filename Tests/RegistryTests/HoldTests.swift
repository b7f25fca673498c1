import CustodyLog
import Host
import Testing

@testable import Registry

/// What holds forbid, and who may end them (P6).
@Suite struct HoldTests {
    @Test(arguments: StorageKind.allCases)
    func `a held instance is not deleted, overwritten, coerced or rejected, and each attempt is on the log`(
        kind: StorageKind
    ) throws {
        let scene = try Scene(kind)
        let instance = Scene.instance("1.2.3.1")
        try scene.registry.receive(instance, by: Scene.ada)
        let hold = try scene.place(.study("1.2.3"))
        let acts: [Act] = [.delete, .overwrite, .coerce] + Act.rejectionCodes.sorted().map { .acceptRejection($0) }
        for act in acts {
            for target in [ActTarget.bytes([instance.digest]), .instances(["1.2.3.1"]), .study("1.2.3")] {
                let error = expect(.forbidden) {
                    try scene.registry.perform(act, on: target, by: Scene.dora, reason: "r", at: Scene.later(1))
                }
                #expect(error?.holds == [hold])
                let leaf = try scene.lastLeaf()
                #expect(leaf.kind == .forbidden)
                #expect(leaf.actor == "Dora")
                #expect(leaf.facts.contains(CustodyEvent.Fact("act", act.name)))
                #expect(leaf.facts.contains(CustodyEvent.Fact("hold", String(hold.id))))
            }
        }
        #expect(try scene.registry.instance(instance.digest)?.removed == nil)
        try scene.checkLog()
    }

    @Test(arguments: StorageKind.allCases)
    func `the last release of several frees`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let instance = Scene.instance("1.2.3.1", issuer: "A", [.modality: "CT", .studyDate: "20260301"])
        try scene.registry.receive(instance, by: Scene.ada)
        let holds = [
            try scene.place(.patient(PatientIdentity(id: "P1"))),
            try scene.place(.patient(PatientIdentity(id: "P1", issuer: "A"))),
            try scene.place(.study("1.2.3")), try scene.place(.instance("1.2.3.1")),
            try scene.place(
                .query(
                    InstanceQuery(terms: [
                        .init(attribute: .modality, value: "c?"),
                        .init(attribute: .studyDate, value: "20260101-20260331"),
                    ]))),
        ]
        _ = try scene.place(.patient(PatientIdentity(id: "P1", issuer: "B")))
        for (count, hold) in holds.enumerated() {
            let standing = try scene.registry.holds(inForceFor: instance.digest, at: Scene.later(1))
            #expect(standing == Array(holds[count...]))
            expect(.forbidden) {
                try scene.registry.perform(
                    .delete, on: .study("1.2.3"), by: Scene.ada, reason: "r", at: Scene.later(1))
            }
            try scene.release(hold)
        }
        let permit = try scene.registry.perform(
            .delete, on: .study("1.2.3"), by: Scene.ada, reason: "r", at: Scene.later(2))
        #expect(permit.digests == [instance.digest])
        #expect(try scene.lastLeaf().kind == .deleted)
        #expect(try scene.registry.instance(instance.digest)?.removed == Scene.later(2))
    }

    @Test(arguments: StorageKind.allCases)
    func `who placed does not release, and two different people release`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let hold = try scene.place(.study("1.2.3"))
        let registry = scene.registry
        func request(_ person: Person) throws -> Hold {
            try registry.requestRelease(ofHold: hold.id, reason: "settled", by: person, at: Scene.start)
        }
        func approve(_ person: Person) throws -> Hold {
            try registry.approveRelease(ofHold: hold.id, reason: "settled", by: person, at: Scene.start)
        }
        expect(.anotherPerson) { try request(Scene.ada) }
        expect(.anotherPerson) { try request(Scene.person("ADA")) }
        #expect(try scene.lastLeaf().kind == .forbidden)
        expect(.conflict) { try approve(Scene.ben) }
        #expect(try request(Scene.ben).releaseRequest?.person == Scene.ben)
        expect(.conflict) { try request(Scene.cy) }
        expect(.anotherPerson) { try approve(Scene.ada) }
        expect(.anotherPerson) { try approve(Scene.person("bEN")) }
        #expect(try registry.hold(hold.id)?.isInForce == true)
        let declined = try registry.declineRelease(ofHold: hold.id, reason: "no", by: Scene.dora, at: Scene.start)
        #expect(declined.releaseRequest == nil)
        expect(.conflict) { try approve(Scene.cy) }
        _ = try request(Scene.ben)
        #expect(try approve(Scene.cy).isInForce == false)
        expect(.conflict) { try approve(Scene.dora) }
        expect(.unknown) { try registry.hold(99).map { _ in } ?? { throw RegistryError.unknown("hold") }() }
    }

    @Test(arguments: StorageKind.allCases)
    func `a query catches what arrives later`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let terms = [
            InstanceQuery.Term(attribute: .patientName, value: "roe^*"),
            InstanceQuery.Term(attribute: .modality, value: "CT"),
        ]
        let hold = try scene.place(.query(InstanceQuery(terms: terms)))
        let meant = Scene.instance("1.1", [.patientName: "ROE^Jane", .modality: "CT"])
        let other = Scene.instance("1.2", study: "9", [.patientName: "Doe^Jane", .modality: "CT"])
        try scene.registry.receive([meant, other], by: Scene.ada)
        #expect(try scene.registry.holds(inForceFor: meant.digest, at: Scene.start) == [hold])
        #expect(try scene.registry.holds(inForceFor: other.digest, at: Scene.start) == [])
    }

    @Test(arguments: StorageKind.allCases)
    func `what cannot be read may be what is held`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let patient = try scene.place(.patient(PatientIdentity(id: "P9")))
        let dated = try scene.place(
            .query(InstanceQuery(terms: [.init(attribute: .studyDate, value: "20260101")])))
        let unreadable = Scene.instance("1.1", study: "8", patient: nil, unreadable: [.patientID])
        let absent = Scene.instance("1.2", study: "9", patient: nil)
        let noDate = Scene.instance("1.3", study: "10", [.studyDate: "yesterday"])
        #expect(try scene.registry.holds(inForceFor: unreadable, at: Scene.start) == [patient])
        #expect(try scene.registry.holds(inForceFor: absent, at: Scene.start) == [])
        #expect(try scene.registry.holds(inForceFor: noDate, at: Scene.start) == [dated])
    }

    @Test(arguments: StorageKind.allCases)
    func `a patient's hold covers the whole study, whoever its instances name`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let hold = try scene.place(.patient(PatientIdentity(id: "P1")))
        let named = Scene.instance("1.1"), nameless = Scene.instance("1.2", patient: nil)
        try scene.registry.receive([nameless], by: Scene.ada)
        #expect(try scene.registry.holds(inForceFor: nameless.digest, at: Scene.start) == [])
        try scene.registry.receive([named], by: Scene.ada)
        #expect(try scene.registry.holds(inForceFor: nameless.digest, at: Scene.start) == [hold])
        #expect(
            try scene.registry.instances(matching: .patient(PatientIdentity(id: "P1"))).map(\.instance.digest)
                == [named.digest, nameless.digest].sorted())
    }

    @Test(arguments: StorageKind.allCases)
    func `a hold begins when it says, and a clock that goes back does not end it`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let instance = Scene.instance("1.1")
        let now = try scene.place(.study("1.2.3"))
        let later = try scene.place(.study("1.2.3"), start: Scene.later(100))
        #expect(try scene.registry.holds(inForceFor: instance, at: Scene.later(-1000)) == [now])
        #expect(try scene.registry.holds(inForceFor: instance, at: Scene.later(99)) == [now])
        #expect(try scene.registry.holds(inForceFor: instance, at: Scene.later(100)) == [now, later])
    }

    @Test(arguments: StorageKind.allCases)
    func `queries that mean everything or nothing are not placed`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let wrong: [[InstanceQuery.Term]] = [
            [], [.init(attribute: .modality, value: "*")], [.init(attribute: .patientName, value: "")],
            [.init(attribute: .studyDate, value: "2026")], [.init(attribute: .studyDate, value: "20260301-20260201")],
            [.init(attribute: .studyDate, value: "-")], [.init(attribute: .studyInstanceUID, value: "1.2.*")],
            [.init(attribute: .modality, value: "CT\\MR")], [.init(attribute: .modality, value: "C\nT")],
            [.init(attribute: .modality, value: "CT"), .init(attribute: .modality, value: "MR")],
        ]
        for terms in wrong { expect(.invalid) { try scene.place(.query(InstanceQuery(terms: terms))) } }
        expect(.invalid) { try scene.place(.study("a study")) }
        expect(.invalid) { try scene.place(.patient(PatientIdentity(id: " "))) }
        #expect(try scene.kinds().isEmpty)
    }
}
