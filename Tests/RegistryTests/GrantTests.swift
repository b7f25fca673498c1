import CustodyLog
import Host
import Testing

@testable import Registry

/// Broken glass is a record with leaves, for one person, a while, a patient or a study; it ends, is reviewed by another, and is
/// forgotten with the person that it is about.
@Suite struct GrantTests {
    private static let patient = Scope.patient(PatientIdentity(id: "P1", issuer: "GH"))

    private static func order(_ scope: Scope = patient, seconds: Int64 = 3600, proof: String = "oidc i 7") -> GrantOrder
    {
        GrantOrder(
            scope: scope, proof: proof, reason: "unconscious", until: Scene.later(seconds), audience: "emergency")
    }

    @Test(arguments: StorageKind.allCases)
    func `it runs for who it is, from when to when it says`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let grant = try scene.registry.breakGlass(Self.order(), by: Scene.ada, at: Scene.start)
        #expect(try scene.registry.grant(grant.id) == grant)
        func running(_ proof: String, _ seconds: Int64) throws -> [Int64] {
            try scene.registry.grants(runningFor: proof, at: Scene.later(seconds)).map(\.id)
        }
        #expect(try running("oidc i 7", 0) == [grant.id])
        #expect(try running("oidc i 7", 3599) == [grant.id])
        #expect(try running("oidc i 7", 3600) == [])
        #expect(try running("oidc i 7", -1) == [])
        #expect(try running("oidc i 8", 0) == [])
        #expect(try scene.kinds() == [.overrideStarted])
    }

    @Test(arguments: StorageKind.allCases)
    func `it ends once, by whoever, and its end is on the log`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let grant = try scene.registry.breakGlass(Self.order(), by: Scene.ada, at: Scene.start)
        let ended = try scene.registry.end(
            grant: grant.id, reason: "awake", by: Scene.ben, at: Scene.later(10))
        #expect(ended.end?.person == Scene.ben)
        #expect(try scene.registry.grants(runningFor: "oidc i 7", at: Scene.later(11)) == [])
        expect(.conflict) {
            try scene.registry.end(grant: grant.id, reason: "again", by: Scene.ben, at: Scene.later(12))
        }
        expect(.unknown) { try scene.registry.end(grant: 99, reason: "none", by: Scene.ben, at: Scene.later(12)) }
        #expect(try scene.kinds() == [.overrideStarted, .overrideStopped])
        #expect(try scene.registry.check().findings == [])
    }

    @Test(arguments: StorageKind.allCases)
    func `those that ran out are written down as over`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        _ = try scene.registry.breakGlass(Self.order(seconds: 10), by: Scene.ada, at: Scene.start)
        let later = try scene.registry.breakGlass(Self.order(seconds: 20), by: Scene.ada, at: Scene.start)
        #expect(try scene.registry.endGrantsRunOut(by: Scene.cy, at: Scene.later(9)) == 0)
        #expect(try scene.registry.endGrantsRunOut(by: Scene.cy, at: Scene.later(10)) == 1)
        #expect(try scene.registry.endGrantsRunOut(by: Scene.cy, at: Scene.later(10)) == 0)
        #expect(try scene.registry.grant(later.id)?.end == nil)
        #expect(try scene.registry.check().findings == [])
    }

    @Test(arguments: StorageKind.allCases)
    func `somebody else reviews it, and nobody their own`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let grant = try scene.registry.breakGlass(Self.order(), by: Scene.ada, at: Scene.start)
        expect(.anotherPerson) {
            try scene.registry.review(
                grant: grant.id, isJustified: true, remark: "fine", by: Scene.person("ADA"), at: Scene.later(1))
        }
        for isJustified in [false, true] {
            _ = try scene.registry.review(
                grant: grant.id, isJustified: isJustified, remark: "looked into it", by: Scene.ben, at: Scene.later(2))
        }
        #expect(try scene.registry.grant(grant.id)?.reviews.map(\.isJustified) == [false, true])
        #expect(
            try scene.kinds() == [.overrideStarted, .forbidden, .overrideReviewed, .overrideReviewed])
        #expect(try scene.registry.check().findings == [])
    }

    @Test(arguments: StorageKind.allCases)
    func `what cannot be meant is refused`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        for order in [
            Self.order(.instance("1.2")),
            Self.order(.query(InstanceQuery(terms: [.init(attribute: .modality, value: "CT")]))),
            Self.order(seconds: 0), Self.order(proof: " "), Self.order(.study("a")),
        ] {
            expect(.invalid) { try scene.registry.breakGlass(order, by: Scene.ada, at: Scene.start) }
        }
        #expect(try scene.kinds() == [])
    }

    @Test(arguments: StorageKind.allCases)
    func `a record without its leaf, and a leaf without its record, are found`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let grant = try scene.registry.breakGlass(Self.order(), by: Scene.ada, at: Scene.start)
        try scene.registry.storage.write { transaction in
            var other = grant
            other.id = try transaction.nextNumber(.grant)
            try transaction.insert(other, leaf: 0)
        }
        #expect(try !scene.registry.check().isSound)
    }

    @Test(arguments: StorageKind.allCases)
    func `an attempt is recorded whatever is written in it, within limits`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let reason = String(repeating: "a\n", count: 100_000)
        for scope in [Scope.study("no UID"), .study(String(repeating: "1", count: 100_000)), .study("1.2")] {
            try scene.registry.refuseBreakGlass(
                scope, reason: reason, why: "no role", by: Scene.ada, at: Scene.start)
        }
        let leaves = try scene.registry.readLog { log in try (0..<log.logSize()).map { try log.leaf(at: $0) } }
        #expect(leaves.map(\.kind) == [.forbidden, .forbidden, .forbidden])
        let openings = try scene.registry.readLog { log in try (0..<3).map { try log.openings(at: $0) } }
        #expect(openings.allSatisfy { $0.contains { $0.name == "reason" && $0.value.count == 2000 } })
        #expect(openings.map { $0.contains { $0.name == "StudyInstanceUID" } } == [false, false, true])
        #expect(try scene.registry.check().findings == [])
    }

    @Test(arguments: StorageKind.allCases)
    func `with a person goes whom grants were about`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let own = try scene.registry.breakGlass(Self.order(), by: Scene.ada, at: Scene.start)
        let other = try scene.registry.breakGlass(
            Self.order(.patient(PatientIdentity(id: "P2", issuer: "GH"))), by: Scene.ada, at: Scene.start)
        _ = try scene.registry.erase(
            PatientIdentity(id: "P1", issuer: "GH"), reason: "asked for it", by: Scene.ben, at: Scene.later(9999))
        #expect(try scene.registry.grant(own.id)?.scope != own.scope)
        #expect(try scene.registry.grant(other.id)?.scope == other.scope)
        #expect(try scene.registry.check().findings == [])
    }

    @Test(arguments: StorageKind.allCases)
    func `a study's record has its instances, their decisions and the last explanations`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        let one = Scene.instance("1.2.3.1"), two = Scene.instance("1.2.3.2"), far = Scene.instance("9.1", study: "9")
        try scene.registry.receive([one, two, far], by: Scene.ada)
        func decide(
            _ instance: Instance, _ disposition: String, _ explanation: String, ruleSet: String = "r"
        ) throws {
            try scene.registry.record(
                DecisionEntry(
                    instance: instance.digest, audience: "ward", disposition: disposition, ruleSet: ruleSet,
                    revision: 1,
                    ruleSetDigest: Scene.digest("rules"), tier: 2, explanation: explanation, time: Scene.start,
                    author: Scene.ada))
        }
        try decide(one, "release", "{\"decided\":\"release\",\"labels\":[]}")
        try decide(two, "sequester", "{\"decided\":\"release\",\"labels\":[]}")
        try decide(one, "flag", "{\"decided\":\"flag\",\"labels\":[1]}")
        try decide(far, "flag", "not JSON")
        // What another rule set says of it later is another matter.
        try decide(one, "release", "{\"decided\":\"release\",\"labels\":[2]}", ruleSet: "s")
        let record = try scene.registry.record(ofStudy: " 1.2.3 ", ruleSet: "r")
        #expect(Set(record.instances.map(\.instance)) == [one, two])
        #expect(record.patients == [PatientIdentity(id: "P1")])
        #expect(record.decisions[one.digest]?.map(\.disposition) == ["release", "flag"])
        #expect(record.decisions[two.digest]?.map(\.byRules) == ["release"])
        #expect(
            Set(record.explanations) == [
                "{\"decided\":\"flag\",\"labels\":[1]}", "{\"decided\":\"release\",\"labels\":[]}",
            ])
        let other = try scene.registry.record(ofStudy: "1.2.3", ruleSet: "s")
        #expect(other.decisions.keys.sorted() == [one.digest])
        #expect(other.explanations == ["{\"decided\":\"release\",\"labels\":[2]}"])
        #expect(
            try scene.registry.explanations(ofStudy: "1.2.3", ruleSet: "s")
                == ["{\"decided\":\"release\",\"labels\":[2]}"])
        #expect(try scene.registry.record(ofStudy: "9", ruleSet: "r").decisions.values.first?.map(\.byRules) == [nil])
        #expect(try scene.registry.studies(ofPatientID: "p1").map(\.study).sorted() == ["1.2.3", "9"])
    }
}
