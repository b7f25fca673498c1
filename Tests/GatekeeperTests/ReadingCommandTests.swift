import Foundation
import Testing

/// Commands that only look, at a folder where nothing is.
@Suite struct ReadingCommandTests {
    @Test(arguments: [
        ["check", "rules.xml"], ["diff", "rules.xml", "rules.xml"],
        ["explain", "--rules", "rules.xml", "in/1"], ["label", "list"], ["hold", "list"],
        ["vault", "list"], ["vault", "info"], ["log", "show"], ["log", "key", "show"], ["registry", "check"],
        ["gateway", "grants", "list"],
    ])
    func `a registry that is not there is an error, and is not made`(_ command: [String]) throws {
        let folder = WorkFolder()
        try folder.write("rules.xml", TestRules.text)
        try folder.write("in/1", Samples.file())
        let result = try Command.run(command + ["--registry", folder("site")], in: folder.path)
        #expect(result.status == 2)
        #expect(result.error.contains("there is no registry in this folder"), "\(result.error)")
        #expect(!folder.exists("site"))
    }

    @Test func `a dry run makes no registry`() throws {
        let folder = WorkFolder()
        try folder.write("rules.xml", TestRules.text)
        try folder.write("in/1", Samples.file())
        let result = try Command.run(
            [
                "apply", "--dry-run", "--rules", "rules.xml", "--audience", "everything", "--registry", folder("site"),
                "--as", "anna", "in", "out",
            ], in: folder.path)
        #expect(result.status == 2)
        #expect(!folder.exists("site") && !folder.exists("out"))
    }

    @Test func `a registry whose folder has no place is an error that says so`() throws {
        let folder = WorkFolder()
        let result = try Command.run(
            [
                "label", "add", "vip", "--study", "1.2", "--reason", "r", "--as", "anna", "--registry",
                folder("nowhere/site"),
            ], in: folder.path)
        #expect(result.status == 2 && result.error.contains("is not there"), "\(result.error)")
        #expect(!folder.exists("nowhere"))
    }
}
