import CustodyLog
import Host
import Testing

@testable import Registry

/// What is decided in the one place: keys, labels, retentions, and what cannot be told.
@Suite struct ActTests {
    static func decision(
        _ instance: Instance, key: String?, output: String? = nil, time: Instant = Scene.start
    ) -> DecisionEntry {
        DecisionEntry(
            instance: instance.digest, audience: "research", disposition: "deidentify", profile: "basic",
            ruleSet: "hospital", revision: 7, ruleSetDigest: Scene.digest("rules"), tier: 2, key: key,
            explanation: "{}", output: output, time: time, author: Scene.ada)
    }

    @Test(arguments: StorageKind.allCases)
    func `a key is not destroyed while a hold covers a study that it made pseudonyms in`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let registry = scene.registry
        let worked = Scene.instance("1.1", study: "1", patient: "P1", [.modality: "CT"])
        let other = Scene.instance("2.1", study: "2", patient: "P2", [.modality: "MR"])
        try registry.receive([worked, other], by: Scene.ada)
        try registry.record(Self.decision(worked, key: "k1"))
        func destroy() throws -> RemovalPermit {
            try registry.perform(.destroyKey("k1"), by: Scene.dora, reason: "old", at: Scene.later(1))
        }
        let scopes: [Scope] = [
            .patient(PatientIdentity(id: "P1", issuer: "X")), .study("1"), .instance("1.1"),
            .query(InstanceQuery(terms: [.init(attribute: .modality, value: "CT")])),
        ]
        _ = try scene.place(.study("2"))
        _ = try scene.place(.patient(PatientIdentity(id: "P2")))
        _ = try scene.place(.query(InstanceQuery(terms: [.init(attribute: .modality, value: "MR")])))
        for scope in scopes {
            let hold = try scene.place(scope)
            #expect(expect(.forbidden, destroy)?.holds == [hold])
            try scene.release(hold)
        }
        #expect(try destroy().digests == [])
        #expect(try scene.lastLeaf().kind == .keyDestroyed)
        expect(.conflict) { try registry.record(Self.decision(worked, key: "k1")) }
        try scene.checkLog()
    }

    @Test(arguments: StorageKind.allCases)
    func `a key whose work cannot be told is not destroyed while anything is held`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let nameless = Scene.instance("1.1", study: nil)
        try scene.registry.receive(nameless, by: Scene.ada)
        try scene.registry.record(Self.decision(nameless, key: "told badly"))
        let hold = try scene.place(.study("99"))
        for key in ["never seen", "told badly"] {
            let error = expect(.forbidden) {
                try scene.registry.perform(.destroyKey(key), by: Scene.dora, reason: "old", at: Scene.later(1))
            }
            #expect(error?.holds == [hold])
        }
        try scene.release(hold)
        for key in ["never seen", "told badly"] {
            try scene.registry.perform(.destroyKey(key), by: Scene.dora, reason: "old", at: Scene.later(1))
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `what the registry does not know is nobody's to remove`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        for target in [ActTarget.bytes([Scene.digest("x")]), .instances(["1.1"]), .study("1")] {
            expect(.unknown) {
                try scene.registry.perform(.delete, on: target, by: Scene.ada, reason: "r", at: Scene.start)
            }
        }
        expect(.invalid) {
            try scene.registry.perform(.delete, by: Scene.ada, reason: "r", at: Scene.start)
        }
        expect(.invalid) {
            try scene.registry.perform(.delete, on: .bytes([]), by: Scene.ada, reason: "r", at: Scene.start)
        }
        expect(.invalid) {
            try scene.registry.perform(
                .acceptRejection("113000"), on: .study("1"), by: Scene.ada, reason: "r", at: Scene.start)
        }
        #expect(try scene.kinds().isEmpty)
    }

    @Test(arguments: StorageKind.allCases)
    func `a label stays while a hold covers what it is about`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let registry = scene.registry
        try registry.receive(Scene.instance("1.1", study: "1", patient: "P1"), by: Scene.ada)
        let scopes: [Scope] = [
            .patient(PatientIdentity(id: "P1")), .patient(PatientIdentity(id: "P1", issuer: "A")), .study("1"),
            .instance("1.1"), .query(InstanceQuery(terms: [.init(attribute: .patientID, value: "P1")])),
        ]
        for held in scopes {
            let hold = try scene.place(held)
            var labels: [LabelRecord] = []
            for scope in scopes {
                let label = try registry.label("vip", on: scope, reason: "r", by: Scene.ada, at: Scene.start)
                labels.append(label)
                let error = expect(.forbidden) {
                    try registry.withdraw(label: label.id, reason: "r", by: Scene.ben, at: Scene.later(1))
                }
                #expect(error?.holds == [hold])
                #expect(try registry.label(label.id)?.withdrawal == nil)
            }
            try scene.release(hold)
            for label in labels {
                try registry.perform(.withdrawLabel(label.id), by: Scene.ben, reason: "r", at: Scene.later(1))
                #expect(try registry.label(label.id)?.withdrawal?.author == Scene.ben)
            }
        }
        // Before anything has come, a hold on the very same thing forbids too.
        _ = try scene.place(.study("77"))
        let label = try registry.label("vip", on: .study("77"), reason: "r", by: Scene.ada, at: Scene.start)
        expect(.forbidden) { try registry.withdraw(label: label.id, reason: "r", by: Scene.ben, at: Scene.start) }
        try scene.checkLog()
    }

    @Test(arguments: StorageKind.allCases)
    func `a withdrawal says on the log what label it was, and about whom to those alone who may know`(
        kind: StorageKind
    ) throws {
        let scene = try Scene(kind)
        let patient = Scope.patient(PatientIdentity(id: "SECRET", issuer: "H"))
        let label = try scene.registry.label("vip", on: patient, reason: "r", by: Scene.ada, at: Scene.start)
        _ = try scene.registry.withdraw(label: label.id, reason: "left office", by: Scene.ben, at: Scene.later(1))
        let leaves = try scene.registry.readLog { log in try (0..<log.logSize()).map { try log.leaf(at: $0) } }
        let given = try #require(leaves.first), withdrawn = try #require(leaves.last)
        #expect(withdrawn.kind == .labelWithdrawn)
        for name in ["number", "label", "scope", "source"] {
            let value = withdrawn.facts.first { $0.name == name }?.value
            #expect(value != nil && value == given.facts.first { $0.name == name }?.value, "\(name)")
        }
        #expect(!withdrawn.facts.contains { $0.value.contains("SECRET") })
        let openings = try scene.registry.readLog { log in try log.openings(at: log.logSize() - 1) }
        #expect(openings.contains { $0.name == "PatientID" && $0.value == "SECRET" })
    }

    @Test(arguments: StorageKind.allCases)
    func `two people withdraw a label that tells of a hold`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let registry = scene.registry
        let label = try registry.label(
            "held", on: .study("1"), source: .dataSet, tellsOfHold: true, reason: "KOS", by: Scene.ada,
            at: Scene.start)
        #expect(
            try registry.label("x", on: .study("1"), source: .hold, reason: "r", by: Scene.ada, at: Scene.start)
                .tellsOfHold)
        guard
            case .requested(let requested) = try registry.withdraw(
                label: label.id, reason: "mistake", by: Scene.ben, at: Scene.later(1))
        else {
            Issue.record("one person was enough")
            return
        }
        #expect(requested.withdrawalRequest?.person == Scene.ben)
        #expect(try registry.labels(study: "1", at: Scene.later(2)).count == 2)
        expect(.anotherPerson) {
            try registry.withdraw(label: label.id, reason: "again", by: Scene.person("ben"), at: Scene.later(2))
        }
        guard
            case .withdrawn(let withdrawn) = try registry.withdraw(
                label: label.id, reason: "yes", by: Scene.cy, at: Scene.later(3))
        else {
            Issue.record("two people were not enough")
            return
        }
        #expect(withdrawn.withdrawal?.author == Scene.ben)
        #expect(withdrawn.withdrawal?.second == Scene.cy)
        expect(.conflict) { try registry.withdraw(label: label.id, reason: "r", by: Scene.dora, at: Scene.later(4)) }
        #expect(try registry.labels(study: "1", at: Scene.later(4)).count == 1)
    }

    @Test(arguments: StorageKind.allCases)
    func `retention keeps bytes until it has run out, and forbids nothing else`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let registry = scene.registry
        let instance = Scene.instance("1.1", study: "1")
        try registry.receive(instance, by: Scene.ada)
        let retention = try registry.retain(
            .study("1"), until: Scene.later(100), mode: .governance, reason: "law", by: Scene.ada, at: Scene.start)
        for act in [Act.delete, .overwrite, .coerce, .acceptRejection("113039")] {
            let error = expect(.forbidden) {
                try registry.perform(act, on: .study("1"), by: Scene.ada, reason: "r", at: Scene.later(99))
            }
            #expect(error?.retentions == [retention])
        }
        // A wrong image must not stay in sight for ten years.
        try registry.perform(
            .acceptRejection("113037"), on: .study("1"), by: Scene.ada, reason: "wrong patient", at: Scene.later(1))
        try registry.perform(.delete, on: .study("1"), by: Scene.ada, reason: "r", at: Scene.later(100))
    }

    @Test(arguments: StorageKind.allCases)
    func `governance is shortened by who says so, compliance by nobody`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let registry = scene.registry
        let governance = try registry.retain(
            .study("1"), until: Scene.later(100), mode: .governance, reason: "law", by: Scene.ada, at: Scene.start)
        let compliance = try registry.retain(
            .study("1"), until: Scene.later(100), mode: .compliance, reason: "law", by: Scene.ada, at: Scene.start)
        func shorten(_ retention: Retention, bypassing: Bool) throws -> Retention {
            try registry.shorten(
                retention: retention.id, until: Scene.later(50), reason: "r", by: Scene.ben,
                bypassingGovernance: bypassing, at: Scene.start)
        }
        expect(.forbidden) { try shorten(governance, bypassing: false) }
        #expect(try scene.lastLeaf().kind == .forbidden)
        expect(.forbidden) { try shorten(compliance, bypassing: false) }
        expect(.forbidden) { try shorten(compliance, bypassing: true) }
        #expect(try scene.lastLeaf().kind == .forbidden)
        #expect(try shorten(governance, bypassing: true).until == Scene.later(50))
        #expect(try registry.retention(governance.id)?.until == Scene.later(50))
        #expect(try registry.retention(compliance.id)?.until == Scene.later(100))
        for retention in [governance, compliance] {
            expect(.invalid) {
                try registry.extend(
                    retention: retention.id, until: Scene.later(50), reason: "r", by: Scene.ben, at: Scene.start)
            }
            let longer = try registry.extend(
                retention: retention.id, until: Scene.later(200), reason: "r", by: Scene.ben, at: Scene.start)
            #expect(longer.until == Scene.later(200))
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `a removed instance that comes again is there again`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let instance = Scene.instance("1.1", study: "1")
        #expect(try scene.registry.receive(instance, by: Scene.ada).isNew)
        try scene.registry.perform(.delete, on: .study("1"), by: Scene.ada, reason: "r", at: Scene.later(1))
        #expect(try scene.registry.instance(instance.digest)?.removed == Scene.later(1))
        #expect(try !scene.registry.receive(instance, by: Scene.ada).isNew)
        #expect(try scene.registry.instance(instance.digest)?.removed == nil)
        #expect(try scene.registry.instanceCount() == 1)
        // The same UID with other bytes takes nothing's place.
        let other = Scene.instance("1.1", study: "1", bytes: "other")
        #expect(try scene.registry.receive(other, by: Scene.ada).isNew)
        #expect(try scene.registry.instances(sopInstanceUID: "1.1").count == 2)
    }

    @Test(arguments: StorageKind.allCases)
    func `a large study is one act on several leaves`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let instances = (0..<250).map { Scene.instance("1.\($0)", study: "1") }
        try scene.registry.receive(instances, by: Scene.ada)
        let permit = try scene.registry.perform(
            .delete, on: .study("1"), by: Scene.ada, reason: "r", at: Scene.later(1))
        #expect(permit.digests == instances.map(\.digest).sorted())
        #expect(permit.leaf == 250)
        let named = try scene.registry.readLog { log in
            try (250..<log.logSize()).map { try log.leaf(at: $0).facts.filter { $0.name == "digest" }.count }
        }
        #expect(named == [100, 100, 50])
    }
}
