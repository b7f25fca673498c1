import CMSEnvelope
import DICOMCore
import DICOMFile
import RuleLanguage
import TestSupport
import Testing
import struct DICOMCore.Tag

@testable import Deidentification

extension Profile {
    /// Encrypts for these.
    func encrypting(for pairs: [KeyPair], changes: Bool = false) -> Profile {
        var profile = self
        profile.settings.recipients = pairs.enumerated().map {
            Recipient(path: "recipient\($0.offset).pem", certificate: $0.element.certificate)
        }
        profile.settings.encryptsChanges = changes
        return profile
    }
}

/// `(0400,0500)/*/(0400,0520)`.
let envelopes = PathPattern(
    steps: [.sequence(.standard(.encryptedAttributesSequence), item: nil)], element: .standard(.encryptedContent))

/// What is given back of a de-identified file, as bytes.
func restored(_ output: Output, _ pair: KeyPair) throws -> DICOMFile {
    try restored(output.file, pair)
}

func restored(_ file: DICOMFile, _ pair: KeyPair) throws -> DICOMFile {
    let result = try Reidentifier(key: RecipientKey(pem: pair.key)).reidentify(file)
    return try DICOMFile(
        bytes: try EditedDataSet(file, edits: result.edits, fileMeta: result.fileMeta).bytes())
}

@Suite struct EncryptionTests {
    private let pair: KeyPair

    init() throws { pair = try KeyPair.shared.get() }

    private static let named: [(ProfileStatement.Selector, ProfileAction)] = [
        (.tag(.patientName), .encrypt(then: .pseudonym)), (.tag(.patientID), .encrypt(then: .pseudonym)),
        (.tag(.sopInstanceUID), .encrypt(then: .uid)), (.tag(.studyInstanceUID), .encrypt(then: .uid)),
        (.tag(Tag(0x0008, 0x0050)), .encrypt(then: .remove)), (.vr(.SQ), .keep),
    ]

    /// The output, which there must be.
    private func made(_ profile: Profile, _ bytes: [UInt8]) throws -> Output {
        let deidentifier = Deidentifier(profile)
        let reason = try deidentifier.reason(bytes)
        return try #require(try deidentifier.output(bytes), "\(reason ?? "")")
    }

    private func instance() -> DataSetBuilder {
        DataSetBuilder.instance().text(Tag(0x0008, 0x0050), .SH, "ACC77881").text(.patientName, .PN, "Roe^Jane")
            .text(.patientID, .LO, "PID-5566").text(.studyInstanceUID, .UI, "1.2.77").text(
                Tag(0x0038, 0x0050), .LO, "needs")
    }

