import DICOMCore
import struct DICOMCore.Tag
import DICOMFile
import Foundation
import KeyObjects
import TestSupport
import Testing

@Suite struct KeyObjectSelectionTests {
    private static let ct = "1.2.840.10008.5.1.4.1.1.2"
    private static let instance = DataSetBuilder().text(.sopClassUID, .UI, ct).text(.sopInstanceUID, .UI, "2.25.6")
        .text(.patientName, .PN, "Roe^Jane").text(.patientID, .LO, "A 1").text(.studyInstanceUID, .UI, "2.25.1")
        .text(.seriesInstanceUID, .UI, "2.25.5")

    private func document() throws -> (KeyObjectSelection, [UInt8]) {
        let instance = try DICOMFile(
            bytes: Self.instance.file(.explicitLittleEndian))
        let selection = KeyObjectSelection(
            title: .forLitigation, sopInstanceUID: "2.25.99",
            references: try ["2.25.7", "2.25.6"].map {
                .init(
                    studyInstanceUID: "2.25.1", seriesInstanceUID: "2.25.5", sopClassUID: Self.ct,
                    sopInstanceUID: $0, macs: [try InstanceMAC(of: instance)])
            })
        return (
            selection,
            try selection.file(
                for: instance,
                .init(seriesInstanceUID: "2.25.98", date: "20261124", time: "100000", description: "Hold of matter 1"))
        )
    }

    @Test func `what is written is read`() throws {
        let (selection, bytes) = try document()
        let read = try #require(try KeyObjectSelection(DICOMFile(bytes: bytes)))
        #expect(read.isForLitigation && read.title == .forLitigation && read.sopInstanceUID == "2.25.99")
        #expect(Set(read.references) == Set(selection.references))
        let file = try DICOMFile(bytes: bytes)
        #expect(file.text(.patientID) == "A 1" && file.text(.patientName) == "Roe^Jane")
    }

    @Test func `dciodvfy finds no error in it, and DCMTK reads it as a document`() throws {
        let (_, bytes) = try document()
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("cordon-ko-\(UUID().uuidString).dcm")
        try Data(bytes).write(to: path)
        defer { try? FileManager.default.removeItem(at: path) }
        func output(_ program: String, _ arguments: [String]) throws -> (Int32, String) {
            let process = Process(), pipe = Pipe()
            process.executableURL = URL(fileURLWithPath: program)
            process.arguments = arguments + [path.path]
            process.standardError = pipe
            process.standardOutput = pipe
            try process.run()
            let text = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
            process.waitUntilExit()
            return (process.terminationStatus, text)
        }
        let checker = Fixtures.packageRoot + "/.venv/bin/dciodvfy"
        let (_, checked) = try output(checker, ["-new"])
        #expect(checked.split(separator: "\n").filter { $0.hasPrefix("Error") } == [])
        let (status, printed) = try output("/usr/bin/env", ["dsrdump"])
        #expect(status == 0 && printed.contains("For Litigation"))
    }

    @Test func `another document is none, and a damaged one an error`() throws {
        #expect(try KeyObjectSelection(DICOMFile(bytes: Self.instance.file(.explicitLittleEndian))) == nil)
        let empty = DataSetBuilder().text(.sopClassUID, .UI, KeyObjectSelection.sopClass)
            .text(.sopInstanceUID, .UI, "2.25.1")
        #expect(throws: KeyObjectError.self) {
            try KeyObjectSelection(DICOMFile(bytes: empty.file(.explicitLittleEndian)))
        }
        let (_, bytes) = try document()
        for cut in stride(from: 200, to: bytes.count, by: 7) {
            guard let file = try? DICOMFile(bytes: Array(bytes[..<cut])) else { continue }
            _ = try? KeyObjectSelection(file)
        }
    }
}
