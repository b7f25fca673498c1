import DICOMCore
import struct DICOMCore.Tag
import DICOMFile
import Foundation
import Host
import TestSupport
import Testing

@testable import DigitalSignatures

/// A folder with certificates of an authority and of signers, and data sets that dcmsign signs.
final class Signing: Sendable {
    let folder: URL
    static let shared = Result { try Signing() }

    enum Key: String, CaseIterable, Sendable { case rsa, dsa, ec }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("cordon-sign-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try openssl("req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -subj /CN=root -days 3650")
        try openssl("req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other.pem -subj /CN=other -days 3650")
        try openssl("genrsa -out rsa.key 2048")
        try openssl("dsaparam -genkey -noout -out dsa.key 2048")
        try openssl("ecparam -name prime256v1 -genkey -noout -out ec.key")
        for key in Key.allCases {
            try openssl("req -new -key \(key).key -out \(key).csr -subj /CN=\(key)")
            try openssl(
                "x509 -req -in \(key).csr -CA root.pem -CAkey root.key -CAcreateserial -out \(key).pem -days 3000")
        }
        // For dcmsign a certificate is not in force in the second in which it was made.
        Thread.sleep(forTimeInterval: 1.1)
    }

    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    private func openssl(_ arguments: String) throws {
        guard try run(["openssl"] + arguments.split(separator: " ").map(String.init)) == 0 else {
            throw CocoaError(.featureUnsupported)
        }
    }

    func run(_ command: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// Signs with dcmsign; nil when it refuses to.
    func signed(_ bytes: [UInt8], key: Key = .rsa, _ options: [String] = [], item: String? = nil) throws -> [UInt8]? {
        let name = UUID().uuidString
        defer {
            for suffix in ["in", "out"] { try? FileManager.default.removeItem(atPath: path("\(name).\(suffix)")) }
        }
        try Data(bytes).write(to: URL(fileURLWithPath: path("\(name).in")))
        let sign =
            item.map { ["--sign-item", "\(key).key", "\(key).pem", $0] } ?? ["--sign", "\(key).key", "\(key).pem"]
        guard try run(["dcmsign", "-q"] + sign + options + ["\(name).in", "\(name).out"]) == 0 else { return nil }
        return Array(try Data(contentsOf: URL(fileURLWithPath: path("\(name).out"))))
    }

    /// What dcmsign says of a data set.
    func dcmsignAccepts(_ bytes: [UInt8]) throws -> Bool {
        let name = UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path(name)) }
        try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
        return try run(["dcmsign", "-q", "--verify", "+cf", "root.pem", name]) == 0
    }

    func roots(_ name: String = "root.pem") throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path(name))))
    }

    func verifier(_ name: String = "root.pem") throws -> SignatureVerifier { try SignatureVerifier(roots: roots(name)) }

    static func instance(_ comment: String = "as it was") -> DataSetBuilder {
        let inner = DataSetBuilder().text(.codeValue, .SH, "T-1").integers(Tag(0x0028, 0x0010), .US, 513)
        return DataSetBuilder().text(.sopClassUID, .UI, "1.2.840.10008.5.1.4.1.1.2").text(
            .sopInstanceUID, .UI, "2.25.3"
        )
        .sequence(Tag(0x0008, 0x1032), length: .undefined, [inner, inner])
        .text(.patientID, .LO, "A 1").text(Tag(0x0010, 0x4000), .LT, comment)
        .text(.studyInstanceUID, .UI, "2.25.1").integers(Tag(0x0028, 0x0100), .US, 16)
        .bytes(.pixelData, .OW, (0..<64).map { UInt8($0) })
    }

    static let plain = instance().file(.explicitLittleEndian)
    static let fragmented = DataSetBuilder().text(.sopClassUID, .UI, "1.2.840.10008.5.1.4.1.1.2")
        .text(.sopInstanceUID, .UI, "2.25.3").integers(Tag(0x0028, 0x0010), .US, 4)
        .fragments(.pixelData, .OB, [[0, 0, 0, 0], [1, 2, 3, 4], [5, 6]])
        .file(TransferSyntax(uid: "1.2.840.10008.1.2.5"))
}

@Suite struct SignatureTests {
    private func findings(_ bytes: [UInt8], _ verifier: SignatureVerifier) throws -> [SignatureFinding] {
        verifier.findings(of: try DICOMFile(bytes: bytes))
    }

    @Test(arguments: Signing.Key.allCases, ["+mr", "+ms", "+mm", "+m2", "+m3", "+m5"])
    func `what dcmsign signs is valid, with every key and every digest`(key: Signing.Key, mac: String) throws {
        let signing = try Signing.shared.get()
        guard let bytes = try signing.signed(Signing.plain, key: key, [mac]) else { return }
        let found = try findings(bytes, signing.verifier())
        #expect(found.map(\.state) == [.valid], "\(found.map(\.reason))")
        #expect(found.first?.isWeak == ["+mr", "+ms", "+mm"].contains(mac))
        #expect(found.first?.place == "(FFFA,FFFA)/1")
    }

