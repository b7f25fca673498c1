import Foundation
import Glibc
import TestSupport
import Testing

@testable import Gatekeeper
@testable import Host
@testable import Inputs

/// What people get wrong on a command line, and what they are told then.
@Suite struct CommandMistakeTests {
    private func prepared() throws -> WorkFolder {
        let folder = WorkFolder()
        try folder.write("in/1", Samples.file())
        try folder.write("rules.xml", TestRules.text)
        return folder
    }

    private func apply(
        _ folder: WorkFolder, _ arguments: String..., audience: String = "court", input: [UInt8]? = nil,
        environment: [String: String] = [:]
    ) throws -> Command.Result {
        try Command.run(
            ["apply", "--rules", "rules.xml", "--audience", audience] + arguments, input: input,
            environment: environment, in: folder.path)
    }

    /// A line of a shell, for what Foundation's `Process` cannot start: `$CORDON` is the command.
    private func shell(_ folder: WorkFolder, _ line: String) throws -> (status: Int32, error: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-c", line]
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.environment = ProcessInfo.processInfo.environment.merging(["CORDON": Command.path]) { $1 }
        let pipe = Pipe()
        process.standardError = pipe
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let text = pipe.readToEnd()
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }

    // MARK: Inputs

    @Test func `no input at all is done, and said`() throws {
        let folder = try prepared()
        try FileManager.default.createDirectory(atPath: folder("empty"), withIntermediateDirectories: false)
        let none = try apply(folder, "--quiet", "empty", "out")
        #expect(none.status == 0 && none.output == "")
        #expect(none.error == "nothing was done: there is no file in the inputs\n")
        let list = try apply(folder, "--quiet", "-", "out2", input: [])
        #expect(list.status == 0)
        #expect(list.error == "nothing was done: the list on standard input names no file\n")
        #expect(try apply(folder, "--quiet", "in", "out3").error == "")
        let explained = try Command.run(["explain", "--rules", "rules.xml", "empty"], in: folder.path)
        #expect(explained.error == "there is no study in the inputs\n")
    }

    @Test func `a list that ends its paths otherwise than was said is not read`() throws {
        let folder = try prepared()
        try folder.write("in/2", Samples.file(instance: 2))
        let nul = try apply(folder, "-", "out", input: Array("in/1\0in/2\0".utf8))
        #expect(nul.status == 2 && nul.error.contains("give -0 with it"))
        let lines = try apply(folder, "-0", "-", "out", input: Array("in/1\nin/2\n".utf8))
        #expect(lines.status == 2 && lines.error.contains("leave out -0"))
        #expect(!folder.exists("out"))
        #expect(try apply(folder, "-0", "-", "out", input: Array("in/1".utf8)).status == 0)
    }

