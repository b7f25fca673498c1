import Foundation
import Glibc
import Host
import RuleLanguage
import TestSupport
import Testing

@testable import Gateway
@testable import RuleBundle

/// Rules that come as a bundle: what is not signed as the site asks is not used, at the start and at a reload.
struct SignedRulesTests {
    /// Who signs rules, and a folder with a gateway whose configuration asks for that.
    private struct Signing {
        let folder: WorkFolder
        let alice: SigningKeyFile
        let mallory: SigningKeyFile

        init(_ folder: WorkFolder? = nil) throws {
            self.folder = try folder ?? WorkFolder()
            alice = try SigningKeyFile(name: "alice", algorithm: .ed25519)
            mallory = try SigningKeyFile(name: "mallory", algorithm: .ed25519)
            try self.folder.write(
                "rules.trust", text: "threshold 1\nkey \(alice.publicKey)\nruleset signed\n")
        }

        /// - Parameter word: what a comment must say for the study to be sequestered.
        func bundle(_ revision: Int, word: String = "VIOLENCE") throws -> RuleBundle {
            let text = """
                <ruleset xmlns="urn:cordon:rules:1" id="signed" revision="\(revision)" tier="1">
                  <tier number="1">
                    <rule id="r"><when><equals attribute="PatientComments" value="\(word)"/></when>
                      <tag study="sensitive"/></rule>
                  </tier>
                  <audience id="archive">
                    <always><release/></always>
                    <on label="sensitive"><sequester/></on>
                  </audience>
                </ruleset>
                """
            let path = try folder.write("made/rules.xml", Array(text.utf8))
            var findings: [RuleLanguage.Finding] = []
            return try RuleBundle.make(path: path, findings: &findings)
        }

        func signed(_ revision: Int, word: String = "VIOLENCE") throws -> [UInt8] {
            try bundle(revision, word: word).signed(by: alice).bytes
        }

        /// Bundles that must not be used once revision 7 has been: by what was done to them.
        func refused() throws -> [(what: String, bytes: [UInt8], message: String)] {
            let good = try signed(8)
            let stripped = String(decoding: good, as: UTF8.self)
                .split(separator: "\n", omittingEmptySubsequences: false)
                .filter { !$0.hasPrefix("signature ") }.joined(separator: "\n")
            var altered = good
            let word = try #require(String(decoding: good, as: UTF8.self).range(of: "VIOLENCE"))
            altered[String(decoding: good, as: UTF8.self)[..<word.lowerBound].utf8.count] = UInt8(ascii: "W")
            return [
                ("stripped", Array(stripped.utf8), "nobody has signed the bundle"),
                ("altered", altered, "is not the file that the manifest names"),
                ("signed by a stranger", try bundle(8).signed(by: mallory).bytes, "which"),
                ("replayed", try signed(6), "is older than revision 7"),
                ("the same revision with other rules", try signed(7, word: "OTHER"), "with other files"),
                ("no bundle", Array(Site.rules.utf8), "this is no bundle"),
                ("cut", Array(good.dropLast(3)), "the bundle ends within"),
            ]
        }

        func configuration(_ trust: String = "require-signed=\"rules.trust\"") -> String {
            """
            <gateway xmlns="urn:cordon:gateway:1" id="test">
              <site registry="site" spool="spool" rules="site.bundle" \(trust)/>
              <dicom host="127.0.0.1" port="11112" titles="CORDON"/>
              <peer id="ct" title="CT1" roles="send"/>
              <peer id="pacs" title="PACS" host="pacs.example" port="104" roles="receive"/>
              <route id="all"><to peer="pacs" audience="archive"/></route>
            </gateway>
            """
        }

        func load(_ text: String, trust: String? = nil) -> (ConfigurationLoader.Loaded?, [RuleLanguage.Finding]) {
            ConfigurationLoader(trust: trust).load(text: text, path: folder("gateway.xml"))
        }
    }

