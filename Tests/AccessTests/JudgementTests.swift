import DICOMCore
import Host
import TestSupport
import Testing

@testable import Access
@testable import Registry

/// What a study is judged by: what was decided, what has been learned since, and what nobody has looked at.
@Suite struct JudgementTests {
    static func listed(_ core: AccessCore, _ audience: String = "ward") async throws -> [String] {
        try await core.answers(Query(.study, [.studyInstanceUID: ""]), by: Site.asker(audience)).compactMap {
            $0.text(.studyInstanceUID)
        }
    }

    static func site(_ studies: [Hospital.Study]) throws -> Site { try Site(MemoryArchive(Hospital(studies: studies))) }

    @Test func `a study that nobody has looked at is not there, unless the site says otherwise`() async throws {
        let plain = RetrievalTests.study(1)
        let site = try Self.site([plain])
        #expect(try await Self.listed(site.core()) == [])
        // What the archive does not say is unknown, and a ward flags what may be violence but does not see what may be a VIP.
        #expect(try await Self.listed(site.core(site.policy(unseen: .evaluate))) == [plain.uid])
        let vip = RetrievalTests.study(2, patient: "V-2")
        let other = try Self.site([plain, vip])
        #expect(try await Self.listed(other.core(other.policy(unseen: .evaluate))) == [plain.uid])
    }

    @Test func `more in the archive than was looked at is as if nobody had looked`() async throws {
        let study = RetrievalTests.study(1)
        let site = try Self.site([study])
        try site.decide(study, for: ["ward"], instances: [study.instances[0].uid])
        #expect(try await Self.listed(site.core()) == [])
    }

    @Test func `a label counts at once, for every study of the patient`() async throws {
        let one = RetrievalTests.study(1), prior = RetrievalTests.study(2),
            other = RetrievalTests.study(3, patient: "P-9")
        let site = try Self.site([one, prior, other])
        try site.decideAll(for: ["ward"])
        let core = try site.core()
        #expect(try await Self.listed(core) == [one.uid, prior.uid, other.uid])
        let label = try site.registry.label(
            "vip", on: .patient(PatientIdentity(id: "P-1", issuer: "GH")), reason: "asked for it", by: site.clerk,
            at: Site.time)
        #expect(try await Self.listed(core) == [other.uid])
        // And so does its withdrawal.
        _ = try site.registry.withdraw(label: label.id, reason: "no longer", by: site.clerk, at: Site.time)
        let later = try site.core(at: Site.time.adding(seconds: 60))
        #expect(try await Self.listed(later) == [one.uid, prior.uid, other.uid])
    }

    @Test func `a patient of whom the issuer is not known may be the one with the label`() async throws {
        var study = RetrievalTests.study(1)
        study.issuer = ""
        let site = try Self.site([study])
        try site.decideAll(for: ["ward"])
        _ = try site.registry.label(
            "vip", on: .patient(PatientIdentity(id: "P-1", issuer: "GH")), reason: "asked for it", by: site.clerk,
            at: Site.time)
        #expect(try await Self.listed(site.core()) == [])
    }

    @Test func `consent lifts what it may lift while it stands`() async throws {
        let study = RetrievalTests.study(1, patient: "V-2")
        let site = try Self.site([study])
        try site.decideAll(for: ["ward"])
        #expect(try await Self.listed(site.core()) == [])
        let consent = try site.registry.label(
            "consented", on: .study(study.uid), reason: "signed", by: site.clerk, at: Site.time)
        #expect(try await Self.listed(site.core()) == [study.uid])
        // Decided again with the consent, which is then withdrawn: what was decided does not keep it.
        try site.decideAll(for: ["ward"])
        _ = try site.registry.withdraw(label: consent.id, reason: "took it back", by: site.clerk, at: Site.time)
        #expect(try await Self.listed(site.core(at: Site.time.adding(seconds: 1))) == [])
    }

    @Test func `what rules found of a patient in one study holds for the others`() async throws {
        // The rule asks for a description that only the one study has, and speaks of the patient.
        let rules = Site.rules.replacing(
            "<tag study=\"violence\"/>", with: "<tag study=\"violence\" patient=\"vip\"/>")
        let abuse = RetrievalTests.study(1, description: "ABUSE SERIES"), prior = RetrievalTests.study(2)
        let site = try Site(MemoryArchive(Hospital(studies: [abuse, prior])), rules: rules)
        // In the order in which they came, the prior first: each alone.
        try site.decide(prior, for: ["ward"])
        #expect(try await Self.listed(site.core()) == [prior.uid])
        try site.decide(abuse, for: ["ward"])
        #expect(try await Self.listed(site.core()) == [])
    }

