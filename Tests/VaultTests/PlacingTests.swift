import Foundation
import Glibc
import Host
import Testing

/// A file gets its name when it is whole, and takes it from nobody.
struct PlacingTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("placing-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    @Test func `a name that somebody has is not taken from them`() throws {
        try withFolder { folder in
            try Data("mine".utf8).write(to: URL(fileURLWithPath: folder + "/whole"))
            try Data("theirs".utf8).write(to: URL(fileURLWithPath: folder + "/name"))
            #expect(throws: SystemError.self) { try FileSystem.give(folder + "/whole", its: folder + "/name") }
            #expect(throws: SystemError.self) { try FileSystem.copy(folder + "/whole", to: folder + "/name") }
            #expect(try String(contentsOfFile: folder + "/name", encoding: .utf8) == "theirs")
            try FileSystem.give(folder + "/whole", its: folder + "/other")
            #expect(try String(contentsOfFile: folder + "/other", encoding: .utf8) == "mine")
            #expect(FileSystem.status(folder + "/whole") == nil)
        }
    }

    /// What stands in for a hard link where there are none.
    @Test func `a copy has the same bytes and is for the same people`() throws {
        try withFolder { folder in
            let bytes = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try Data(bytes).write(to: URL(fileURLWithPath: folder + "/whole"))
            #expect(chmod(folder + "/whole", 0o640) == 0)
            try FileSystem.copy(folder + "/whole", to: folder + "/copy")
            #expect(try Array(Data(contentsOf: URL(fileURLWithPath: folder + "/copy"))) == bytes)
            #expect(FileSystem.status(folder + "/copy").map { $0.st_mode & 0o777 } == 0o640)
            #expect(throws: SystemError.self) { try FileSystem.copy(folder + "/gone", to: folder + "/nothing") }
            #expect(FileSystem.status(folder + "/nothing") == nil)
        }
    }
}
