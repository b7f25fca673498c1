import Foundation
import Glibc
import Testing
import TestSupport

@testable import Gatekeeper
@testable import Host
@testable import Inputs

/// The built command: what it prints where, and how it ends.
@Suite struct CommandTests {
    private func prepared() throws -> WorkFolder {
        let folder = WorkFolder()
        try Samples.fill(folder)
        try folder.write("rules.xml", TestRules.text)
        return folder
    }

    private func apply(_ folder: WorkFolder, _ arguments: String..., input: [UInt8]? = nil) throws -> Command.Result {
        try Command.run(
            ["apply", "--rules", folder("rules.xml"), "--at", "20260101000000"] + arguments, input: input,
            in: folder.path)
    }

    private func expectNoPatient(_ result: Command.Result) {
        for word in Samples.planted {
            #expect(!result.output.contains(word))
            #expect(!result.error.contains(word))
        }
    }

    @Test func `statuses say how it ended`() throws {
        let folder = try prepared()
        #expect(try apply(folder, "--audience", "court", "in/\(Samples.patientName)/s1", "a").status == 0)
        #expect(try apply(folder, "--audience", "court", "in", "b").status == 1)
        #expect(try apply(folder, "--audience", "nobody", "in", "c").status == 2)
        #expect(try apply(folder, "--audience", "court", "in").status == 2)
        #expect(try apply(folder, "--audience", "court", "--no-such-option", "in", "c").status == 2)
        #expect(try apply(folder, "--audience", "research", "in", "c").status == 2)
        #expect(symlink("nowhere", folder("in/dangling")) == 0)
        #expect(try apply(folder, "--audience", "court", "in", "d").status == 3)
        #expect(try Command.run([]).status == 0)
        #expect(try Command.run(["--version"]).status == 0)
        #expect(try Command.run(["apply", "--help"]).status == 0)
        #expect(try Command.run(["nothing"]).status == 2)
    }