    @Test func `names that are no text are not taken for others`() throws {
        let folder = try prepared()
        let out = try shell(
            folder, #""$CORDON" apply --rules rules.xml --audience court --quiet in "$(printf 'out\377')""#)
        #expect(out.status == 2 && out.error.contains("argument 8 is not UTF-8"), "\(out.error)")
        let inside = try shell(
            folder,
            #"d=$(printf 'cwd\377'); mkdir "$d" && cd "$d" && "$CORDON" apply --rules ../rules.xml --audience court --quiet ../in out"#
        )
        #expect(inside.status == 2 && inside.error.contains("name is not UTF-8"), "\(inside.error)")
        // Where it reads, any name will do.
        let reading = try shell(
            folder,
            #"d=$(printf 'in\377'); mkdir "$d" && cp in/1 "$d/x" && cd "$d" && printf '%s\0' "$PWD/x" | "$CORDON" apply --rules ../rules.xml --audience court --quiet -0 - ../out"#
        )
        #expect(reading.status == 0, "\(reading.error)")
        #expect(try folder.files("out/released").count == 1)
        #expect(try shell(folder, "[ $(ls -d out* | wc -l) = 1 ]").status == 0)
    }

    // MARK: Options

    @Test func `a map of what is not written is refused`() throws {
        let folder = try prepared()
        for option in ["--map", "--crosswalk"] {
            let result = try apply(folder, "--dry-run", option, "file", "in", "out")
            #expect(result.status == 2 && result.error.contains("--dry-run writes nothing"))
        }
    }

    @Test(arguments: [
        "20260230000000", "20261301000000", "00000101000000x", "20260101240000", "20260101000000+1500",
        "20260101000000-1230", "20260101000000+0060", "20250229120000", "2026",
    ])
    func `a time that no clock shows is refused`(time: String) throws {
        let folder = try prepared()
        let result = try apply(folder, "--at=\(time)", "in", "out")
        #expect(result.status == 2 && result.error.hasPrefix("error: --at is "))
    }

    @Test func `a time that one shows is taken`() throws {
        let folder = try prepared()
        for (number, time) in ["20240229235960", "20260101000000+1400", "20260101000000-1200"].enumerated() {
            #expect(try apply(folder, "--at=\(time)", "in", "out\(number)").status == 0)
        }
    }

    @Test func `a key of the environment is looked at by who needs one`() throws {
        let folder = try prepared()
        let stale = ["CORDON_KEY": folder("gone")]
        #expect(try apply(folder, "in", "out", environment: stale).status == 0)
        let needed = try apply(folder, "in", "other", audience: "research", environment: stale)
        #expect(needed.status == 2 && needed.error.hasPrefix("error: CORDON_KEY: "))
        let empty = try apply(folder, "in", "other", audience: "research", environment: ["CORDON_KEY": ""])
        #expect(empty.status == 2 && empty.error.contains("needs a key"))
        // One that is named is meant.
        #expect(try apply(folder, "--key", "gone", "in", "other").status == 2)
    }

    // MARK: Rules

    @Test func `a file that is no rule set is not printed`() throws {
        let folder = try prepared()
        let report = "<ClinicalDocument><name>\(Samples.patientName)</name></ClinicalDocument>"
        try folder.write("report.xml", report)
        try folder.write("patients.csv", "\(Samples.patientName),\(Samples.patientID)\n")
        try folder.write("image.dcm", Samples.file())
        try folder.write("text.dcm", Array("<".utf8) + Samples.file().filter { $0 >= 0x20 && $0 < 0x7F })
        for file in ["report.xml", "patients.csv", "image.dcm", "text.dcm"] {
            for arguments in [
                ["apply", "--rules", file, "--audience", "court", "in", "out"], ["check", file],
                ["check", "--json", file],
                ["explain", "--rules", file, "in"],
            ] {
                let result = try Command.run(arguments, in: folder.path)
                #expect(result.status == 2)
                for word in Samples.planted {
                    #expect(!result.output.contains(word) && !result.error.contains(word), "\(file)")
                }
                #expect((result.output + result.error).contains(file))
            }
        }
    }

    // MARK: What is printed

    @Test func `explain of what cannot be read says so by its status`() throws {
        let folder = try prepared()
        try folder.write("in/2.dcm", Array(Samples.file(instance: 2).dropLast(10)))
        let result = try Command.run(["explain", "--rules", "rules.xml", "in"], in: folder.path)
        #expect(result.status == 3)
        #expect(result.output.contains("unreadable, would be sequestered"))
    }

    @Test func `standard output that is full or closed is an error, and nothing else is written to`() throws {
        let folder = try prepared()
        let start = #""$CORDON" apply --rules rules.xml --audience court"#
        let full = try shell(folder, "\(start) in out >/dev/full")
        #expect(full.status == 4 && full.error.contains("standard output cannot be written: no space left"))
        let closed = try shell(folder, "\(start) in closed >&-")
        #expect(closed.status == 4 && closed.error.contains("standard output cannot be written"), "\(closed.error)")
        let quiet = try shell(folder, "\(start) --quiet in quiet >&- <&-")
        #expect(quiet.status == 0, "\(quiet.error)")
        for output in ["closed", "quiet"] {
            #expect(try folder.bytes("\(output)/.cordon/lock") == [])
            #expect(try folder.tree("\(output)/released") == folder.tree("out/released"))
        }
        #expect(
            try shell(folder, #"set -o pipefail; "$CORDON" dump in/1 | true; exit ${PIPESTATUS[0]}"#).status % 141 == 0)
    }

    @Test func `errors begin alike, and with JSON are JSON`() throws {
        let folder = try prepared()
        let broken = TestRules.text.replacingOccurrences(of: "PatientComments", with: "PatientComment")
        try folder.write("broken.xml", broken)
        let mistakes: [[String]] = [
            ["apply", "--rules", "rules.xml", "--audience", "nobody", "in", "out"],
            ["apply", "--rules", "rules.xml", "--audience", "court", "in"],
            ["apply", "--audience", "court", "in", "out"], ["apply", "--no-such", "in", "out"], ["nothing"],
            ["dump", "rules.xml"], ["apply", "--rules", "broken.xml", "--audience", "court", "in", "out"],
        ]
        for arguments in mistakes {
            let plain = try Command.run(arguments, in: folder.path)
            #expect([2, 3].contains(plain.status))
            #expect(plain.error.split(separator: "\n").contains { $0.contains("error: ") }, "\(arguments)")
            #expect(!plain.error.contains("Error: "))
            guard arguments[0] != "nothing" else { continue }
            let json = try Command.run([arguments[0], "--json"] + arguments.dropFirst(), in: folder.path)
            #expect(json.status == plain.status)
            let objects = try json.error.split(separator: "\n").map {
                try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any], "\(json.error)")
            }
            #expect(objects.last?["status"] as? Int == Int(json.status))
            #expect((objects.last?["error"] as? String)?.isEmpty == false)
            #expect(!arguments.contains("broken.xml") || objects.first?["finding"] != nil)
        }
    }

    @Test func `the help shows a command as it is given`() throws {
        for (command, usage) in [
            ("apply", "cordon apply --rules <file> --audience <name> [<options>] <in> ... <out>"),
            ("reidentify", "cordon reidentify --key <file> [<options>] <in> ... <out>"),
            ("verify", "cordon verify --original <in> ... [<options>] <out>"),
        ] {
            let text = try Command.run([command, "--help"]).output
            #expect(text.contains("USAGE: \(usage)\n"), "\(text)")
            #expect(!text.contains("<out> ..."))
            #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
        }
    }
}
