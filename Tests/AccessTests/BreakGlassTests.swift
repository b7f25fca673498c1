import CustodyLog
import DICOMCore
import Host
import Synchronization
import TestSupport
import Testing

@testable import Access
@testable import Registry

/// Broken glass opens what rules withhold, for one person, for a while, for looking, and is on record before it does.
@Suite struct BreakGlassTests {
    static func doctor(_ groups: Set<String> = ["emergency"], acr: String? = "silver", amr: Set<String> = ["otp"])
        -> Principal
    {
        Principal(
            callingAETitle: "WARD",
            token: .init(
                issuer: "https://id", subject: "7", name: "dr.who", claims: ["groups": groups], acr: acr, amr: amr))
    }

    static func policy(_ site: Site, audience: String? = nil) -> AccessPolicy {
        var policy = site.policy()
        policy.breakGlass = BreakGlassPolicy(
            criteria: [.claim(name: "groups", value: "emergency")], acr: ["silver", "gold"], amr: ["otp", "hwk"],
            most: .seconds(3600),
            audience: audience)
        return policy
    }

    static func scene() throws -> (Site, vip: Hospital.Study, prior: Hospital.Study) {
        let vip = RetrievalTests.study(1, patient: "V-2"), prior = RetrievalTests.study(2, patient: "V-2")
        let site = try Site(MemoryArchive(Hospital(studies: [vip, prior, RetrievalTests.study(3)])))
        try site.decide(vip, for: ["ward"])
        try site.decide(RetrievalTests.study(3), for: ["ward"])
        return (site, vip, prior)
    }

    static let scope = Scope.patient(PatientIdentity(id: "V-2", issuer: "GH"))

    private static func listed(_ core: AccessCore, _ principal: Principal) async throws -> [String] {
        try await core.answers(Query(.study, [.studyInstanceUID: "", .patientName: ""]), by: principal).compactMap {
            $0.text(.studyInstanceUID)
        }
    }

    @Test(arguments: [nil, "emergency"])
    func `it shows all of a patient to who broke it, until its time is over`(audience: String?) async throws {
        let (site, vip, prior) = try Self.scene()
        let core = try site.core(Self.policy(site, audience: audience))
        #expect(try await Self.listed(core, Self.doctor()) == [RetrievalTests.study(3).uid])
        let grant = try core.breakGlass(.init(scope: Self.scope, reason: "unconscious"), by: Self.doctor())
        #expect(grant.until == Site.time.adding(seconds: 3600))
        let opened = try await Self.listed(core, Self.doctor())
        #expect(opened == [vip.uid, prior.uid, RetrievalTests.study(3).uid])
        let result = try await core.retrieved(Retrieval(level: .study, studies: [vip.uid]), by: Self.doctor())
        #expect(result.instances.count == 3)
        // Nobody else sees more, on the same machine or anywhere.
        var other = Self.doctor()
        other.token?.subject = "8"
        #expect(try await Self.listed(core, other) == [RetrievalTests.study(3).uid])
        #expect(try await Self.listed(core, Site.asker("ward")) == [RetrievalTests.study(3).uid])
        let later = try site.core(Self.policy(site, audience: audience), at: grant.until)
        #expect(try await Self.listed(later, Self.doctor()) == [RetrievalTests.study(3).uid])
    }

    @Test(arguments: [true, false])
    func `what would come after its end does not come`(runsOut: Bool) async throws {
        let (site, vip, _) = try Self.scene()
        let clock = MovedClock()
        let core = try AccessCore(
            ruleSet: site.ruleSet, policy: Self.policy(site), registry: site.registry, archive: site.archive,
            key: Site.key, scratch: site.folder, clock: { clock.time.withLock { $0 } })
        let grant = try core.breakGlass(.init(scope: Self.scope, reason: "unconscious"), by: Self.doctor())
        var given = 0
        try await core.retrieve(Retrieval(level: .study, studies: [vip.uid]), by: Self.doctor()) { _ in
        } each: { _ in
            given += 1
            if runsOut {
                clock.time.withLock { $0 = grant.until }
            } else {
                _ = try core.endGrant(grant.id, by: Self.doctor(), reason: "awake")
            }
        }
        #expect(given == 1)
    }

    @Test func `a study opens no other study`() async throws {
        let (site, vip, _) = try Self.scene()
        let core = try site.core(Self.policy(site))
        _ = try core.breakGlass(.init(scope: .study(vip.uid), reason: "unconscious"), by: Self.doctor())
        #expect(try await Self.listed(core, Self.doctor()) == [vip.uid, RetrievalTests.study(3).uid])
    }

    @Test func `nothing leaves by it for somebody else`() async throws {
        let (site, vip, _) = try Self.scene()
        let core = try site.core(Self.policy(site))
        _ = try core.breakGlass(.init(scope: Self.scope, reason: "unconscious"), by: Self.doctor())
        let result = try await core.retrieved(
            Retrieval(level: .study, studies: [vip.uid]), by: Self.doctor(), to: .other(Site.asker("ward")))
        #expect(result.announced == 0)
        #expect(result.instances == [])
    }

