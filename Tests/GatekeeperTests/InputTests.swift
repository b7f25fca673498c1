import CLibZip
import DICOMCore
import Foundation
import Glibc
import Testing
import TestSupport

@testable import Gatekeeper
@testable import Host
@testable import Inputs

@Suite struct FolderInputTests {
    private func names(_ folder: WorkFolder, _ inputs: [String], output: String? = nil) throws -> [String] {
        let place = try output.map { try OutputFolder.place(of: folder($0)) }
        let collected = try InputCollector.collect(InputSources(paths: inputs.map { folder($0) }), output: place)
        return (0..<collected.names.count).map { index in
            let text = String(decoding: collected.names[index].text, as: UTF8.self).dropFirst(folder.path.count + 1)
            return collected.names.refusal(of: index) == nil ? String(text) : "refused \(text)"
        }
    }

    @Test func `every file below is found once, in the order of bytes`() throws {
        let folder = WorkFolder()
        for name in ["in/b", "in/a/z", "in/a.b", "in/a/b/c", "in/ä", "in/B", "in/.hidden"] {
            try folder.write(name, "x")
        }
        let expected = ["in/.hidden", "in/B", "in/a.b", "in/a/b/c", "in/a/z", "in/b", "in/ä"]
        #expect(try names(folder, ["in"]) == expected)
        #expect(try names(folder, ["in/a", "in", "in/b", "in/../in"]) == expected)
    }

    @Test func `links that lead in circles end`() throws {
        let folder = WorkFolder()
        try folder.write("in/a/file", "x")
        #expect(symlink("..", folder("in/a/up")) == 0)
        #expect(symlink(folder("in"), folder("in/a/root")) == 0)
        #expect(symlink("self", folder("in/self")) == 0)
        #expect(symlink("a", folder("in/0-alias")) == 0)
        try folder.write("else/where", "x")
        #expect(symlink(folder("else"), folder("in/link")) == 0)
        #expect(symlink("a/file", folder("in/other-name")) == 0)
        #expect(try names(folder, ["in"]) == ["in/a/file", "in/link/where", "in/other-name", "refused in/self"])
    }

    @Test func `pipes and devices are passed by and counted`() throws {
        let folder = WorkFolder()
        try folder.write("in/file", Samples.file())
        #expect(mkfifo(folder("in/pipe"), 0o600) == 0)
        #expect(symlink("/dev/zero", folder("in/device")) == 0)
        let report = try folder.apply(audience: "everything")
        #expect(report.summary.counts.special == 2)
        #expect(report.summary.counts.released == 1)
    }

    @Test func `a name that is no UTF-8 is an input like any other`() throws {
        let folder = WorkFolder()
        try folder.write("in/x", Samples.file())
        let odd = PathBytes(Array(folder("in/").utf8) + [0xFF, 0xFE, 0x41])
        #expect(odd.withCString { new in rename(folder("in/x"), new) } == 0)
        let report = try folder.apply(audience: "everything", map: "map")
        #expect(report.summary.counts.released == 1)
        #expect(try folder.bytes("map").contains(0xFF))
    }

    @Test func `a file that cannot be opened is refused, and taken once it can be`() throws {
        let folder = WorkFolder()
        try folder.write("in/a", Samples.file())
        #expect(symlink("b", folder("in/dangling")) == 0)
        let report = try folder.apply(audience: "everything")
        #expect(report.summary.counts.refused == 1)
        #expect(try folder.decisions().contains { $0.contains("\"disposition\":\"refused\"") })
        #expect(try !folder.apply(audience: "everything").isChanged)
        try folder.write("b", Samples.file(instance: 2))
        try folder.remove("in/dangling")
        try folder.write("in/dangling", Samples.file(instance: 2))
        #expect(try folder.apply(audience: "everything").summary.counts.released == 2)
    }

    @Test func `a path list is split at lines or at NUL`() {
        let text = Array("a b\r\n\nc\0d\n".utf8)
        #expect(PathList.paths(in: text, separator: .newline).map(\.text) == ["a b", "c\0d"])
        #expect(PathList.paths(in: text, separator: .nul).map(\.text) == ["a b\r\n\nc", "d\n"])
    }
}

@Suite struct DICOMDIRInputTests {
    /// A DICOMDIR whose records refer to these files.
    static func directory(_ references: [String]) -> [UInt8] {
        let records = references.map { reference in
            DataSetBuilder().integers(Tag(0x0004, 0x1400), .UL, 0).text(.referencedFileID, .CS, reference)
        }
        return DataSetBuilder().text(Tag(0x0004, 0x1130), .CS, "SET").sequence(.directoryRecordSequence, records)
            .file(
                fileMeta: DataSetBuilder()
                    .bytes(.fileMetaInformationVersion, .OB, [0, 1])
                    .text(.mediaStorageSOPClassUID, .UI, UID.mediaStorageDirectory)
                    .text(.mediaStorageSOPInstanceUID, .UI, "2.25.3")
                    .text(.transferSyntaxUID, .UI, TransferSyntax.explicitLittleEndian.uid))
    }

    @Test func `the files it refers to are found however the medium spells them`() throws {
        let folder = WorkFolder()
        try folder.write("cd/DICOMDIR", Self.directory(["IMAGES\\IM1", "IMAGES\\IM2", "images\\im3", "IMAGES\\IM4"]))
        for (index, name) in ["IM1", "im2", "IM3;1", "IM4."].enumerated() {
            try folder.write("cd/images/\(name)", Samples.file(instance: index + 1))
        }
        try folder.write("cd/not-referenced", Samples.file(instance: 9))
        let report = try folder.apply(["cd/DICOMDIR"], audience: "everything")
        #expect(report.summary.counts.refused == 0)
        #expect(report.summary.counts.released == 5)
    }

