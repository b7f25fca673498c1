import Foundation
import Glibc
import TestSupport
import Testing

@testable import Gatekeeper
@testable import Host
@testable import Inputs

/// OUT as others may leave it: links in it, and files that are not what the journal says.
@Suite struct OutputFolderTests {
    private func link(_ folder: WorkFolder, _ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: folder(name), withDestinationPath: folder(target))
    }

    private func message(_ run: () throws -> Void) -> String? {
        do {
            try run()
            return nil
        } catch { return "\(error)" }
    }

    @Test(arguments: ["released", "sequestered", ".cordon", ".cordon/tmp"])
    func `nothing is written or removed where a link in OUT leads`(name: String) throws {
        let folder = WorkFolder()
        try folder.write("in/1", Samples.file())
        try folder.write("in/2.dcm", Array(Samples.file(instance: 2).dropLast(10)))
        try folder.apply(to: "first")
        try folder.write("elsewhere/mine", "of somebody else")
        // One of a run that ended at once, or has just begun.
        try FileManager.default.createDirectory(atPath: folder("out"), withIntermediateDirectories: false)
        if name != ".cordon" {
            try FileManager.default.createDirectory(atPath: folder("out/.cordon"), withIntermediateDirectories: false)
        }
        try link(folder, "out/\(name)", to: "elsewhere")
        let before = try folder.tree("elsewhere", timesToo: true)
        let said = message { try folder.apply() }
        #expect(said?.contains("`\(name)` in OUT is no folder") == true, "\(said ?? "nothing")")
        #expect(try folder.tree("elsewhere", timesToo: true) == before)
        // The same of a run that is repeated.
        try FileManager.default.moveItem(atPath: folder("first/\(name)"), toPath: folder("moved"))
        try link(folder, "first/\(name)", to: "elsewhere")
        #expect(message { try folder.apply(to: "first") } != nil)
        #expect(try folder.tree("elsewhere", timesToo: true) == before)
    }

    @Test func `a patient's folder that is a link is not written through`() throws {
        let folder = WorkFolder()
        try folder.write("in/1", Samples.file())
        try folder.apply()
        let patient = try #require(try FileManager.default.contentsOfDirectory(atPath: folder("out/released")).first)
        // All of it is moved away, and a link stands there: with what it held, and empty.
        for isEmpty in [false, true] {
            try? folder.remove("out/released/\(patient)")
            try? folder.remove("moved")
            try folder.apply()
            try FileManager.default.moveItem(
                atPath: folder("out/released/\(patient)"), toPath: folder("moved"))
            if isEmpty {
                try folder.remove("moved")
                try FileManager.default.createDirectory(atPath: folder("moved"), withIntermediateDirectories: false)
            }
            try link(folder, "out/released/\(patient)", to: "moved")
            let before = try folder.tree("moved", timesToo: true)
            try folder.write("in/2", Samples.file(instance: isEmpty ? 3 : 2))
            #expect(message { try folder.apply() } != nil)
            #expect(try folder.tree("moved", timesToo: true) == before)
            try folder.remove("in/2")
        }
    }

    @Test func `OUT itself may be a link`() throws {
        let folder = WorkFolder()
        try folder.write("in/1", Samples.file())
        try FileManager.default.createDirectory(atPath: folder("disk"), withIntermediateDirectories: false)
        try link(folder, "out", to: "disk")
        try folder.apply()
        #expect(try folder.files("disk/released").count == 1)
        #expect(try !folder.apply().isChanged)
    }

    @Test func `an output of the same size and other bytes is made again, one that was merely touched is not`() throws {
        let folder = WorkFolder()
        try folder.write("in/1", Samples.file())
        try folder.write("in/2.dcm", Array(Samples.file(study: 2, instance: 2).dropLast(10)))
        try folder.apply()
        let whole = try folder.tree("out")
        for place in ["released", "sequestered"] {
            let name = try #require(
                try folder.files("out/\(place)").first { !$0.hasSuffix(".json") })
            let path = "out/\(place)/\(name)"
            var bytes = try folder.bytes(path)
            bytes[bytes.count - 1] ^= 1
            let mode = try #require(FileSystem.status(folder(path))).st_mode & 0o777
            try folder.write(path, bytes)
            #expect(chmod(folder(path), mode) == 0)
            let report = try folder.apply()
            #expect(report.isChanged && report.keptCount == 1)
            #expect(
                try folder.tree("out").filter { !$0.key.hasPrefix(".cordon") }
                    == whole.filter { !$0.key.hasPrefix(".cordon") })
            #expect(try !folder.apply().isChanged)
            // Other times and another inode, the same bytes: a copy that somebody put back.
            let good = try folder.bytes(path)
            try folder.remove(path)
            try folder.write(path, good)
            #expect(chmod(folder(path), mode) == 0)
            let touched = try folder.tree("out", timesToo: true)
            #expect(try !folder.apply().isChanged)
            #expect(try folder.tree("out", timesToo: true) == touched)
        }
    }
}