    @Test func `originals that a profile names are encrypted, nothing of them stands in the file, and they come back`()
        throws
    {
        let profile = Profile.of(Self.named).encrypting(for: [pair])
        let output = try made(profile, instance().file(.explicitLittleEndian))
        for text in ["Roe", "PID-5566", "ACC77881", "1.2.77", "1.2.3.4\0"] { #expect(!output.bytes.contains(text)) }
        #expect(try output.values(.patientID)?.first == output.said.patientID)
        let back = try restored(output, pair)
        #expect(try back.values(of: #require(back.dataSet.child(.patientName))) == ["Roe^Jane"])
        #expect(back.text(.patientID) == "PID-5566")
        #expect(back.text(Tag(0x0008, 0x0050)) == "ACC77881")
        #expect(back.text(.sopInstanceUID) == "1.2.3.4")
        #expect(back.text(.mediaStorageSOPInstanceUID) == "1.2.3.4")
        #expect(back.text(.patientIdentityRemoved) == "NO")
        for tag in [Tag.deidentificationMethod, .deidentificationMethodCodeSequence, .encryptedAttributesSequence] {
            #expect(back.dataSet.child(tag) == nil)
        }
        // Special Needs was removed and not encrypted: it stays away, and time is still said to be changed.
        #expect(back.dataSet.child(Tag(0x0038, 0x0050)) == nil)
        #expect(back.text(.longitudinalTemporalInformationModified) == "REMOVED")
    }

    @Test func `the same instance is the same file again, another is another envelope, another key too`() throws {
        let profile = Profile.of(Self.named).encrypting(for: [pair])
        let bytes = instance().file(.explicitLittleEndian)
        let first = try made(profile, bytes)
        #expect(try Deidentifier(profile).output(bytes)?.bytes == first.bytes)
        func envelope(_ output: Output?) throws -> [UInt8] {
            let file = try #require(output).file
            let node = try #require(file.nodes(matching: envelopes).first)
            return try file.bytes(of: node)
        }
        let other = DeidentificationKey(secret: [UInt8](repeating: 8, count: 32))
        let made = [
            try envelope(first), try envelope(Deidentifier(profile, key: other).output(bytes)),
            try envelope(
                Deidentifier(profile).output(
                    instance().text(.burnedInAnnotation, .CS, "NO").file(.explicitLittleEndian))),
            try envelope(Deidentifier(profile.encrypting(for: [KeyPair()])).output(bytes)),
        ]
        // Nothing that is encrypted differs between the first and the third.
        #expect(made[0] == made[2])
        #expect(Set(made).count == 3)
        // No two begin their content alike.
        #expect(Set(made.map { Array($0.suffix(32)) }).count == 3)
    }

    @Test(arguments: [
        TransferSyntax.explicitLittleEndian, .implicitLittleEndian, .explicitBigEndian, .deflatedExplicitLittleEndian,
    ])
    func `everything that is changed comes back, in every encoding, at every depth`(syntax: TransferSyntax) throws {
        let inner = DataSetBuilder().text(.patientName, .PN, "Inner^One").integers(Tag(0x0028, 0x0010), .US, 513)
        let original = DataSetBuilder().text(.specificCharacterSet, .CS, "ISO 2022 IR 6\\ISO 2022 IR 87")
            .text(.sopClassUID, .UI, DataSetBuilder.ct).text(.sopInstanceUID, .UI, "1.2.3.4")
            .text(Tag(0x0008, 0x0020), .DA, "20260102")
            .sequence(
                Tag(0x0008, 0x1110), length: .undefined,
                [
                    DataSetBuilder().text(Tag(0x0008, 0x1155), .UI, "1.9.9").sequence(
                        Tag(0x0040, 0x0275), [inner, inner])
                ]
            )
            .bytes(
                .patientName, .PN,
                Array("Yamada^Tarou=".utf8) + [0x1B, 0x24, 0x42, 0x3B, 0x33, 0x45, 0x44, 0x1B, 0x28, 0x42]
            )
            .text(.patientID, .LO, "PID-5566").text(.patientIdentityRemoved, .CS, "YES")
            .text(.deidentificationMethod, .LO, "by somebody").text(.studyInstanceUID, .UI, "1.2.77")
            .integers(Tag(0x0028, 0x1102), .US, 1, 2, 300)
            .privateBlock(group: 0x0029, block: 0x10, creator: "ACME", [(0x10, .LO, "SECRET")])
            // A known sequence that arrives as UN comes back as UN (PS3.5 6.2.2).
            .sequence(Tag(0x0040, 0x0275), vr: .UN, [inner])
        let profile = Profile.of([(.vr(.SQ), .keep), (.vr(.UI), .uid), (.vr(.CS), .keep)])
            .encrypting(for: [pair], changes: true)
        let file = try DICOMFile(bytes: original.file(syntax))
        let output = try #require(try Deidentifier(profile).output(file))
        #expect(!output.bytes.contains("SECRET") && !output.bytes.contains("Inner"))
        let back = try restored(output, pair)
        #expect(back.transferSyntax.uid == syntax.uid)
        // All of the original: values byte for byte, at every depth.
        let (was, now) = (try values(of: file), try values(of: back))
        #expect(now == was)
    }

    /// Paths with their bytes.
    private func values(of file: DICOMFile) throws -> [String] {
        try file.dataSet.nodes.indices.filter { file.dataSet.nodes[$0].kind != .item }.map { id in
            let node = file.dataSet.nodes[id]
            let value = node.kind == .sequence ? [] : try file.bytes(of: id)
            return "\(file.dataSet.path(of: id)) \(node.vr) \(value)"
        }
    }

    @Test func `what stands in a group that goes as a whole can be encrypted`() throws {
        let profile = Profile.of([
            (.repeating(group: 0x6000, element: 0x3000), .encrypt(then: .remove)),
            (.repeating(group: 0x6000, element: 0x0010), .encrypt(then: .remove)),
        ]).encrypting(for: [pair])
        let bytes = DataSetBuilder.instance().integers(Tag(0x6000, 0x0010), .US, 4).integers(
            Tag(0x6000, 0x3000), .OW, 7
        )
        .file(.explicitLittleEndian)
        let output = try #require(try Deidentifier(profile).output(bytes))
        #expect(output.file.dataSet.child(Tag(0x6000, 0x3000)) == nil)
        let back = try restored(output, pair)
        #expect(back.dataSet.child(Tag(0x6000, 0x3000)) != nil && back.dataSet.child(Tag(0x6000, 0x0010)) != nil)
    }

    @Test func `a private element comes with its creator`() throws {
        let profile = Profile.of([
            (.privateElement(group: 0x0029, creator: "ACME", element: 0x10), .encrypt(then: .remove))
        ]).encrypting(for: [pair])
        let bytes = DataSetBuilder.instance().privateBlock(
            group: 0x0029, block: 0x10, creator: "ACME", [(0x10, .LO, "SECRET"), (0x11, .LO, "OTHER")]
        ).file(.explicitLittleEndian)
        let output = try #require(try Deidentifier(profile).output(bytes))
        #expect(!output.bytes.contains("ACME"))
        let back = try restored(output, pair)
        #expect(back.text(Tag(0x0029, 0x0010)) == "ACME" && back.text(Tag(0x0029, 0x1010)) == "SECRET")
        #expect(back.dataSet.child(Tag(0x0029, 0x1011)) == nil)
    }

    @Test func `an instance without anything to encrypt has no encrypted attributes`() throws {
        let profile = Profile.of([(.tag(.patientID), .encrypt(then: .remove))]).encrypting(for: [pair])
        let output = try #require(
            try Deidentifier(profile).output(DataSetBuilder.instance().file(.explicitLittleEndian)))
        #expect(output.file.dataSet.child(.encryptedAttributesSequence) == nil)
        #expect(throws: ReidentificationError.self) { try restored(output, pair) }
    }

