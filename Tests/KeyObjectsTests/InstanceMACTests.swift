import DICOMCore
import struct DICOMCore.Tag
import DICOMFile
import Foundation
import KeyObjects
import TestSupport
import Testing

@testable import KeyObjects

/// Held against dcmsign of DCMTK, which writes down what it signs.
@Suite struct InstanceMACTests {
    private static func instance(
        accession: String? = "ODD", comment: String? = nil, pixels: [UInt8] = (0..<64).map { UInt8($0) }
    ) -> DataSetBuilder {
        let inner = DataSetBuilder().text(.codeValue, .SH, "T-1").integers(Tag(0x0028, 0x0010), .US, 513)
        var builder = DataSetBuilder().text(.sopClassUID, .UI, "1.2.840.10008.5.1.4.1.1.2")
            .text(.sopInstanceUID, .UI, "2.25.3")
        if let accession { builder = builder.text(Tag(0x0008, 0x0050), .SH, accession) }
        builder = builder.sequence(Tag(0x0008, 0x1032), length: .undefined, [inner, inner])
            .sequence(Tag(0x0008, 0x1140), [DataSetBuilder().sequence(Tag(0x0040, 0xA170), [inner]), DataSetBuilder()])
            .text(.patientID, .LO, "A 1")
        if let comment { builder = builder.text(Tag(0x0010, 0x4000), .LT, comment) }
        return builder.text(.studyInstanceUID, .UI, "2.25.1").integers(Tag(0x0028, 0x0100), .US, 16)
            .bytes(.pixelData, .OW, pixels)
    }

    private func signed(_ bytes: [UInt8]) throws -> (dump: [UInt8], tags: [Tag]) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cordon-mac-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
        try Data(bytes).write(to: URL(fileURLWithPath: path("in.dcm")))
        try run([
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", path("k"), "-out", path("c"),
            "-subj", "/CN=t",
        ])
        try run([
            "dcmsign", "-q", "--sign", path("k"), path("c"), "--dump", path("dump"), path("in.dcm"), path("out.dcm"),
        ])
        let out = try DICOMFile(path: path("out.dcm"))
        let parameters = try #require(out.dataSet.child(Tag(0x4FFE, 0x0001)))
        let item = try #require(out.dataSet.children(of: parameters).first)
        let list = try #require(out.dataSet.child(Tag(0x0400, 0x0020), of: item))
        let raw = try out.bytes(of: list)
        func number(_ offset: Int) -> UInt16 { UInt16(raw[offset]) | UInt16(raw[offset + 1]) << 8 }
        let tags = stride(from: 0, to: raw.count, by: 4).map { Tag(number($0), number($0 + 2)) }
        return (Array(try Data(contentsOf: URL(fileURLWithPath: path("dump")))), tags)
    }

    private func run(_ command: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(command[0])")
    }

    private static let fragmented = DataSetBuilder().text(.sopClassUID, .UI, "1.2.840.10008.5.1.4.1.1.2")
        .text(.sopInstanceUID, .UI, "2.25.3").integers(Tag(0x0028, 0x0010), .US, 4)
        .fragments(.pixelData, .OB, [[0, 0, 0, 0], [1, 2, 3, 4], [5, 6]])
        .file(TransferSyntax(uid: "1.2.840.10008.1.2.5"))

    @Test(arguments: [instance().file(.explicitLittleEndian), fragmented])
    func `the bytes that are signed are those that DCMTK signs`(bytes: [UInt8]) throws {
        let (dump, tags) = try signed(bytes)
        var ours: [UInt8] = []
        try SignedBytes(try DICOMFile(bytes: bytes)).feed(tags) { ours += $0 }
        // Behind the data set DCMTK signs the parameters of the signature too.
        let difference = zip(dump, ours).enumerated().first { $0.element.0 != $0.element.1 }?.offset
        #expect(ours.count > 80 && dump.count > ours.count && difference == nil, "\(ours.count) \(dump.count)")
        #expect(Set(try InstanceMAC(of: DICOMFile(bytes: bytes)).tags) == Set(tags))
    }

    @Test(arguments: [
        TransferSyntax.implicitLittleEndian, .explicitBigEndian, .deflatedExplicitLittleEndian,
    ])
    func `how lengths and numbers are written does not count`(syntax: TransferSyntax) throws {
        let mac = try InstanceMAC(of: DICOMFile(bytes: Self.instance().file(.explicitLittleEndian)))
        #expect(mac.bytes.count == 32 && mac.algorithm == "SHA256")
        #expect(mac.agrees(with: try DICOMFile(bytes: Self.instance().file(syntax))) == true)
    }

    @Test func `a value that changes, goes or comes is noticed`() throws {
        let mac = try InstanceMAC(of: DICOMFile(bytes: Self.instance().file(.explicitLittleEndian)))
        let others = [
            Self.instance(accession: "EVEN"), Self.instance(accession: nil), Self.instance(comment: "new"),
            Self.instance(pixels: [UInt8](repeating: 0, count: 64)),
        ]
        for other in others {
            #expect(mac.agrees(with: try DICOMFile(bytes: other.file(.explicitLittleEndian))) == false)
        }
        var unknown = mac
        unknown.algorithm = "RIPEMD160"
        #expect(unknown.agrees(with: try DICOMFile(bytes: Self.instance().file(.explicitLittleEndian))) == nil)
    }
}
