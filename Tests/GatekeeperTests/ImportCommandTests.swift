import Foundation
import TestSupport
import Testing

/// `cordon import`, and what its pages show.
@Suite struct ImportCommandTests {
    private static let root = Fixtures.packageRoot
    private static let scripts = root + "/Examples/import/"

    private func page(_ name: String) throws -> String {
        try String(contentsOfFile: Self.root + "/docs/" + name, encoding: .utf8)
    }

    private func example(_ name: String) throws -> String {
        try String(contentsOfFile: Self.scripts + name, encoding: .utf8)
    }

    /// What a page shows is there in one piece.
    private func expect(_ page: String, shows text: String, fence: String = "") {
        #expect(page.contains("```\(fence)\n\(text)```"), "the page shows something else than:\n\(text)")
    }

    @Test func `the page for administrators of CTP shows what the command prints`() throws {
        let folder = WorkFolder()
        let page = try page("coming-from-ctp.md")
        expect(page, shows: try example("anonymizer.script"), fence: "xml")
        let result = try Command.run(
            [
                "import", "ctp", "Examples/import/anonymizer.script", "Examples/import/filter.script", "-o",
                folder("site.xml"),
            ], in: Self.root)
        #expect(result.status == 1 && result.error.isEmpty)
        expect(page, shows: result.output)
        let rules = try folder.text("site.xml")
        let shown = try #require(
            page.split(separator: "`site.xml` begins").last?.split(separator: "```xml\n").dropFirst().first)
        #expect(rules.hasPrefix(shown.split(separator: "```").first.map(String.init) ?? "?"), "\(rules)")
        let check = try Command.run(["check", folder("site.xml")])
        #expect(check.status == 0 && check.output.contains("0 errors, 0 warnings"), "\(check.output)")
    }

    @Test func `the page for users of deid shows what the command prints`() throws {
        let folder = WorkFolder()
        let page = try page("coming-from-deid.md")
        expect(page, shows: try example("recipe.deid"))
        let result = try Command.run(
            ["import", "deid", "Examples/import/recipe.deid", "-o", folder("site.xml")], in: Self.root)
        #expect(result.status == 1 && result.error.isEmpty)
        expect(page, shows: result.output)
        #expect(try Command.run(["check", folder("site.xml")]).status == 0)
    }

    @Test func `what was imported runs, and the example's studies come out as the page says`() throws {
        let folder = WorkFolder()
        _ = try TestRules.key(folder)
        let imported = try Command.run(
            ["import", "ctp", "--quiet", Self.scripts + "anonymizer.script", "-o", folder("site.xml")])
        #expect(imported.status == 1 && imported.output.isEmpty)
        let applied = try Command.run(
            [
                "apply", "--rules", folder("site.xml"), "--audience", "converted", "--key", folder("key"), "--json",
                "Examples/studies", folder("out"),
            ], in: Self.root)
        #expect(applied.status <= 1, "\(applied.error)")
        let object = try JSONSerialization.jsonObject(with: Data(applied.output.utf8)) as? [String: Any]
        // The audience gets nothing as it is.
        #expect((object?["deidentified"] as? Int ?? 0) > 0, "\(applied.output)")
        #expect(object?["released"] as? Int == 0 && object?["flagged"] as? Int == 0, "\(applied.output)")
    }

    @Test func `a rule set goes to standard output and its report to standard error, or both where they are asked for`()
        throws
    {
        let folder = WorkFolder()
        let plain = try Command.run(["import", "ctp", Self.scripts + "filter.script"])
        #expect(plain.status == 0)
        #expect(
            plain.output.hasPrefix("<?xml") && plain.error.contains("4 statements: 0 not carried over"),
            "\(plain.error)")
        let json = try Command.run(["import", "ctp", "--json", Self.scripts + "pixels.script", "-o", folder("a.xml")])
        #expect(json.status == 1)
        let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        #expect(object?["complete"] as? Bool == false && object?["statements"] as? Int == 3)
        let details = try #require(object?["details"] as? [[String: Any]])
        #expect(details.last?["outcome"] as? String == "notCarriedOver" && details.last?["line"] as? Int == 3)
    }

    @Test func `nothing is overwritten, and lists need a place`() throws {
        let folder = WorkFolder()
        try folder.write("table", "ptid/1 = A\n")
        try folder.write(
            "s", "set.[0010,0020]X=@lookup(this,ptid)\nset.[0010,1010]Y=@round(this,@AGES)\nparam.AGES=5\n")
        let nowhere = try Command.run(["import", "ctp", "--lookup", "table", "s"], in: folder.path)
        #expect(nowhere.status == 2 && nowhere.output.isEmpty && nowhere.error.contains("-o FILE"))
        let first = try Command.run(
            ["import", "ctp", "--lookup", "table", "--parameter", "AGES=10", "s", "-o", "x.xml"], in: folder.path)
        #expect(first.status == 0, "\(first.error)")
        #expect(try folder.text("lists/ctp-ptid-patients.csv") == "PatientID,Replacement\n1,A\n")
        #expect(folder.exists("lists/ctp-age-10.csv"))
        #expect(try Command.run(["check", "x.xml"], in: folder.path).status == 0)
        let again = try Command.run(["import", "ctp", "--lookup", "table", "s", "-o", "x.xml"], in: folder.path)
        #expect(again.status == 2 && again.error.contains("is there already"))
    }

    @Test func `what cannot be read is told with its place, and nothing is written`() throws {
        let folder = WorkFolder()
        try folder.write("bad.script", "<script>\n<e en=\"T\" t=\"00100010\">@remove()</e>\n")
        let bad = try Command.run(["import", "ctp", "bad.script", "-o", "x.xml"], in: folder.path)
        #expect(
            bad.status == 2 && bad.error.contains("bad.script:3:1: error: the file is not well-formed XML"),
            "\(bad.error)")
        #expect(!folder.exists("x.xml"))
        #expect(try Command.run(["import", "deid", "nothing"], in: folder.path).status == 2)
        #expect(try Command.run(["import", "ctp", "--parameter", "x", "bad.script"], in: folder.path).status == 2)
    }
}
