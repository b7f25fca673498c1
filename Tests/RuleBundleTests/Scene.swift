import RuleLanguage

@testable import RuleBundle

/// A rule set in a folder with an include and a list, and people who sign it.
struct Scene {
    let folder: TemporaryFolder
    let alice: SigningKeyFile
    let bob: SigningKeyFile
    let mallory: SigningKeyFile

    init(revision: String = "7") throws {
        folder = try TemporaryFolder()
        alice = try SigningKeyFile(name: "alice", algorithm: .ed25519)
        bob = try SigningKeyFile(name: "bob", algorithm: .p256)
        mallory = try SigningKeyFile(name: "mallory", algorithm: .ed25519)
        try writeRules(revision: revision)
    }

    func writeRules(revision: String, sender: String = "FORENSIC", id: String = "site") throws {
        try folder.write(
            """
            <ruleset xmlns="urn:cordon:rules:1" id="\(id)" revision="\(revision)">
              <include href="../packs/senders.xml"/>
              <list id="vips" href="lists/vip.csv" key="PatientID"/>
              <tier number="1">
                <rule id="listed"><when><in list="vips"/></when><tag patient="sensitive"/></rule>
              </tier>
              <audience id="archive">
                <always><release/></always>
                <on label="sensitive"><sequester/></on>
              </audience>
            </ruleset>

            """, to: "sites/site.xml")
        try folder.write(
            """
            <ruleset xmlns="urn:cordon:rules:1" id="senders" revision="1">
              <tier number="1">
                <rule id="sender"><when><source ae="\(sender)"/></when><tag study="sensitive"/></rule>
              </tier>
            </ruleset>

            """, to: "packs/senders.xml")
        try folder.write("PatientID\nP1\n", to: "sites/lists/vip.csv")
    }

    func bundle() throws -> RuleBundle {
        var findings: [Finding] = []
        return try RuleBundle.make(path: folder("sites/site.xml"), findings: &findings)
    }

    /// A trust file of these keys.
    func trust(_ keys: [SigningKeyFile], threshold: Int = 1, ruleSets: String = "ruleset site") throws -> TrustFile {
        let lines = ["# who signs", "threshold \(threshold)"] + keys.map { "key \($0.publicKey)" } + [ruleSets]
        try folder.write(lines.map { $0 + "\n" }.joined(), to: "rules.trust")
        return try TrustFile(path: folder("rules.trust"))
    }

    func load(_ bundle: RuleBundle, _ trust: TrustFile, remembers: Bool = true) throws -> SignedRuleSet {
        var findings: [Finding] = []
        return try SignedRuleSet(bundle, trust: trust, remembers: remembers, findings: &findings)
    }
}

/// The code of the error that something ends with; nil when it ends well.
func code(_ work: () throws -> Void) -> BundleError.Code? {
    do {
        try work()
        return nil
    } catch let error as BundleError {
        return error.code
    } catch {
        return nil
    }
}
