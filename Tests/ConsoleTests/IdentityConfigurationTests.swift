import Foundation
import RuleLanguage
import Testing

@testable import Console

/// What a configuration says of an identity provider.
struct IdentityConfigurationTests {
    private func load(_ listen: String, _ rest: String) -> (settings: ConsoleSettings?, codes: [String]) {
        let (settings, findings) = ConsoleConfiguration.load(
            text: """
                <console xmlns="urn:cordon:console:1"><site registry="r"/><listen port="1" \(listen)/>\(rest)</console>
                """, path: NSTemporaryDirectory() + "console.xml")
        return (settings, findings.map(\.code))
    }

    private static let role = #"<role is="legal" claim="groups" value="cordon-legal"/>"#

    @Test func `a provider is read with what it needs`() throws {
        let (settings, codes) = load(
            #"origin="https://console.example.org""#,
            """
            <identity-provider issuer="https://login.example.org" client="cordon" audience="cordon-interface" fresh="2min"
            context="mfa" subject="employee" skew="10s">\(Self.role)</identity-provider><accounts local="off"/>
            """)
        #expect(codes == [])
        let identity = try #require(settings?.identity)
        #expect(identity.issuer == "https://login.example.org" && identity.client == "cordon")
        #expect(identity.audience == "cordon-interface" && identity.fresh == 120 && identity.context == "mfa")
        #expect(identity.subject == "employee" && identity.skew == 10 && settings?.localAccounts == false)
        #expect(
            identity.roles == [IdentitySettings.Mapping(role: .legal, claim: "groups", value: "cordon-legal")])
    }

    @Test(arguments: [
        (#"issuer="http://login.example.org" client="c""#, "unprotected-provider"),
        (#"issuer="https://login.example.org" client="c" audience="c""#, "impossible-value"),
        (#"issuer="https://login.example.org" client="c" secret="nowhere""#, "exposed-file"),
        (#"issuer="https://login.example.org" client="c" roots="nowhere""#, "unreadable-file"),
    ])
    func `what would not be safe is an error`(attributes: String, code: String) {
        let (settings, codes) = load(
            #"origin="https://console.example.org""#,
            "<identity-provider \(attributes)>\(Self.role)</identity-provider>")
        #expect(settings == nil && codes == [code])
    }

    @Test func `a provider needs roles and the way back, and without one accounts stay`() {
        let provider = #"<identity-provider issuer="https://login.example.org" client="c">"#
        #expect(load("", provider + Self.role + "</identity-provider>").codes == ["missing-part"])
        #expect(load(#"origin="https://c.example.org""#, provider + "</identity-provider>").codes == ["missing-part"])
        #expect(load("", #"<accounts local="off"/>"#).codes == ["impossible-value"])
        #expect(load("", #"<accounts local="on"/>"#).settings?.localAccounts == true)
    }

    @Test func `the key of the certificate is for its owner alone`() throws {
        let folder = NSTemporaryDirectory() + "console-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func codes(mode: Int) throws -> [String] {
            _ = FileManager.default.createFile(
                atPath: folder + "/key.pem", contents: Data(), attributes: [.posixPermissions: mode])
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder + "/key.pem")
            let text = """
                <console xmlns="urn:cordon:console:1"><site registry="r"/><listen host="0.0.0.0" port="1">
                <tls certificate="cert.pem" key="key.pem"/></listen></console>
                """
            return ConsoleConfiguration.load(text: text, path: folder + "/console.xml").findings.map(\.code)
        }
        for mode in [0o644, 0o640, 0o604] { #expect(try codes(mode: mode).contains("exposed-file")) }
        // What is in it is looked at then.
        #expect(try codes(mode: 0o600) == ["unreadable-file"])
        // Of a link what it leads to counts.
        try FileManager.default.moveItem(atPath: folder + "/key.pem", toPath: folder + "/key-2.pem")
        try FileManager.default.createSymbolicLink(atPath: folder + "/key.pem", withDestinationPath: "key-2.pem")
        let text = """
            <console xmlns="urn:cordon:console:1"><site registry="r"/><listen host="0.0.0.0" port="1">
            <tls certificate="cert.pem" key="key.pem"/></listen></console>
            """
        for (mode, code) in [(0o600, "unreadable-file"), (0o640, "exposed-file")] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder + "/key-2.pem")
            let findings = ConsoleConfiguration.load(text: text, path: folder + "/console.xml").findings
            #expect(findings.map(\.code).contains(code), "\(mode)")
        }
    }

    @Test func `the secret's file is for its owner alone`() throws {
        let folder = NSTemporaryDirectory() + "console-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = folder + "/secret"
        try Data("s:cret\nmore\n".utf8).write(to: URL(fileURLWithPath: file))
        for (mode, expected) in [(0o600, "s:cret"), (0o644, nil)] as [(Int, String?)] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
            let (settings, _) = load(
                #"origin="https://c.example.org""#,
                #"<identity-provider issuer="https://login.example.org" client="c" secret="\#(file)">"#
                    + Self.role + "</identity-provider>")
            #expect(settings?.identity?.secret == expected)
        }
    }
}