    @Test func `a hold stands as it stood`() async throws {
        let (site, vip, _) = try Self.scene()
        _ = try site.registry.place(
            HoldOrder(
                matter: "M-1", custodian: "legal", reason: "a claim", authority: "court", scope: .study(vip.uid)),
            by: site.clerk, at: Site.time)
        let core = try site.core(Self.policy(site))
        _ = try core.breakGlass(.init(scope: Self.scope, reason: "unconscious"), by: Self.doctor())
        #expect(throws: RegistryError.self) {
            try site.registry.perform(
                .delete, on: .study(vip.uid), by: site.clerk, reason: "room", at: Site.time)
        }
        #expect(try site.registry.holds(inForceForStudy: vip.uid, at: Site.time).count == 1)
    }

    @Test(arguments: [
        Principal(callingAETitle: "WARD"),
        Self.doctor([]), Self.doctor(acr: nil), Self.doctor(acr: "bronze"), Self.doctor(amr: []),
        Self.doctor(amr: ["pwd"]), Principal(user: .init(name: "dr.who", isProved: false)),
    ])
    func `who may not is refused, and the attempt is on the log`(principal: Principal) async throws {
        let (site, _, _) = try Self.scene()
        let core = try site.core(Self.policy(site))
        do {
            _ = try core.breakGlass(.init(scope: Self.scope, reason: "curious"), by: principal)
            Issue.record("it was not refused")
        } catch {
            #expect(error.code == .forbidden)
        }
        #expect(try site.registry.grants() == [])
        let kinds = try site.registry.readLog { log in
            try (0..<log.logSize()).compactMap { try log.leaf(at: $0).kind }
        }
        #expect(kinds.last == .forbidden)
    }

    @Test func `nobody breaks it where the configuration has nobody who may`() throws {
        let (site, _, _) = try Self.scene()
        #expect(throws: AccessError.self) {
            _ = try site.core().breakGlass(.init(scope: Self.scope, reason: "unconscious"), by: Self.doctor())
        }
    }

    @Test func `whether there is such a patient is not told`() throws {
        let (site, _, _) = try Self.scene()
        let core = try site.core(Self.policy(site))
        let grant = try core.breakGlass(
            .init(scope: .patient(PatientIdentity(id: "NOBODY")), reason: "unconscious"), by: Self.doctor())
        #expect(grant.isRunning(at: Site.time))
    }

    @Test func `it is alerted, logged, reviewed by another, and ended`() throws {
        let (site, _, _) = try Self.scene()
        let core = try site.core(Self.policy(site))
        let grant = try core.breakGlass(
            .init(scope: Self.scope, reason: "unconscious", duration: .seconds(60)), by: Self.doctor())
        #expect(grant.until == Site.time.adding(seconds: 60))
        #expect(throws: AccessError.self) {
            _ = try core.endGrant(grant.id, by: Self.doctor(acr: "gold").named("9"), reason: "not mine")
        }
        let ended = try core.endGrant(grant.id, by: Self.doctor(), reason: "awake")
        #expect(ended.end?.person.name == "dr.who")
        #expect(throws: RegistryError.self) {
            _ = try site.registry.review(
                grant: grant.id, isJustified: true, remark: "I was right", by: try #require(Person("Dr.Who")),
                at: Site.time)
        }
        let reviewed = try site.registry.review(
            grant: grant.id, isJustified: false, remark: "not on duty", by: site.clerk, at: Site.time)
        #expect(reviewed.reviews.map(\.isJustified) == [false])
        let kinds = try site.registry.readLog { log in
            try (0..<log.logSize()).compactMap { try log.leaf(at: $0).kind }
        }
        #expect(kinds.contains(.overrideStarted))
        #expect(kinds.contains(.overrideStopped))
        #expect(kinds.last == .overrideReviewed)
        #expect(try site.registry.check().findings == [])
    }

    @Test func `a grant that ran out is written down as over, once`() throws {
        let (site, _, _) = try Self.scene()
        let core = try site.core(Self.policy(site))
        let grant = try core.breakGlass(.init(scope: Self.scope, reason: "unconscious"), by: Self.doctor())
        #expect(try core.endGrantsRunOut() == 0)
        let later = try site.core(Self.policy(site), at: grant.until)
        #expect(try later.endGrantsRunOut() == 1)
        #expect(try later.endGrantsRunOut() == 0)
        #expect(try site.registry.grant(grant.id)?.end?.person.name == "cordon")
    }

    @Test func `what was seen by it says so on the log`() async throws {
        let (site, vip, _) = try Self.scene()
        var policy = Self.policy(site)
        policy.recordsLooking = true
        let core = try site.core(policy)
        let grant = try core.breakGlass(.init(scope: Self.scope, reason: "unconscious"), by: Self.doctor())
        _ = try await core.retrieved(Retrieval(level: .study, studies: [vip.uid]), by: Self.doctor())
        let viewed = try site.registry.readLog { log in
            try (0..<log.logSize()).map { try log.leaf(at: $0) }.last { $0.kind == .viewed }
        }
        let leaf = try #require(viewed)
        #expect(leaf.actor == "dr.who")
        #expect(leaf.facts.contains(CustodyEvent.Fact("grant", String(grant.id))))
        #expect(!leaf.facts.contains { $0.value == vip.uid })
    }
}

/// A time that a test moves.
private final class MovedClock: Sendable {
    let time = Mutex(Site.time)
}

extension Principal {
    func named(_ subject: String) -> Principal {
        var other = self
        other.token?.subject = subject
        return other
    }
}