    @Test func `what rules found of a patient holds for a study that names another ID beside theirs`() async throws {
        let rules = Site.rules.replacing(
            "<tag study=\"violence\"/>", with: "<tag study=\"violence\" patient=\"vip\"/>")
        let abuse = RetrievalTests.study(1, description: "ABUSE SERIES")
        let both = RetrievalTests.study(2, patient: "P-9\\P-1"), plain = RetrievalTests.study(3, patient: "P-9")
        let site = try Site(MemoryArchive(Hospital(studies: [abuse, both, plain])), rules: rules)
        try site.decide(abuse, for: ["ward"])
        let core = try site.core(site.policy(unseen: .evaluate))
        #expect(try await Self.listed(core) == [plain.uid])
    }

    @Test func `what rules found of a patient holds for another identity that is the same patient`() async throws {
        let rules = Site.rules.replacing(
            "<tag study=\"violence\"/>", with: "<tag study=\"violence\" patient=\"vip\"/>")
        let abuse = RetrievalTests.study(1, description: "ABUSE SERIES"),
            other = RetrievalTests.study(2, patient: "P-9")
        let site = try Site(MemoryArchive(Hospital(studies: [abuse, other])), rules: rules)
        try site.decideAll(for: ["ward"])
        #expect(try await Self.listed(site.core()) == [other.uid])
        _ = try site.registry.link(
            PatientIdentity(id: "P-1", issuer: "GH"), PatientIdentity(id: "P-9", issuer: "GH"), kind: .merge,
            reason: "one person", by: site.clerk, at: Site.time)
        #expect(try await Self.listed(site.core()) == [])
    }

    @Test func `labels of a decision for one audience judge for another`() async throws {
        let study = RetrievalTests.study(1, description: "ABUSE SERIES")
        let site = try Self.site([study, RetrievalTests.study(2)])
        try site.decideAll(for: ["ward"])
        #expect(try await Self.listed(site.core(), "research") == [RetrievalTests.study(2).uid])
    }

    @Test func `decisions of other rules count only where the site says so`() async throws {
        let study = RetrievalTests.study(1)
        let archive = MemoryArchive(Hospital(studies: [study]))
        let old = try Site(archive)
        try old.decideAll(for: ["ward"])
        let rules = Site.rules.replacing("revision=\"3\"", with: "revision=\"4\"")
        let new = try Site(archive, rules: rules)
        func core(_ earlier: AccessPolicy.EarlierDecisions) throws -> AccessCore {
            var policy = new.policy()
            policy.earlierDecisions = earlier
            return try AccessCore(
                ruleSet: new.ruleSet, policy: policy, registry: old.registry, archive: archive,
                key: Site.key, scratch: old.folder, clock: { Site.time })
        }
        #expect(try await Self.listed(core(.asUnseen)) == [])
        #expect(try await Self.listed(core(.count)) == [study.uid])
    }

