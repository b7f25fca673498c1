import DICOMCore
import DICOMFile
import RuleLanguage
import TestSupport
import Testing
import struct DICOMCore.Tag

@testable import Deidentification

/// What a deidentifier keeps from one instance for the next is there to save time: nothing that comes out hangs on it.
struct WalkMemoryTests {
    @Test func `an instance becomes the same whatever instances came before it`() throws {
        var generator = SeededGenerator(seed: 11)
        let classes = [
            "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.104.1",
            "1.2.276.0.7230010.3.1.0.1",
        ]
        let files = try (0..<60).map { number in
            let patient = "P\(number % 3)"
            let builder = DataSetBuilder.instance(generator.pick(classes), uid: "1.2.3.\(number / 2)")
                .text(.patientName, .PN, "DOE^\(patient)").text(.patientID, .LO, patient)
                .text(.studyInstanceUID, .UI, "1.2.4.\(number % 4)")
                .text(Tag(0x0020, 0x4000), .LT, "OF \(patient) AND P0")
            let all = DataSetBuilder(builder.parts + Self.withoutPixels(.random(&generator)).parts)
            return try DICOMFile(bytes: all.file(.explicitLittleEndian))
        }
        let profile = try Profile.basic().passing()
        func result(of file: DICOMFile, by deidentifier: Deidentifier) throws -> String {
            switch deidentifier.deidentify(file) {
            case .sequester(let reason): return reason
            case .edited(let said):
                let bytes = try EditedDataSet(file, edits: said.edits, fileMeta: said.fileMeta).bytes()
                return "\(bytes) \(said.notes) \(said.patientID) \(said.studyInstanceUID) \(said.seriesInstanceUID)"
            }
        }
        let alone = try files.map { try result(of: $0, by: Deidentifier(profile)) }
        #expect(Set(alone).count > 20)
        let shared = Deidentifier(profile)
        for _ in 0..<3 {
            for index in files.indices.shuffled(using: &generator) {
                let isSame = try result(of: files[index], by: shared) == alone[index]
                #expect(isSame, "instance \(index)")
            }
        }
    }

    /// A disk that does not give all of a file.
    private struct Torn: ByteSource {
        let all: [UInt8]
        let given: Int
        var size: Int { all.count }

        func bytes(in range: Range<Int>) throws(ByteSourceError) -> [UInt8] {
            guard range.upperBound <= given else { throw ByteSourceError("torn") }
            return Array(all[range])
        }
    }

    /// An instance with a name that is kept by its device, and with more than is read at once.
    private static func named(_ uid: String) -> [UInt8] {
        DataSetBuilder.instance("1.2.840.10008.5.1.4.1.1.2", uid: uid)
            .text(.patientName, .PN, "QUILLFEATHER^ERIKA").text(.patientID, .LO, "P-1")
            .text(Tag(0x0008, 0x1090), .LO, "ERIKA QUILLFEATHER").text(.studyInstanceUID, .UI, "1.2.4.1")
            .bytes(Tag(0x0028, 0x1201), .OW, [UInt8](repeating: 7, count: 200_000)).file(.explicitLittleEndian)
    }

    @Test func `where a name could not be read, not all is known of the patient`() throws {
        let deidentifier = Deidentifier(try Profile.basic().passing())
        let torn = try DICOMFile(Torn(all: Self.named("1.2.3.1"), given: 40_000))
        #expect(deidentifier.identifiers(in: torn).isOverfull)
        #expect(try !deidentifier.identifiers(in: DICOMFile(bytes: Self.named("1.2.3.1"))).isOverfull)
    }

    @Test func `what could not be read of one instance is not what is known of the patient's next`() throws {
        let profile = try Profile.basic().passing(), shared = Deidentifier(profile)
        let torn = try DICOMFile(Torn(all: Self.named("1.2.3.1"), given: 40_000))
        guard case .sequester = shared.deidentify(torn) else {
            Issue.record("what cannot be read was edited")
            return
        }
        let sound = try DICOMFile(bytes: Self.named("1.2.3.2"))
        let outcomes = [shared, Deidentifier(profile)].map { $0.deidentify(sound) }
        guard case .edited(let after) = outcomes[0], case .edited(let alone) = outcomes[1] else {
            Issue.record("a sound instance was sequestered: \(outcomes)")
            return
        }
        let written = try EditedDataSet(sound, edits: after.edits, fileMeta: after.fileMeta).bytes()
        #expect(try written == EditedDataSet(sound, edits: alone.edits, fileMeta: alone.fileMeta).bytes())
        #expect(written.firstRange(of: Array("QUILLFEATHER".utf8)) == nil)
    }

    private static func withoutPixels(_ builder: DataSetBuilder) -> DataSetBuilder {
        let top: Set<Tag> = [
            .pixelData, .sopClassUID, .sopInstanceUID, .patientName, .patientID, .specificCharacterSet,
        ]
        return DataSetBuilder(
            builder.parts.filter { part in
                switch part {
                case .element(let tag, _, _), .fragments(let tag, _, _): !top.contains(tag)
                case .sequence, .raw: true
                }
            })
    }

    @Test func `patients whose names are written in other character sets are told apart`() throws {
        let shared = Deidentifier(try Profile.basic())
        // The same bytes, of which one set makes another name than the other.
        for set in ["ISO_IR 100", "ISO_IR 144", "ISO_IR 100"] {
            let parts = DataSetBuilder().text(.specificCharacterSet, .CS, set).parts + DataSetBuilder.instance().parts
            let bytes = DataSetBuilder(parts)
                .bytes(.patientName, .PN, [0xC4, 0xE4, 0xD6, 0xF6]).text(.patientID, .LO, "77")
                .file(.explicitLittleEndian)
            let file = try DICOMFile(bytes: bytes)
            let fresh = try #require(try Deidentifier(try Profile.basic()).output(file))
            #expect(try #require(try shared.output(file)).bytes == fresh.bytes)
        }
    }

    @Test func `numbers are found in a table as in a dictionary`() {
        var generator = SeededGenerator(seed: 3)
        var table = PlaceTable<Int>(), dictionary: [UInt64: Int] = [:]
        for number in 0..<5000 {
            let key = UInt64(generator.below(40)) << 32 | UInt64(generator.below(600)) << 16
            #expect(table[key] == dictionary[key])
            if generator.below(3) > 0 {
                table[key] = number
                dictionary[key] = number
            }
        }
        #expect(table.count == dictionary.count && table.count > 1000)
        #expect(dictionary.allSatisfy { table[$0.key] == $0.value })
        #expect(table[.max] == nil && PlaceTable<Int>()[0] == nil)
    }

    @Test func `UIDs that want one place in the table have their own answers`() {
        let identifiers = KeyedIdentifiers(keyOfSevens)
        var known = KnownUIDs()
        let uids =
            (0..<6000).map { Array("1.2.3.\($0)\($0 % 2 == 0 ? "\0" : "")".utf8) } + [
                [], Array("1.2.840.10008.1.2".utf8), [UInt8](repeating: 0x31, count: 500), Array("1.2\\1.3".utf8),
            ]
        for _ in 0..<2 {
            for uid in uids {
                let isSame = known.new(for: uid, { identifiers.uids(for: $0) }) == identifiers.uids(for: uid)
                #expect(isSame)
            }
        }
    }
}
