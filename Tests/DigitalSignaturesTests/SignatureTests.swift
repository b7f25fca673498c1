import DICOMCore
import struct DICOMCore.Tag
import DICOMFile
import Foundation
import Host
import KeyObjects
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

    /// A signature by SHA-256 and RSA that is made here, since dcmsign makes none that is odd.
    private func made(
        _ signing: Signing, key: String = "rsa", tags: [Tag] = [.patientID], isDated: Bool = true
    ) throws -> [UInt8] {
        let name = UUID().uuidString
        func contents(_ suffix: String) throws -> [UInt8] {
            Array(try Data(contentsOf: URL(fileURLWithPath: signing.path("\(name).\(suffix)"))))
        }
        #expect(
            try signing.run(["openssl", "x509", "-in", "\(key).pem", "-outform", "DER", "-out", "\(name).der"]) == 0)
        let certificate = try contents("der")
        let list = tags.flatMap { tag -> [UInt8] in
            [tag.group, tag.element].flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        }
        let parameters = DataSetBuilder().integers(Tag(0x0400, 0x0005), .US, 1)
            .text(Tag(0x0400, 0x0010), .UI, "1.2.840.10008.1.2.1").text(Tag(0x0400, 0x0015), .CS, "SHA256")
            .bytes(Tag(0x0400, 0x0020), .AT, list)
        // Certificates are in force from the second in which they were made.
        let moment = String(Instant.now.adding(seconds: 3600).description.filter(\.isNumber).prefix(14))
        func whole(_ signature: [UInt8]) -> [UInt8] {
            var item = DataSetBuilder().integers(Tag(0x0400, 0x0005), .US, 1)
                .text(Tag(0x0400, 0x0100), .UI, "2.25.9")
            if isDated { item = item.text(Tag(0x0400, 0x0105), .DT, moment + "+0000") }
            item = item.text(Tag(0x0400, 0x0110), .CS, "X509_1993_SIG").bytes(Tag(0x0400, 0x0115), .OB, certificate)
                .bytes(Tag(0x0400, 0x0120), .OB, signature)
            return DataSetBuilder().text(.sopInstanceUID, .UI, "2.25.3").text(.patientID, .LO, "A 1")
                .sequence(Tag(0x4FFE, 0x0001), [parameters]).sequence(Tag(0xFFFA, 0xFFFA), [item])
                .file(.explicitLittleEndian)
        }
        let unsigned = try DICOMFile(bytes: whole([0, 0]))
        let item = try #require(DigitalSignature.all(in: unsigned).first).node
        let source = SignedBytes(unsigned)
        var bytes: [UInt8] = []
        try source.feed(tags) { bytes += $0 }
        let own = [Tag(0x0400, 0x0005), Tag(0x0400, 0x0100), Tag(0x0400, 0x0105), Tag(0x0400, 0x0110)]
        try source.feed(own, of: item) { bytes += $0 }
        try Data(bytes).write(to: URL(fileURLWithPath: signing.path("\(name).bin")))
        let sign = ["openssl", "dgst", "-sha256", "-sign", "\(key).key", "-out", "\(name).sig", "\(name).bin"]
        #expect(try signing.run(sign) == 0)
        return whole(try contents("sig"))
    }

    @Test func `a signature that says not when, or signs nothing, or one thing of two, is not valid`() throws {
        let signing = try Signing.shared.get(), verifier = try signing.verifier()
        let found = try findings(made(signing), verifier)
        #expect(found.map(\.state) == [.valid], "\(found.map(\.reason))")
        #expect(try findings(made(signing, isDated: false), verifier).map(\.state) == [.unverifiable])
        let lists: [[Tag]] = [[], [Tag(0x0010, 0x4000)], [.patientID, .patientID]]
        for tags in lists {
            #expect(try findings(made(signing, tags: tags), verifier).map(\.state) == [.unverifiable], "\(tags)")
        }
        // Another Patient ID behind the one that is signed.
        let whole = try made(signing)
        let node = try DICOMFile(bytes: whole).dataSet
        let first = node.nodes[try #require(node.child(.patientID))]
        var twice = whole
        twice.insert(contentsOf: whole[(first.valueStart - 8)..<first.valueEnd], at: first.valueEnd)
        guard let file = try? DICOMFile(bytes: twice) else { return }
        #expect(verifier.findings(of: file).map(\.state) == [.unverifiable])
    }

    @Test func `a certificate for something else than signatures vouches for none`() throws {
        let signing = try Signing.shared.get()
        let cases: [(name: String, uses: String, state: SignatureState)] = [
            ("signer", "digitalSignature,keyCertSign", .valid), ("authority", "keyCertSign,cRLSign", .unverifiable),
        ]
        for (name, uses, state) in cases {
            let make = [
                "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "\(name).key", "-out",
                "\(name).pem", "-subj", "/CN=\(name)", "-days", "30", "-addext", "keyUsage=critical,\(uses)",
            ]
            #expect(try signing.run(make) == 0)
            let found = try findings(made(signing, key: name), signing.verifier("\(name).pem"))
            #expect(found.map(\.state) == [state], "\(found.map(\.reason))")
        }
    }

    @Test func `a certificate with extended uses that are not signatures, or with a short key, vouches for none`()
        throws
    {
        let signing = try Signing.shared.get()
        let cases: [(name: String, key: String, uses: String, state: SignatureState)] = [
            ("mail", "rsa:2048", "emailProtection", .valid), ("any", "rsa:2048", "anyExtendedKeyUsage", .valid),
            ("documents", "rsa:2048", "clientAuth,1.3.6.1.5.5.7.3.36", .valid),
            ("tls", "rsa:2048", "serverAuth,clientAuth", .unverifiable),
            ("short", "rsa:1024", "emailProtection", .unverifiable),
        ]
        for (name, key, uses, state) in cases {
            let make = [
                "openssl", "req", "-x509", "-newkey", key, "-nodes", "-keyout", "\(name).key", "-out",
                "\(name).pem", "-subj", "/CN=\(name)", "-days", "30", "-addext", "extendedKeyUsage=\(uses)",
            ]
            #expect(try signing.run(make) == 0)
            let found = try findings(made(signing, key: name), signing.verifier("\(name).pem"))
            #expect(found.map(\.state) == [state], "\(name): \(found.map(\.reason))")
        }
    }

    @Test(arguments: ["-sha256", "-sha1"])
    func `a certificate that was signed by way of SHA-1 vouches for none`(digest: String) throws {
        let signing = try Signing.shared.get()
        let name = "by\(digest)"
        let commands = [
            ["openssl", "genrsa", "-out", "\(name).key", "2048"],
            ["openssl", "req", "-new", "-key", "\(name).key", "-out", "\(name).csr", "-subj", "/CN=\(name)"],
            [
                "openssl", "x509", "-req", digest, "-in", "\(name).csr", "-CA", "root.pem", "-CAkey", "root.key",
                "-set_serial", "77", "-out", "\(name).pem", "-days", "30",
            ],
        ]
        for command in commands { #expect(try signing.run(command) == 0) }
        let found = try findings(made(signing, key: name), signing.verifier())
        #expect(found.map(\.state) == [digest == "-sha1" ? .unverifiable : .valid], "\(found.map(\.reason))")
    }

    @Test func `in implicit VR a signature may hold, and one that does not is not said to be broken`() throws {
        let signing = try Signing.shared.get(), verifier = try signing.verifier()
        var bytes = try #require(try signing.signed(Signing.plain, ["+ti"]))
        #expect(bytes.firstRange(of: Array("1.2.840.10008.1.2\0".utf8)) != nil)
        #expect(try findings(bytes, verifier).map(\.state) == [.valid])
        let comment = try #require(bytes.firstRange(of: Array("as it was".utf8)))
        bytes[comment.lowerBound] = UInt8(ascii: "A")
        #expect(try findings(bytes, verifier).map(\.state) == [.unverifiable])
    }

    @Test func `signatures beyond a hundred are not checked, and that is said`() throws {
        let empty = [DataSetBuilder](repeating: DataSetBuilder().text(Tag(0x0400, 0x0100), .UI, "2.25.9"), count: 101)
        let bytes = DataSetBuilder().text(.patientID, .LO, "A 1").sequence(Tag(0xFFFA, 0xFFFA), empty)
            .file(.explicitLittleEndian)
        let found = try findings(bytes, SignatureVerifier(roots: nil))
        #expect(found.count == 101)
        #expect(found.last?.reason == "there are more than 100 signatures")
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