    @Test(arguments: ["GONE", "..\\secret", ".\\IM1", "IMAGES", "/etc/passwd", "IMAGES\\..\\..\\secret"])
    func `a reference that leads nowhere or out is refused`(_ reference: String) throws {
        let folder = WorkFolder()
        try folder.write("secret", Samples.file(study: 5))
        try folder.write("cd/IMAGES/IM1", Samples.file())
        try folder.write("cd/DICOMDIR", Self.directory(["IMAGES\\IM1", reference]))
        let report = try folder.apply(["cd/DICOMDIR"], audience: "everything")
        #expect(report.summary.counts.refused == 1)
        #expect(report.summary.counts.released == 2)
    }
}

@Suite struct ZIPInputTests {
    /// Makes an archive by libzip.
    static func archive(
        _ path: String, _ entries: [(name: String, bytes: [UInt8])], password: String? = nil,
        method: Int32 = ZIP_CM_DEFLATE
    ) {
        guard let archive = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, nil) else { return }
        for entry in entries {
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, entry.bytes.count), alignment: 1)
            copy.copyBytes(from: entry.bytes)
            let source = zip_source_buffer(archive, copy.baseAddress, zip_uint64_t(entry.bytes.count), 0)
            guard let source else { return }
            let index = zip_file_add(archive, entry.name, source, zip_flags_t(ZIP_FL_ENC_UTF_8))
            if index >= 0 {
                zip_set_file_compression(archive, zip_uint64_t(index), method, 0)
                if let password {
                    zip_file_set_encryption(archive, zip_uint64_t(index), zip_uint16_t(ZIP_EM_AES_256), password)
                }
            }
        }
        zip_close(archive)
    }

    @Test func `entries are inputs, and their names are never paths`() throws {
        let folder = WorkFolder()
        try folder.write("in/x", "y")
        Self.archive(
            folder("in/a.zip"),
            [
                ("../../../evil.dcm", Samples.file(instance: 1)), ("/etc/evil", Samples.file(instance: 2)),
                ("ok/IM3", Samples.file(instance: 3)), ("ok/IM4", Samples.file(instance: 3)),
                ("readme.txt", [1, 2, 3]),
            ])
        let report = try folder.apply(audience: "everything", map: "map")
        #expect(report.summary.counts.released == 4)
        #expect(report.summary.counts.duplicates == 1)
        #expect(report.summary.counts.notDICOM == 2)
        #expect(try folder.files("").allSatisfy { !$0.contains("evil") })
        #expect(try folder.text("map").contains("a.zip!/../../../evil.dcm\treleased/"))
        #expect(try !folder.apply(audience: "everything", map: "map").isChanged)
    }

    @Test func `an entry that is encrypted, nested or damaged is refused with its reason`() throws {
        let folder = WorkFolder()
        try folder.write("in/x", Samples.file())
        Self.archive(folder("in/secret.zip"), [("a", Samples.file(instance: 2))], password: "x")
        Self.archive(folder("in/outer.zip"), [("inner.ZIP", [1]), ("b", Samples.file(instance: 3))])
        Self.archive(folder("in/damaged.zip"), [("c", Samples.file(instance: 4))], method: ZIP_CM_STORE)
        var bytes = try folder.bytes("in/damaged.zip")
        bytes[400] ^= 1
        try folder.write("in/damaged.zip", bytes)
        try folder.write("in/nothing.zip", "PK no archive")
        let report = try folder.apply(audience: "everything")
        #expect(report.summary.counts.released == 2)
        #expect(report.summary.counts.refused == 4)
        let reasons = report.summary.refusals.keys.sorted().joined(separator: "\n")
        for word in ["encrypted", "archive within", "damaged", "cannot be read"] { #expect(reasons.contains(word)) }
    }

    @Test func `an archive that would grow beyond all measure is refused before it is unpacked`() throws {
        let folder = WorkFolder()
        try folder.write("in/x", Samples.file())
        Self.archive(folder("in/bomb.zip"), [("zeros", [UInt8](repeating: 0, count: 1 << 20))])
        // The directory says of the one entry that it has four gigabytes.
        var bytes = try folder.bytes("in/bomb.zip")
        let directory = try #require(bytes.indices.last { bytes[$0...].starts(with: [0x50, 0x4B, 1, 2]) })
        bytes.replaceSubrange(directory + 24..<directory + 28, with: [0, 0, 0, 0xF0])
        try folder.write("in/bomb.zip", bytes)
        let report = try folder.apply(audience: "everything")
        #expect(report.summary.counts.refused == 1)
        #expect(report.summary.counts.released == 1)
    }

    @Test func `an entry of more bytes than are read at once goes through a nameless file`() throws {
        let folder = WorkFolder()
        let large = Samples.file(pixels: InputReader.memorySize + 4096)
        Self.archive(folder("large.zip"), [("a", large)])
        let report = try folder.apply(["large.zip"], audience: "everything")
        #expect(report.summary.counts.released == 1)
        let released = try #require(try folder.files("out/released").first)
        #expect(try folder.bytes("out/released/\(released)") == large)
        #expect(try folder.files("out/.cordon/tmp") == [])
    }

    @Test func `an archive by another name is refused, not taken for nothing`() throws {
        let folder = WorkFolder()
        Self.archive(folder("export.bak"), [("a", Samples.file())])
        try folder.write("in/x", Samples.file())
        let report = try folder.apply(["in", "export.bak"], audience: "everything")
        #expect(report.summary.counts.refused == 1)
    }
}