    @Test func `nothing passes when nobody could read what is encrypted, or too much is`() throws {
        let bytes = instance().file(.explicitLittleEndian)
        #expect(try Deidentifier(Profile.of(Self.named)).reason(bytes)?.contains("no recipient") == true)
        var damaged = pair
        damaged.certificate = Array("-----BEGIN CERTIFICATE-----\n".utf8)
        let profile = Profile.of(Self.named).encrypting(for: [damaged])
        #expect(try Deidentifier(profile).reason(bytes)?.contains("recipient0.pem") == true)
        #expect(Deidentifier(profile).objection(at: "20261123000000")?.contains("recipient0.pem") == true)
        let large = instance().bytes(Tag(0x0009, 0x0010), .OB, [UInt8](repeating: 1, count: EncryptedOriginals.longest))
        let all = Profile.of([]).encrypting(for: [pair], changes: true)
        #expect(try Deidentifier(all).reason(large.file(.explicitLittleEndian))?.contains("16 MiB") == true)
    }

    @Test func `a certificate that has run out at the time of decision is an objection with the date`() throws {
        let short = try KeyPair(days: 1)
        let deidentifier = Deidentifier(Profile.of(Self.named).encrypting(for: [pair, short]))
        #expect(deidentifier.objection(at: "20991231000000+0000")?.contains("ran out at") == true)
        #expect(Deidentifier(Profile.of([])).objection(at: "20991231000000+0000") == nil)
    }

    @Test func `each of three recipients opens it, and another does not`() throws {
        let pairs = [pair, try KeyPair(), try KeyPair(.curve("P-256"))]
        let profile = Profile.of(Self.named).encrypting(for: pairs)
        let output = try made(profile, instance().file(.explicitLittleEndian))
        for pair in pairs { #expect(try restored(output, pair).text(.patientID) == "PID-5566") }
        let stranger = Reidentifier(key: try RecipientKey(pem: try KeyPair(.curve("P-256")).key))
        do throws(ReidentificationError) {
            _ = try stranger.reidentify(output.file)
            Issue.record("opened")
        } catch {
            #expect(error.code == .notForKey && error.reason.contains("3 recipients"))
        }
    }

    @Test func `what was encrypted earlier goes, or stays where a statement names it`() throws {
        let bytes = instance().file(.explicitLittleEndian), other = try KeyPair()
        let first = try #require(
            try Deidentifier(Profile.of(Self.named).encrypting(for: [pair])).output(bytes))
        func again(_ keeps: Bool, changes: Bool) throws -> Output {
            let kept: [(ProfileStatement.Selector, ProfileAction)] =
                keeps ? [(.tag(.encryptedAttributesSequence), .keep)] : []
            let profile = Profile.of(Self.named + kept).encrypting(for: [other], changes: changes)
            return try #require(try Deidentifier(profile).output(first.bytes))
        }
        let gone = try again(false, changes: false)
        #expect(throws: ReidentificationError.self) { try restored(gone, pair) }
        // What the first made of it is what the second put away.
        #expect(try restored(gone, other).text(.patientID) == first.said.patientID)
        #expect(try restored(gone, other).text(.patientIdentityRemoved) == "YES")
        let kept = try again(true, changes: false)
        #expect(kept.file.nodes(matching: envelopes).count == 2)
        // Each of the two gets its own, and leaves the other's.
        let original = try restored(kept, pair)
        #expect(original.text(.patientID) == "PID-5566")
        #expect(original.nodes(matching: envelopes).count == 1)
        #expect(try restored(kept, other).text(.patientID) == first.said.patientID)
        // All of it put away: the way back goes over both.
        let complete = try restored(try again(false, changes: true), other)
        #expect(try restored(complete, pair).text(.patientID) == "PID-5566")
    }

    @Test func `envelopes that are damaged are errors, never crashes, and nothing is given back by halves`() throws {
        let profile = Profile.of(Self.named).encrypting(for: [pair])
        let output = try made(profile, instance().file(.explicitLittleEndian))
        let node = try #require(output.file.nodes(matching: envelopes).first)
        let range = output.file.dataSet.nodes[node].valueStart..<output.file.dataSet.nodes[node].valueEnd
        for offset in range {
            var bytes = output.bytes
            bytes[offset] ^= 0x40
            do {
                let file = try restored(DICOMFile(bytes: bytes), pair)
                // Bytes of the content that changed: CBC does not notice, what is given back is whole all the same.
                #expect(file.text(.patientIdentityRemoved) != nil)
            } catch let error as ReidentificationError {
                #expect(!error.reason.contains("PID") && !error.reason.contains("Roe"))
            } catch is EditedDataSet.EditError {
            }
        }
    }
}