    @Test func `a table on standard output, nothing on standard error, no patient on either`() throws {
        let folder = try prepared()
        let result = try apply(folder, "--audience", "court", "in", "out")
        #expect(result.error == "")
        #expect(result.output.contains("study  modality  instances  disposition  why"))
        #expect(result.output.contains("vip: marked-vip (rules.xml:5)"))
        #expect(
            result.output.contains(
                "15 inputs, 3 studies: 9 released, 5 sequestered, 1 of them duplicates, 1 left alone, not DICOM"))
        expectNoPatient(result)
        let again = try apply(folder, "--audience", "court", "in", "out")
        #expect(again.output.contains("nothing was changed"))
        #expect(again.status == 1)
        let quiet = try apply(folder, "--audience", "court", "--quiet", "in", "out")
        #expect(quiet.output == "" && quiet.error == "")
        let shown = try apply(folder, "--audience", "court", "--show-values", "in", "shown")
        #expect(shown.output.contains(Samples.patientID))
    }

    @Test func `a value that is shown cannot command the terminal`() throws {
        let folder = WorkFolder()
        try folder.write("in/a", Samples.file(patient: "X\u{AD}Z"))
        try folder.write("rules.xml", TestRules.text)
        let result = try apply(folder, "--audience", "court", "--show-values", "in", "out")
        // Two characters of ISO 8859-1, of which the second is not seen.
        #expect(result.output.contains("XÂ·Z"))
        #expect(!result.output.contains("\u{AD}"))
    }

    @Test func `errors name no path of an input`() throws {
        let folder = try prepared()
        for arguments in [["in/\(Samples.patientName)/gone", "out"], ["in", "in/\(Samples.patientName)/out"]] {
            let result = try Command.run(
                ["apply", "--rules", folder("rules.xml"), "--audience", "court"] + arguments, in: folder.path)
            #expect(result.status == 2)
            #expect(result.output == "")
            #expect(result.error.hasPrefix("error: "))
            expectNoPatient(result)
        }
    }

    @Test func `the summary as JSON is JSON`() throws {
        let folder = try prepared()
        let result = try apply(folder, "--audience", "court", "--json", "in", "out")
        let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
        #expect(object?["released"] as? Int == 9)
        #expect(object?["sequestered"] as? Int == 5)
        expectNoPatient(result)
    }

    @Test func `every record is a line of JSON`() throws {
        let folder = try prepared()
        _ = try apply(folder, "--audience", "archive", "in", "out")
        for line in try folder.decisions() {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(object?["input"] != nil && object?["disposition"] != nil && object?["ruleSet"] != nil)
        }
    }

    @Test func `a list on standard input is what the folder is`() throws {
        let folder = try prepared()
        _ = try apply(folder, "--audience", "court", "in", "one")
        let files = try folder.files("in").map { "in/\($0)" }.shuffled()
        let lines = try apply(
            folder, "--audience", "court", "-", "two", input: Array(files.joined(separator: "\n").utf8))
        #expect(lines.status == 1)
        _ = try apply(
            folder, "--audience", "court", "-0", "-", "three", input: Array(files.joined(separator: "\0").utf8))
        #expect(try folder.tree("one") == folder.tree("two"))
        #expect(try folder.tree("one") == folder.tree("three"))
        let missing = try apply(
            folder, "--audience", "court", "-", "four", input: Array("in/notes.txt\nin/none\n".utf8))
        #expect(missing.status == 3)
    }

    @Test func `a reader who goes away ends it without a word`() throws {
        let folder = try prepared()
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        let file = folder("in/\(Samples.patientName)/s1/IM1")
        shell.arguments = [
            "-c", "'\(Command.path)' dump '\(file)' 2>'\(folder("error"))' | head -n 1 >'\(folder("head"))'",
        ]
        try shell.run()
        shell.waitUntilExit()
        #expect(try folder.text("error") == "")
        #expect(try folder.text("head").split(separator: "\n").count == 1)
    }

    @Test func `check finds what is wrong, with its place`() throws {
        let folder = try prepared()
        #expect(try Command.run(["check", folder("rules.xml")]).status == 0)
        let broken = TestRules.text.replacingOccurrences(of: "PatientComments", with: "PatientComment")
        try folder.write("broken.xml", broken)
        let result = try Command.run(["check", "broken.xml"], in: folder.path)
        #expect(result.status == 2)
        #expect(result.output.contains("broken.xml:5:"))
        #expect(result.output.contains("PatientComments"))
        let json = try Command.run(["check", "--json", "broken.xml"], in: folder.path)
        #expect((try? JSONSerialization.jsonObject(with: Data(json.output.utf8))) != nil)
        let unloadable = try Command.run(
            ["apply", "--rules", "broken.xml", "--audience", "court", "in", "out"], in: folder.path)
        #expect(unloadable.status == 2)
        #expect(unloadable.error.contains("broken.xml:5:"))
        #expect(!folder.exists("out"))
    }

    @Test func `explain names rules, lines and attributes, and values only when asked`() throws {
        let folder = try prepared()
        let study = "in/\(Samples.patientName)/s2"
        let plain = try Command.run(["explain", "--rules", "rules.xml", study], in: folder.path)
        #expect(plain.status == 0)
        for word in ["marked-vip", "rules.xml:5", "(0010,4000)", "audience court", "sequester"] {
            #expect(plain.output.contains(word))
        }
        expectNoPatient(plain)
        let shown = try Command.run(
            ["explain", "--rules", "rules.xml", "--audience", "court", "--show-values", study], in: folder.path)
        #expect(shown.output.contains("PatientComments (0010,4000) = VIP"))
        #expect(!shown.output.contains("audience research"))
        let json = try Command.run(["explain", "--rules", "rules.xml", "--json", study], in: folder.path)
        #expect((try? JSONSerialization.jsonObject(with: Data(json.output.utf8))) != nil)
        #expect(
            try Command.run(["explain", "--rules", "rules.xml", "--audience", "x", study], in: folder.path).status == 2)
    }

    @Test func `dump prints text and DICOM JSON`() throws {
        let folder = try prepared()
        let file = "in/\(Samples.patientName)/s1/IM1"
        #expect(try Command.run(["dump", file], in: folder.path).output.contains(Samples.patientName))
        let json = try Command.run(["dump", "--json", file], in: folder.path)
        let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        #expect(object?["00100020"] != nil)
        let text = try Command.run(["dump", "in/notes.txt"], in: folder.path)
        #expect(text.status == 3)
        #expect(text.output == "")
    }

    @Test func `a key is made once, named, and never printed`() throws {
        let folder = try prepared()
        let made = try Command.run(["key", "new", folder("site.key")])
        #expect(made.status == 0)
        #expect(FileSystem.status(folder("site.key")).map { $0.st_mode & 0o777 } == 0o600)
        #expect(try Command.run(["key", "new", folder("site.key")]).status == 2)
        let shown = try Command.run(["key", "show", folder("site.key")])
        #expect(shown.output == made.output)
        let secret = try folder.text("site.key").split(separator: "\n").first { $0.hasPrefix("key ") }?.dropFirst(4)
        #expect(try !shown.output.contains(#require(secret).prefix(16)))
        let deid = try Command.run(
            ["apply", "--rules", "rules.xml", "--audience", "research", "in", "out"],
            environment: ["CORDON_KEY": folder("site.key")], in: folder.path)
        #expect(deid.status == 1)
        expectNoPatient(deid)
        chmod(folder("site.key"), 0o644)
        #expect(try Command.run(["key", "show", folder("site.key")]).status == 2)
    }

    @Test func `an interrupted run says how to go on, and does`() throws {
        let folder = WorkFolder()
        try Samples.fill(folder, instances: 60)
        try folder.write("rules.xml", TestRules.text)
        let arguments = [
            "apply", "--rules", folder("rules.xml"), "--at", "20260101000000", "--audience", "court", "--jobs", "1",
            folder("in"), folder("out"),
        ]
        let running = try Command.start(arguments)
        // As soon as something is there.
        while running.process.isRunning, (try? folder.files("out/released"))?.isEmpty ?? true { usleep(500) }
        running.process.interrupt()
        _ = running.output.readToEnd()
        running.process.waitUntilExit()
        let error = try String(contentsOf: running.errorFile, encoding: .utf8)
        if running.process.terminationStatus == 128 + SIGINT {
            #expect(error.contains("the same command"))
            #expect(!folder.exists("out/decisions.jsonl"))
        }
        #expect(try Command.run(arguments).status == 1)
        #expect(try Command.run(arguments.dropLast() + [folder("whole")]).status == 1)
        #expect(try folder.tree("out") == folder.tree("whole"))
    }

    @Test func `an output folder that is full is an error, and the run goes on when there is room`() throws {
        let folder = WorkFolder()
        for instance in 1...40 { try folder.write("in/\(instance)", Samples.file(instance: instance, pixels: 16384)) }
        try folder.write("rules.xml", TestRules.text)
        #expect(mkdir(folder("small"), 0o700) == 0)
        guard mount("tmpfs", folder("small"), "tmpfs", 0, "size=300k") == 0 else {
            print("skipped: a small file system cannot be mounted here")
            return
        }
        defer { umount2(folder("small"), Int32(MNT_DETACH)) }
        func run(_ output: String) throws -> Command.Result {
            try apply(folder, "--audience", "everything", "in", output)
        }
        let full = try run("small/out")
        #expect(full.status == 4)
        #expect(full.error.contains("no space left on device"))
        #expect(!folder.exists("small/out/decisions.jsonl"))
        let inputs = Set(try folder.tree("in").values.map { String($0.prefix(64)) })
        for (path, entry) in try folder.tree("small/out/released") where !entry.hasPrefix("folder") {
            #expect(inputs.contains(String(entry.prefix(64))), "\(path) is half of something")
        }
        #expect(mount("tmpfs", folder("small"), "tmpfs", UInt(MS_REMOUNT), "size=30m") == 0)
        #expect(try run("small/out").status == 0)
        #expect(try run("whole").status == 0)
        #expect(try folder.tree("small/out") == folder.tree("whole"))
    }
}
