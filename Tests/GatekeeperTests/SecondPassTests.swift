import DICOMFile
import Glibc
import Registry
import RuleEngine
import RuleLanguage
import Testing
import TestSupport

@testable import Gatekeeper
@testable import Inputs

/// Inputs that change between the passes: what was decided was decided about other bytes.
@Suite struct SecondPassTests {
    /// Runs both passes with something in between.
    private func outcome(_ folder: WorkFolder, between: () throws -> Void) throws -> Outcome {
        let ruleSet = try TestRules.load(folder)
        let audience = try #require(ruleSet.audiences["everything"])
        let gate = try Gate(ruleSet: ruleSet, audience: audience, key: nil, time: "20260101000000")
        let names = try InputCollector.collect(InputSources(paths: [folder("in")]), output: nil).names
        let keys = InputKeys(of: names, secret: [1]), evaluator = Evaluator(ruleSet), progress = Progress(isQuiet: true)
        let output = try OutputFolder(folder("out"))
        try RunError.wrapping("") { try output.prepare() }
        let journal = try Journal(output.journalPath)
        let first = FirstPass(
            names: names, keys: keys, evaluator: evaluator, gate: gate, journal: journal,
            scratch: output.temporaryFolder)
        let result = try first.run(jobs: 1, book: StudyBook(ruleSet), progress: progress)
        try between()
        let second = SecondPass(
            names: names, facts: result.facts, verdicts: result.verdicts, gate: gate, keys: keys, evaluator: evaluator,
            scratch: output.temporaryFolder,
            context: RecordedDecision.Context(
                audience: "everything", ruleSet: ruleSet.id, revision: ruleSet.revision, ruleSetDigest: ruleSet.digest,
                tier: ruleSet.tier),
            target: .init(folder: output, journal: journal, ledger: Ledger()))
        try second.run([0], jobs: 1, progress: progress)
        #expect(try folder.files("out/.cordon/tmp") == [])
        return try #require(try journal.outcome(of: keys[0]))
    }

    @Test func `a file that changes while a dry run reads it is refused`() throws {
        let folder = WorkFolder()
        try folder.write("in/a", Samples.file())
        let ruleSet = try TestRules.load(folder)
        let audience = try #require(ruleSet.audiences["everything"])
        let gate = try Gate(ruleSet: ruleSet, audience: audience, key: nil, time: "20260101000000")
        let names = try InputCollector.collect(InputSources(paths: [folder("in")]), output: nil).names
        // Asked of the registry while the file is read.
        let writer = Touching(path: folder("in/a"))
        let first = FirstPass(
            names: names, keys: InputKeys(of: names, secret: [1]), evaluator: Evaluator(ruleSet), registry: writer,
            gate: gate,
            journal: nil, scratch: "/tmp", isFollowed: false)
        let result = try first.run(jobs: 1, book: StudyBook(ruleSet), progress: Progress(isQuiet: true))
        #expect(result.facts[0].kind == .refused && result.facts[0].refusal?.reason == .changed)
    }

    @Test func `an input that nobody touched is released`() throws {
        let folder = WorkFolder()
        try folder.write("in/a", Samples.file())
        #expect(try outcome(folder) {}.result == .release)
    }

    @Test func `an input of other bytes and the same size and time is refused`() throws {
        let folder = WorkFolder()
        try folder.write("in/a", Samples.file())
        var status = stat()
        #expect(stat(folder("in/a"), &status) == 0)
        let outcome = try outcome(folder) {
            var bytes = try folder.bytes("in/a")
            let id = Array(Samples.patientID.utf8)
            let place = try #require(bytes.indices.first { bytes[$0...].starts(with: id) })
            bytes[place] = UInt8(ascii: "Q")
            let file = try #require(fopen(folder("in/a"), "r+"))
            #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
            fclose(file)
            var times = [status.st_atim, status.st_mtim]
            #expect(utimensat(AT_FDCWD, folder("in/a"), &times, 0) == 0)
        }
        #expect(outcome.result == .refused)
        #expect(outcome.reason?.contains("changed") == true)
        #expect(try folder.files("out/released") == [])
    }

    @Test func `an input that became another file, a folder, a pipe, or nothing is refused`() throws {
        for change in 0..<5 {
            let folder = WorkFolder()
            try folder.write("in/a", Samples.file())
            let outcome = try outcome(folder) {
                try folder.remove("in/a")
                switch change {
                case 0: try folder.write("in/a", Samples.file(isVIP: true))
                case 1: #expect(mkdir(folder("in/a"), 0o700) == 0)
                case 2: #expect(mkfifo(folder("in/a"), 0o600) == 0)
                case 3: try folder.write("in/a", Array(Samples.file().prefix(400)))
                default: break
                }
            }
            #expect(outcome.result == .refused)
            #expect(try folder.files("out/released") == [] && folder.files("out/sequestered") == [])
        }
    }
}

/// A registry that knows nothing, and writes to the input when it is asked.
private struct Touching: RegistryAccess {
    let path: String

    func knowledge(of file: DICOMFile) throws(RunError) -> RegistryKnowledge {
        if let file = fopen(path, "a") {
            fputs("x", file)
            fclose(file)
        }
        return RegistryKnowledge()
    }
    func place(_ holds: Set<WantedHold>, ofRuleSet ruleSet: String) throws(RunError) -> Int { 0 }
    func seen(_ file: DICOMFile?) -> InstanceIdentity { InstanceIdentity(form: .notDICOM, beginning: nil) }
    func record(_ decisions: [RecordedDecision]) throws(RunError) {}
}
