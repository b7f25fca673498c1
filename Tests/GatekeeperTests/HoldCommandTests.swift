import DICOMFile
import Foundation
import Testing
import TestSupport

@testable import Gatekeeper
@testable import Host

/// Holds on the command line, from placing to release, and as documents for archives.
@Suite struct HoldCommandTests {
    private func run(_ folder: WorkFolder, _ arguments: String..., person: String = "anna") throws -> Command.Result {
        try Command.run(arguments + ["--registry", folder("site"), "--as", person], in: folder.path)
    }

    private func prepared() throws -> WorkFolder {
        let folder = WorkFolder()
        try folder.write("in/1", Samples.file(patient: "A-GEHEIM", study: 1))
        try folder.write("in/2", Samples.file(patient: "B-GEHEIM", study: 2))
        #expect(try run(folder, "vault", "add", "in").status == 0)
        return folder
    }

    private static let words = ["--matter", "M 1", "--custodian", "Legal", "--authority", "court", "--reason", "suit"]

    private func place(_ folder: WorkFolder, _ scope: String...) throws -> Command.Result {
        try Command.run(
            ["hold", "place"] + Self.words + scope + ["--registry", folder("site"), "--as", "anna"], in: folder.path)
    }

    private func expectNoPatient(_ result: Command.Result) {
        for word in Samples.planted { #expect(!result.output.contains(word) && !result.error.contains(word)) }
    }

    @Test func `what is held is not deleted, two others release it, and then it is`() throws {
        let folder = try prepared()
        let placed = try place(folder, "--patient", "A-GEHEIM")
        #expect(placed.status == 0 && placed.output.contains("hold 1 is in force"))
        expectNoPatient(placed)
        let digest = ContentDigest(of: try folder.bytes("in/1")).hexadecimal
        func delete() throws -> Command.Result {
            try run(folder, "vault", "delete", digest, "--reason", "space", "--yes")
        }
        let refused = try delete()
        #expect(refused.status != 0)
        expectNoPatient(refused)
        func release(_ person: String) throws -> Command.Result {
            try run(folder, "hold", "release", "1", "--reason", "settled", "--yes", person: person)
        }
        #expect(try release("anna").status == 2)
        #expect(try release("bert").status == 0)
        #expect(try release("bert").status == 2)
        #expect(try delete().status != 0)
        #expect(try release("carla").output.contains("hold 1 is released"))
        #expect(try delete().status == 0)
        #expect(try run(folder, "registry", "check").status == 0)
    }

    @Test func `a list names nobody, unless a look is recorded`() throws {
        let folder = try prepared()
        #expect(try place(folder, "--patient", "A-GEHEIM").status == 0)
        let list = try Command.run(["hold", "list", "--registry", folder("site")])
        #expect(list.status == 0 && list.output.contains("M 1"))
        expectNoPatient(list)
        #expect(try Command.run(["hold", "list", "--show-values", "--registry", folder("site")]).status == 2)
        #expect(try run(folder, "hold", "list", "--show-values").output.contains("A-GEHEIM"))
    }

    @Test func `what cannot be meant is refused with a way on`() throws {
        let folder = try prepared()
        #expect(try place(folder).status == 2)
        #expect(try place(folder, "--patient", "A", "--study", "1.2").status == 2)
        #expect(try place(folder, "--issuer", "A").status == 2)
        #expect(try place(folder, "--where", "Nonsense=1").error.contains("AccessionNumber"))
        #expect(try place(folder, "--where", "StudyDate=yesterday").status == 2)
        #expect(try run(folder, "hold", "release", "99", "--reason", "r").status == 2)
        #expect(try Command.run(["hold", "list"], environment: ["CORDON_REGISTRY": ""]).status == 2)
    }

    @Test func `a hold becomes documents that another site understands`() throws {
        let folder = try prepared()
        #expect(try place(folder, "--where", "Modality=CT").status == 0)
        let published = try run(folder, "hold", "publish", "1", "kos")
        #expect(published.status == 0, "\(published.error)")
        let documents = try folder.files("kos").map { folder("kos/\($0)") }
        #expect(documents.count == 2)
        let arguments = ["hold", "import"] + documents + Self.words + ["--registry", folder("site"), "--as", "bert"]
        let imported = try Command.run(arguments, in: folder.path)
        #expect(imported.status == 0, "\(imported.error)")
        #expect(imported.output.components(separatedBy: "1 as the document's MAC says").count == 3)
        expectNoPatient(imported)
        // Another instance under the same UID is told.
        let other = WorkFolder()
        try other.write("in/1", Samples.file(patient: "A-GEHEIM", study: 1, pixels: 128))
        #expect(try run(other, "vault", "add", "in").status == 0)
        let differing = try Command.run(
            ["hold", "import"] + documents + Self.words + ["--registry", other("site"), "--as", "bert"])
        #expect(differing.output.contains("1 with another content"))
        #expect(differing.output.contains("1 not in the vault yet"))
        #expect(try run(folder, "hold", "import", "in/1", "--matter", "M").status == 2)
    }
}