    @Test func `what another rule set decides later takes no label away, and no decision`() async throws {
        let abuse = RetrievalTests.study(1, description: "ABUSE SERIES"), plain = RetrievalTests.study(2)
        let site = try Self.site([abuse, plain])
        try site.decideAll(for: ["ward"])
        #expect(try await Self.listed(site.core(), "research") == [plain.uid])
        for study in [abuse, plain] {
            for instance in study.instances {
                let digest = try #require(
                    site.registry.instances(sopInstanceUID: instance.uid).first?.instance.digest)
                var entry = try #require(site.registry.decisions(ofInstance: digest).last)
                entry.ruleSet = "another"
                entry.explanation = "{\"decided\":\"release\",\"labels\":[]}"
                try site.registry.record(entry)
            }
        }
        #expect(try await Self.listed(site.core(), "research") == [plain.uid])
        #expect(try await Self.listed(site.core()) == [abuse.uid, plain.uid])
    }

    @Test func `an explanation that cannot be read is none`() async throws {
        let study = RetrievalTests.study(1)
        let site = try Self.site([study])
        try site.decideAll(for: ["ward"])
        let digest = try #require(
            site.registry.instances(sopInstanceUID: study.instances[0].uid).first?.instance.digest)
        var entry = try #require(site.registry.decisions(ofInstance: digest).last)
        entry.explanation = "{\"decided\":\"release\"}"
        try site.registry.record(entry)
        #expect(try await Self.listed(site.core()) == [])
    }

    @Test func `of several audiences the most restrictive counts, and a row that asks for more takes the place of one`()
    {
        let table = AudienceTable(rows: [
            .init(audience: "ward", criteria: [.callingAETitle("WS*")]),
            .init(audience: "research", criteria: [.claim(name: "groups", value: "research")]),
            .init(audience: "vip-care", criteria: [.callingAETitle("WS*"), .claim(name: "groups", value: "vip-care")]),
        ])
        func audiences(_ title: String?, _ groups: Set<String>) -> [String] {
            table.audiences(
                of: Principal(
                    callingAETitle: title, token: .init(issuer: "i", subject: "s", claims: ["groups": groups])))
        }
        #expect(audiences("WS1", []) == ["ward"])
        #expect(audiences("WS1", ["vip-care"]) == ["vip-care"])
        #expect(audiences("WS1", ["research"]) == ["research", "ward"])
        #expect(audiences("X", []) == [])
        #expect(audiences(nil, ["research", "vip-care"]) == ["research"])
    }

    @Test func `what a certificate has within a value is no other attribute`() {
        func isMet(_ pattern: String, _ subject: String) -> Bool {
            let certificate = Principal.Certificate(subject: subject, fingerprint: String(repeating: "0", count: 64))
            return AudienceTable.Criterion.certificateSubject(pattern).isMet(by: Principal(certificate: certificate))
        }
        let pattern = "*O=Research Office*"
        for subject in [
            "CN=ws12,O=Research Office,C=DE", "O=Research Office", "CN=ws12+O=Research Office",
            "CN=a\\,b,O=Research Office",
        ] {
            #expect(isMet(pattern, subject), "\(subject)")
        }
        for subject in [
            "CN=O=Research Office,O=Elsewhere", "CN=x\\,O=Research Office,O=Elsewhere", "CN=x\\+O=Research Office",
            "CN=\u{301}O=Research Office,O=Elsewhere", "CN=a\\=b O=Research Office", "CN=O\\=Research Office",
        ] {
            #expect(!isMet(pattern, subject), "\(subject)")
        }
        #expect(!isMet("CN=ws*,O=Hospital*", "CN=ws\\,O=Hospital,O=Elsewhere"))
        #expect(isMet("CN=ws*O=Hospital", "CN=ws12,O=Hospital"))
        #expect(isMet("CN=a=b,O=Hospital", "CN=a=b,O=Hospital"))
        #expect(isMet("CN=ws12,O=Hospital", "CN=ws12,O=Hospital"))
    }

    @Test func `a claim that nobody proved matches nothing`() {
        let table = AudienceTable(rows: [.init(audience: "ward", criteria: [.user("anna")])])
        #expect(table.audiences(of: Principal(user: .init(name: "anna", isProved: false))) == [])
        #expect(table.audiences(of: Principal(user: .init(name: "anna", isProved: true))) == ["ward"])
    }

    @Test func `who could be two peers is of the audiences of both, and sees what either may`() {
        let table = AudienceTable(rows: [
            .init(audience: "ward", criteria: [.peers(["ws1"])]), .init(audience: "staff", criteria: [.peers(["ws2"])]),
        ])
        var principal = Principal(peer: "ws2")
        #expect(principal.peer == "ws2")
        #expect(table.audiences(of: principal) == ["staff"])
        principal.peers = ["ws1", "ws2"]
        #expect(principal.peer == nil)
        #expect(table.audiences(of: principal) == ["staff", "ward"])
        principal.peers = []
        #expect(table.audiences(of: principal) == [])
    }

    @Test func `a study of two patients that nobody looked at is withheld for either`() async throws {
        var plain = RetrievalTests.study(1), vip = RetrievalTests.study(1, patient: "V-2")
        plain.series[0].instances.removeLast(2)
        vip.series[0].instances.removeFirst()
        for studies in [[plain, vip], [vip, plain]] {
            let site = try Self.site(studies + [RetrievalTests.study(2)])
            let core = try site.core(site.policy(unseen: .evaluate))
            #expect(try await Self.listed(core) == [RetrievalTests.study(2).uid])
            // Whoever asks for the one whom nothing withholds is not told, either.
            let answers = try await core.answers(
                Query(.study, [.studyInstanceUID: "", .patientID: "P-1"]), by: Site.asker("ward"))
            #expect(answers.compactMap { $0.text(.studyInstanceUID) } == [RetrievalTests.study(2).uid])
            let result = try await core.retrieved(
                Retrieval(level: .study, studies: [plain.uid]), by: Site.asker("ward"))
            #expect(result.announced == 0)
        }
    }

    @Test func `an archive that says the same of a study twice has it once`() async throws {
        let study = RetrievalTests.study(1)
        let site = try Self.site([study, study])
        try site.decide(study, for: ["ward"])
        let result = try await site.core().retrieved(
            Retrieval(level: .study, studies: [study.uid]), by: Site.asker("ward"))
        #expect(result.announced == 3)
    }
}
