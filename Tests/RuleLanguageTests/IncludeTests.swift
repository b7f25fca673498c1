import DICOMCore
import Glibc
import RuleLanguage
import Testing

@Suite("Includes")
struct IncludeTests {
    private static func file(_ body: String, id: String = "part", head: String = "") -> String {
        "<ruleset xmlns=\"urn:cordon:rules:1\" id=\"\(id)\" revision=\"1\" \(head)>\(body)</ruleset>"
    }

    private static let vocabulary = file("<vocabulary><label id=\"vip\" tier=\"2\" is-a=\"sensitive\"/></vocabulary>")
    private static let rule =
        "<tier number=\"2\"><rule id=\"r\"><when><present attribute=\"PatientID\"/></when><tag study=\"vip\"/></rule></tier>"

    @Test func `files are found relative to the one that includes them and count once`() throws {
        let folder = try Folder()
        folder.write("vocabularies/vip.xml", Self.vocabulary)
        folder.write("packs/pack.xml", Self.file("<include href=\"../vocabularies/vip.xml\"/>" + Self.rule))
        let link = "\(folder.path)/link.xml"
        symlink("vocabularies/vip.xml", link)
        let root = folder.write(
            "sites/site.xml",
            Self.file(
                "<include href=\"../packs/pack.xml\"/><include href=\"../vocabularies/vip.xml\"/>"
                    + "<include href=\"../link.xml\"/><include href=\"../packs/../packs/pack.xml\"/>", id: "site"))
        let (ruleSet, findings) = RuleSetLoader().load(path: root)
        #expect(findings.isEmpty, "\(listed(findings))")
        #expect(ruleSet?.id == "site")
        #expect(ruleSet?.sources.count == 3)
        #expect(ruleSet?.labels.keys.sorted() == ["sensitive", "vip"])
        #expect(ruleSet?.rules.first?.location.file == "\(folder.path)/packs/pack.xml")
    }

    @Test func `statements of two files that are called alike are two`() throws {
        let folder = try Folder()
        func profile(_ id: String, _ action: String) -> String {
            Self.file("<profile id=\"\(id)\" extends=\"basic\"><\(action) attribute=\"StudyDate\"/></profile>")
        }
        folder.write("profiles/a.xml", profile("p1", "keep"))
        folder.write("elsewhere/profiles/a.xml", profile("p2", "empty"))
        folder.write("elsewhere/here/unused.xml", "")
        // What it leads out of is not what it is written beside.
        symlink("elsewhere/here", "\(folder.path)/link")
        let root = folder.write(
            "site.xml",
            Self.file(
                "<include href=\"profiles/a.xml\"/><include href=\"link/../profiles/a.xml\"/>"
                    + "<profile id=\"basic\"><remove anything=\"true\"/></profile>"
                    + "<profile id=\"one\" extends=\"p1 p2\"/><profile id=\"other\" extends=\"p2 p1\"/>",
                id: "site"))
        let (ruleSet, findings) = RuleSetLoader().load(path: root)
        #expect(findings.isEmpty, "\(listed(findings))")
        for id in ["one", "other"] {
            let statements = ruleSet?.profiles[id]?.statements.filter { $0.selector == .tag(Tag(0x0008, 0x0020)) }
            #expect(statements?.map(\.action) == [.empty], "\(id)")
        }
    }

    @Test func `a cycle shows its way`() throws {
        let folder = try Folder()
        let root = folder.write("a.xml", Self.file("<include href=\"b.xml\"/>"))
        folder.write("b.xml", Self.file("<include href=\"c.xml\"/>"))
        folder.write("c.xml", Self.file("\n<include href=\"b.xml\"/>"))
        let (ruleSet, findings) = RuleSetLoader().load(path: root)
        #expect(ruleSet == nil)
        #expect(findings.map(\.code) == ["include-cycle"])
        let path = folder.path
        #expect(
            findings.first?.message == "a file includes itself: `\(path)/b.xml` → `\(path)/c.xml` → `\(path)/b.xml`")
        #expect(findings.first?.location == SourceLocation(file: "\(path)/c.xml", line: 2, column: 16))
    }

    @Test func `a file that includes itself is a cycle of one`() throws {
        let folder = try Folder()
        let findings = RuleSetLoader().load(path: folder.write("a.xml", Self.file("<include href=\"a.xml\"/>")))
            .findings
        #expect(findings.map(\.code) == ["include-cycle"])
    }

    @Test func `what is missing is said where it is included`() throws {
        let folder = try Folder()
        let root = folder.write("a.xml", Self.file("<include href=\"none.xml\"/><include href=\"http://x/y.xml\"/>"))
        let findings = RuleSetLoader().load(path: root).findings
        #expect(findings.map(\.code) == ["unreadable-file", "unreadable-file"])
        #expect(findings.first?.message == "`none.xml` cannot be read: no such file or directory")
        #expect(findings.last?.hint == "rule files are local; nothing is read from a network")
    }

    @Test func `names that are defined in two files show both places`() throws {
        let folder = try Folder()
        folder.write("b.xml", Self.vocabulary)
        folder.write("c.xml", "\n" + Self.vocabulary)
        let root = folder.write("a.xml", Self.file("<include href=\"c.xml\"/><include href=\"b.xml\"/>"))
        let findings = RuleSetLoader().load(path: root).findings
        #expect(findings.map(\.code) == ["duplicate-name"])
        #expect(findings.first?.location.file == "\(folder.path)/c.xml")
        #expect(findings.first?.hint?.contains("\(folder.path)/b.xml:1:") == true)
    }

    @Test func `only the root states the tier`() throws {
        let folder = try Folder()
        folder.write("b.xml", Self.file("", head: "tier=\"2\""))
        let findings = RuleSetLoader().load(
            path: folder.write("a.xml", Self.file("<include href=\"b.xml\"/>", head: "tier=\"3\""))
        ).findings
        #expect(findings.map(\.code) == ["tier-in-include"])
        #expect(findings.first?.location.file == "\(folder.path)/b.xml")
    }

    @Test func `mistakes of all files are found in one go`() throws {
        let folder = try Folder()
        folder.write("b.xml", Self.file("<teir/>"))
        folder.write("c.xml", "<ruleset")
        let root = folder.write(
            "a.xml", Self.file("<include href=\"b.xml\"/><include href=\"c.xml\"/><audience id=\"x\"/>"))
        let findings = RuleSetLoader().load(path: root).findings
        #expect(findings.map(\.code) == ["no-always", "unknown-element", "not-well-formed"])
    }

    @Test func `the order of includes changes nothing but the digest of the file that names them`() throws {
        let folder = try Folder()
        folder.write("v.xml", Self.vocabulary)
        folder.write("r.xml", Self.file(Self.rule))
        let one = folder.write("one.xml", Self.file("<include href=\"v.xml\"/><include href=\"r.xml\"/>"))
        let two = folder.write("two.xml", Self.file("<include href=\"r.xml\"/><include href=\"v.xml\"/>"))
        let first = try #require(RuleSetLoader().load(path: one).ruleSet)
        let second = try #require(RuleSetLoader().load(path: two).ruleSet)
        #expect(Fingerprint.of(first) == Fingerprint.of(second))
        #expect(RuleSetLoader().load(path: one).ruleSet?.digest == first.digest)
        #expect(first.digest != second.digest)
    }
}