    @Test func `a bundle that was stripped, altered, replayed or signed by a stranger is refused, with the place`()
        throws
    {
        let signing = try Signing()
        try signing.folder.write("site.bundle", try signing.signed(7))
        let (loaded, findings) = signing.load(signing.configuration())
        let good = try #require(loaded, "\(findings.map(\.rendered))")
        #expect(good.signed?.signers.map(\.name) == ["alice"])
        // Who only looks remembers nothing.
        #expect(!FileManager.default.fileExists(atPath: signing.folder("rules.trust.seen")))
        _ = try Setup(good, now: .now)
        #expect(FileManager.default.fileExists(atPath: signing.folder("rules.trust.seen")))
        for (what, bytes, message) in try signing.refused() {
            try signing.folder.write("site.bundle", bytes)
            let (loaded, findings) = signing.load(signing.configuration())
            #expect(loaded == nil, "\(what)")
            let finding = try #require(findings.first, "\(what)")
            #expect(findings.count == 1 && finding.code == "rules-not-trusted", "\(what): \(finding.rendered)")
            #expect(finding.location.line == 2 && finding.message.contains(message), "\(what): \(finding.rendered)")
        }
        try signing.folder.write("site.bundle", try signing.signed(8))
        #expect(signing.load(signing.configuration()).0 != nil)
    }

    @Test func `a revision that came into use meanwhile is not put back by who had read the one before`() throws {
        let signing = try Signing()
        try signing.folder.write("site.bundle", try signing.signed(7))
        let before = try #require(signing.load(signing.configuration()).0)
        try signing.folder.write("site.bundle", try signing.signed(8))
        let after = try #require(signing.load(signing.configuration()).0)
        _ = try Setup(after, now: .now)
        #expect(throws: GatewayError.self) { try Setup(before, now: .now) }
    }

    @Test func `a bundle is not used where nobody says whose signatures count, and the command may insist`() throws {
        let signing = try Signing()
        try signing.folder.write("site.bundle", try signing.signed(7))
        let (nobody, findings) = signing.load(signing.configuration(""))
        #expect(nobody == nil && findings.first?.code == "rules-not-trusted")
        #expect(findings.first?.hint?.contains("require-signed") == true)
        let trust = signing.folder("rules.trust")
        #expect(signing.load(signing.configuration(""), trust: trust).0?.signed != nil)
        // What the command says comes before what the configuration says.
        try signing.folder.write(
            "other.trust", text: "threshold 1\nkey \(signing.mallory.publicKey)\nruleset signed\n")
        #expect(signing.load(signing.configuration(), trust: signing.folder("other.trust")).0 == nil)
        try signing.folder.write("site.bundle", text: Site.rules)
        #expect(signing.load(signing.configuration(""), trust: trust).0 == nil)
    }

    @Test func `a reload takes no bundle that is not right, the old rules stay, and no start takes one either`()
        async throws
    {
        let folder = try WorkFolder()
        // Nobody answers there: nothing is to arrive.
        let archive = try Archive(folder, "PACS")
        let site = try await Site(
            folder: folder, peers: archive.peer("pacs", audience: "archive"),
            routes: "<route id=\"all\"><to peer=\"pacs\" audience=\"archive\"/></route>")
        let signing = try Signing(folder)
        let text = try String(contentsOfFile: site.config, encoding: .utf8)
        try folder.write(
            "gateway.xml",
            text: text.replacingOccurrences(
                of: "rules=\"rules.xml\"", with: "rules=\"site.bundle\" require-signed=\"rules.trust\""))
        try folder.write("site.bundle", try signing.signed(7))
        let gateway = try await site.start()
        let refused = try signing.refused()
        for (number, bundle) in refused.enumerated() {
            try folder.write("site.bundle", bundle.bytes)
            gateway.program.signal(SIGHUP)
            try await eventually("\(bundle.what) is refused: \(site.log)") {
                try site.lines("not-reloaded").count == number + 1
            }
        }
        #expect(try site.lines("reloaded").isEmpty)
        // The rules of before are in force.
        let held = try folder.write("in/1.dcm", Instances.file(1, comment: "VIOLENCE"))
        #expect(try await gateway.send([held], ["-xe"]).status == 0)
        try await eventually("it is held back: \(site.log)") { try site.lines("sequestered").count == 1 }
        try folder.write("site.bundle", try signing.signed(8))
        gateway.program.signal(SIGHUP)
        try await eventually("the next revision is taken: \(site.log)") { try site.lines("reloaded").count == 1 }
        await gateway.stop()
        try folder.write("site.bundle", try signing.signed(7))
        let start = try await site.gateway(["run"])
        #expect(start.status == 2 && start.output.contains("is older than revision 8"), "\(start.output)")
    }
}
