import Host
import Registry
import Testing

@testable import Console

/// Something to show on every page.
enum SampleRecords {
    static let study = "1.2.826.0.1.3680043.8.498.1"

    static func person(_ name: String) throws -> Person { try #require(Person(name)) }

    static func fill(_ site: Site) throws {
        _ = try site.accounts.add("other", roles: [.viewer], password: Site.password, at: site.time.now)
        let paul = try person("paul"), now = site.time.now
        let instances = (1...3).map { number in
            Instance(
                digest: ContentDigest(of: "instance \(number)".utf8).hexadecimal, size: 1000,
                attributes: [
                    .patientID: "P-4711", .issuerOfPatientID: "HOSPITAL", .patientName: "Roe^Jane",
                    .studyInstanceUID: study, .sopInstanceUID: "\(study).\(number)", .accessionNumber: "A-17",
                    .studyDate: "20261124", .modality: "CT", .studyDescription: "Thorax",
                ], received: now, source: "MODALITY")
        }
        try site.registry.receive(instances, by: paul)
        for instance in instances {
            for (audience, disposition) in [("archive", "flag"), ("research", "sequester")] {
                try site.registry.record(
                    DecisionEntry(
                        instance: instance.digest, audience: audience, disposition: disposition,
                        ruleSet: "general-hospital",
                        revision: 7, ruleSetDigest: ContentDigest(of: "rules".utf8).hexadecimal, tier: 2,
                        explanation: explanation, time: now, author: paul))
            }
        }
        _ = try site.registry.label(
            "vip", on: .patient(PatientIdentity(id: "P-4711", issuer: "HOSPITAL")), reason: "asked for it", by: paul,
            at: now)
        _ = try site.registry.place(
            HoldOrder(
                matter: "M-2026-117", custodian: "legal department", reason: "a claim", authority: "district court",
                scope: .study(study)), by: paul, at: now)
        _ = try site.registry.breakGlass(
            GrantOrder(
                scope: .study(study), proof: "token 17", reason: "unconscious", until: now.adding(seconds: 1 << 30)),
            by: paul, at: now)
    }

    static let explanation = """
        {"decided":"sequester","labels":[{"label":"sensitive","certain":true,"reasons":[{"kind":"impliedBy","id":"vip",
        "file":"rules/site.xml","line":17,"certain":true}]},{"label":"vip","certain":true,"reasons":[{"kind":"rule",
        "id":"listed-vip","file":"rules/site.xml","line":41,"certain":true,"evidence":[{"attribute":"(0010,0020)",
        "file":"rules/site.xml","line":43}]}]}],"clauses":[{"labels":["vip"],"disposition":"sequester","file":"rules/site.xml",
        "line":151},{"disposition":"deidentify","file":"rules/site.xml","line":146}]}
        """

    /// A path of a route that leads to something.
    static func path(_ route: ConsoleRoute) -> String {
        // A proof needs a checkpoint, which these logs do not have.
        var path = route.template
        for (name, value) in [
            ("account", "other"), ("study", study), ("hold", "1"), ("label", "1"), ("grant", "1"), ("entry", "0"),
            ("letter", "9"), ("instance", ContentDigest(of: "instance 1".utf8).hexadecimal), ("frame", "first"),
            ("wish", "1"), ("token", "99"), ("production", "none"),
        ] { path = path.replacing("{\(name)}", with: value) }
        return path
    }
}