    @Test func `dcmsign signs with these digests`() throws {
        // So that the test above is not one of nothing.
        let signing = try Signing.shared.get()
        for mac in ["+mr", "+ms", "+mm", "+m2", "+m3", "+m5"] {
            #expect(try signing.signed(Signing.plain, key: .rsa, [mac]) != nil, "\(mac)")
        }
        #expect(try signing.signed(Signing.plain, key: .dsa, ["+ms"]) != nil)
        #expect(try signing.signed(Signing.plain, key: .ec, ["+m2"]) != nil)
    }

    @Test func `a single bit that changes is found, wherever it is`() throws {
        let signing = try Signing.shared.get(), verifier = try signing.verifier()
        let bytes = try #require(try signing.signed(Signing.plain))
        let file = try DICOMFile(bytes: bytes), index = file.dataSet
        for tag in [Tag(0x0010, 0x4000), .patientID, .pixelData, Tag(0x0028, 0x0100)] {
            let node = index.nodes[try #require(index.child(tag))]
            var changed = bytes
            changed[node.valueStart] ^= 1
            #expect(try findings(changed, verifier).map(\.state) == [.invalid], "\(tag)")
        }
    }

    @Test func `of generated mutations we say what dcmsign says`() throws {
        let signing = try Signing.shared.get(), verifier = try signing.verifier()
        let bytes = try #require(try signing.signed(Signing.plain))
        let start = try DICOMFile(bytes: bytes).dataSet.range.lowerBound
        var generator = SeededGenerator(seed: 11)
        var agreed = 0
        for _ in 0..<40 {
            var changed = bytes
            changed[start + generator.below(bytes.count - start)] ^= UInt8(1 << generator.below(8))
            guard let file = try? DICOMFile(bytes: changed) else { continue }
            let found = verifier.findings(of: file)
            let isFine = found.state == .valid
            // Whoever does not find the signature any more finds nothing wrong with it.
            guard !found.isEmpty else { continue }
            #expect(try signing.dcmsignAccepts(changed) == isFine, "\(found.map(\.reason))")
            agreed += 1
        }
        #expect(agreed > 20)
        #expect(try signing.dcmsignAccepts(bytes))
    }

    @Test func `a signature in an item, and two at the top, are each checked`() throws {
        let signing = try Signing.shared.get(), verifier = try signing.verifier()
        let inItem = try #require(try signing.signed(Signing.plain, item: "ProcedureCodeSequence[0]"))
        let twice = try #require(try signing.signed(inItem, key: .ec))
        let thrice = try #require(try signing.signed(twice, ["+m5"]))
        let found = try findings(thrice, verifier)
        #expect(found.map(\.state) == [.valid, .valid, .valid], "\(found.map(\.reason))")
        #expect(Set(found.compactMap(\.uid)).count == 3)
        let file = try DICOMFile(bytes: thrice)
        let node = try #require(file.dataSet.child(Tag(0x0010, 0x4000)))
        var changed = thrice
        changed[file.dataSet.nodes[node].valueStart] ^= 1
        #expect(try findings(changed, verifier).map(\.state) == [.valid, .invalid, .invalid])
        #expect(try findings(changed, verifier).state == .invalid)
    }

    @Test func `compressed pixels are signed as they are`() throws {
        let signing = try Signing.shared.get(), verifier = try signing.verifier()
        let bytes = try #require(try signing.signed(Signing.fragmented))
        #expect(try findings(bytes, verifier).map(\.state) == [.valid])
        let file = try DICOMFile(bytes: bytes)
        let node = file.dataSet.nodes[try #require(file.dataSet.child(.pixelData))]
        var changed = bytes
        changed[node.valueEnd - 1] ^= 1
        #expect(try findings(changed, verifier).map(\.state) == [.invalid])
    }

    @Test func `what nobody trusted vouches for cannot be verified`() throws {
        let signing = try Signing.shared.get()
        let bytes = try #require(try signing.signed(Signing.plain))
        #expect(try findings(bytes, signing.verifier("other.pem")).map(\.state) == [.unverifiable])
        #expect(try findings(bytes, SignatureVerifier(roots: nil)).map(\.state) == [.unverifiable])
        // What was altered is invalid, whoever is trusted.
        let file = try DICOMFile(bytes: bytes)
        var changed = bytes
        changed[file.dataSet.nodes[try #require(file.dataSet.child(.patientID))].valueStart] ^= 1
        #expect(try findings(changed, SignatureVerifier(roots: nil)).map(\.state) == [.invalid])
        #expect(throws: SignatureError.self) { try SignatureVerifier(roots: Array("no certificate".utf8)) }
    }

    @Test func `without a signature there is none`() throws {
        #expect(try findings(Signing.plain, Signing.shared.get().verifier()).isEmpty)
        #expect([SignatureFinding]().state == nil)
    }

    @Test func `no bytes of a signature make the reader crash`() throws {
        let signing = try Signing.shared.get(), verifier = try signing.verifier()
        let bytes = try #require(try signing.signed(Signing.plain, key: .ec))
        var generator = SeededGenerator(seed: 12)
        for _ in 0..<400 {
            var changed = bytes
            for _ in 0...generator.below(4) {
                changed[200 + generator.below(bytes.count - 200)] = UInt8(generator.below(256))
            }
            guard let file = try? DICOMFile(bytes: changed) else { continue }
            for finding in verifier.findings(of: file) { #expect(!finding.reason.isEmpty) }
        }
    }
}
