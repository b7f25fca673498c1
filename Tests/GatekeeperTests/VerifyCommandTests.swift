import Foundation
import Testing
import TestSupport

@testable import Gatekeeper
@testable import Host
@testable import Inputs

/// `cordon verify` on what `cordon apply` wrote: what it prints, and how it ends.
@Suite struct VerifyCommandTests {
    private func exported(_ audience: String) throws -> WorkFolder {
        let folder = WorkFolder()
        try Samples.fill(folder)
        try folder.apply(audience: audience, map: "map")
        return folder
    }

    private func verify(_ folder: WorkFolder, _ arguments: String...) throws -> Command.Result {
        try Command.run(["verify", "--original", folder("in")] + arguments, in: folder.path)
    }

    @Test func `what was de-identified has no finding, with a map and without`() throws {
        let folder = try exported("research")
        for arguments in [["--map", folder("map")], []] {
            let result = try Command.run(["verify", "--original", folder("in")] + arguments + [folder("out")])
            #expect(result.status == 0 && result.error == "", "\(result)")
            #expect(result.output.contains("nothing was found"))
        }
    }

    @Test func `what was released has findings, which name nobody unless asked`() throws {
        let folder = try exported("everything")
        let result = try verify(
            folder, "--map", folder("map"), "--json", folder("r.json"), "--html", folder("r.html"), folder("out"))
        #expect(result.status == 1 && result.error == "")
        for text in [result.output, try folder.text("r.json"), try folder.text("r.html")] {
            for word in Samples.planted { #expect(!text.contains(word) && !text.contains(word.lowercased())) }
        }
        for name in ["r.json", "r.html"] {
            #expect(FileSystem.status(folder(name)).map { $0.st_mode & 0o777 } == 0o600)
        }
        let page = try folder.text("r.html")
        #expect(!page.contains("<script") && !page.contains("http"))
        let shown = try verify(folder, "--map", folder("map"), "--json", "-", "--show-values", folder("out"))
        #expect(shown.output.lowercased().contains("rosalinde"))
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(shown.output.utf8)) }
    }

    @Test func `statuses say how it ended`() throws {
        let folder = try exported("research")
        #expect(try verify(folder, folder("nowhere")).status == 2)
        #expect(try verify(folder, "--map", folder("nowhere"), folder("out")).status == 2)
        #expect(try verify(folder, "--jobs", "0", folder("out")).status == 2)
        #expect(try verify(folder).status == 2)
        #expect(try Command.run(["verify", folder("out")]).status == 2)
        #expect(try verify(folder, "--quiet", folder("out")).output == "")
        try folder.write("out/released/torn.dcm", [UInt8](repeating: 0, count: 128) + Array("DICM\u{2}\0".utf8))
        #expect(try verify(folder, folder("out")).status == 3)
    }
}
