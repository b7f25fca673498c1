import DICOMCore
import Foundation
import TestSupport
import Testing

@testable import RuleBundle

/// `cordon bundle`, and what takes nothing else.
@Suite struct CommandTests {
    @Test func `a site makes, signs and verifies a bundle, and applies nothing else`() async throws {
        let scene = try Scene()
        let folder = scene.folder
        func run(_ arguments: String...) async throws -> Command.Result {
            try await Command.run(arguments, in: folder.path)
        }
        let key = try await run("bundle", "key", "new", "a.key", "--name", "alice")
        #expect(key.status == 0)
        #expect(try await run("bundle", "key", "show", "a.key").output == key.output)
        #expect(try await run("bundle", "key", "new", "a.key", "--name", "alice").status == 2)
        try folder.write("threshold 1\nruleset site\n\(key.output)", to: "rules.trust")
        let made = try await run("bundle", "make", "sites/site.xml", "site.bundle")
        #expect(made.status == 0)
        #expect(made.output.hasPrefix("`site` revision 7, digest "))
        let unsigned = try await run("bundle", "verify", "site.bundle", "--trust", "rules.trust")
        #expect(unsigned.status == 2)
        #expect(unsigned.error.contains("nobody has signed"))
        #expect(try await run("bundle", "sign", "site.bundle", "--key", "a.key").status == 0)
        #expect(try await run("bundle", "sign", "site.bundle", "--key", "a.key").status == 2)
        let verified = try await run("bundle", "verify", "site.bundle", "--trust", "rules.trust")
        #expect(verified.status == 0)
        #expect(verified.output.hasSuffix("signed by alice\n"))

        let image = DataSetBuilder().text(.sopClassUID, .UI, "1.2.840.10008.5.1.4.1.1.2")
            .text(.sopInstanceUID, .UI, "2.25.1").text(.patientID, .LO, "P2").text(.studyInstanceUID, .UI, "2.25.2")
            .text(.seriesInstanceUID, .UI, "2.25.3")
        try FileManager.default.createDirectory(atPath: folder("in"), withIntermediateDirectories: true)
        try Data(image.file()).write(to: URL(fileURLWithPath: folder("in/1.dcm")))
        let apply = ["apply", "--audience", "archive", "--require-signed", "rules.trust"]
        let loose = try await Command.run(apply + ["--rules", "sites/site.xml", "in", "out1"], in: folder.path)
        #expect(loose.status == 2)
        #expect(loose.error.contains("no bundle"))
        let done = try await Command.run(apply + ["--rules", "site.bundle", "in", "out2"], in: folder.path)
        #expect(done.status == 0, "\(done.error)")
        let bare = try await run("apply", "--audience", "archive", "--rules", "site.bundle", "in", "out3")
        #expect(bare.status == 2)
        #expect(bare.error.contains("--require-signed"))
        let explained = try await run(
            "explain", "--rules", "site.bundle", "--require-signed", "rules.trust", "in")
        #expect(explained.status == 0)

        // An older revision comes back.
        try scene.writeRules(revision: "6")
        _ = try await run("bundle", "make", "sites/site.xml", "old.bundle")
        _ = try await run("bundle", "sign", "old.bundle", "--key", "a.key")
        let replayed = try await Command.run(apply + ["--rules", "old.bundle", "in", "out4"], in: folder.path)
        #expect(replayed.status == 2)
        #expect(replayed.error.contains("older than revision 7"))
    }
}
