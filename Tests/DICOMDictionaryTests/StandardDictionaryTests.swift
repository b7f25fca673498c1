import DICOMCore
import Testing

@testable import DICOMDictionary

struct StandardDictionaryTests {
    @Test func `a tag gives its keyword, name, VR and multiplicity`() throws {
        let entry = try #require(StandardDictionary.entry(for: Tag(0x0010, 0x0010)))
        #expect(entry.keyword == "PatientName")
        #expect(entry.name == "Patient's Name")
        #expect(entry.vr == .PN)
        #expect(entry.allowedVRs == [.PN])
        #expect(entry.multiplicity == "1")
        #expect(!entry.isRetired)
        #expect(StandardDictionary.entry(forKeyword: "SensitiveContentCodeSequence")?.tag == Tag(0x0008, 0x001D))
    }

    @Test func `a choice of VRs gives what implicit VR means, and all of them`() {
        #expect(StandardDictionary.entry(for: .pixelData)?.allowedVRs == [.OB, .OW])
        #expect(StandardDictionary.vr(of: .pixelData) == .OW)
        #expect(StandardDictionary.vr(of: Tag(0x0028, 0x0106)) == .US)
        #expect(StandardDictionary.entry(for: Tag(0x0028, 0x0106))?.allowedVRs == [.US, .SS])
        #expect(StandardDictionary.vr(of: Tag(0x0028, 0x3006)) == .OW)
    }

    @Test(arguments: [
        (Tag(0x5000, 0x3000), "CurveData"), (Tag(0x501E, 0x3000), "CurveData"), (Tag(0x6000, 0x3000), "OverlayData"),
        (Tag(0x6012, 0x0010), "OverlayRows"), (Tag(0x60FE, 0x3000), "OverlayData"),
        (Tag(0x7FE0, 0x0010), "PixelData"), (Tag(0x7F12, 0x0010), "VariablePixelData"),
        (Tag(0x0020, 0x31AB), "SourceImageIDs"), (Tag(0x0028, 0x0400), "TransformLabel"),
        (Tag(0x0028, 0x0410), "RowsForNthOrderCoefficients"), (Tag(0x0028, 0x04F3), "CoefficientCodingPointers"),
        (Tag(0x0028, 0x0888), "ImageDataLocation"), (Tag(0x1000, 0xABC3), "HuffmanTableTriplet"),
        (Tag(0x1010, 0x1234), "ZonalMap"),
    ])
    func `every tag of a repeating element is found`(tag: Tag, keyword: String) throws {
        let entry = try #require(StandardDictionary.entry(for: tag))
        #expect(entry.keyword == keyword)
        #expect(StandardDictionary.vr(of: tag) == entry.vr)
        #expect(StandardDictionary.base(of: tag) == entry.tag)
        #expect(StandardDictionary.entry(forKeyword: keyword)?.tag == entry.tag)
    }

    @Test(arguments: [
        Tag(0x0011, 0x1010), Tag(0x6001, 0x3000), Tag(0x5001, 0x3000), Tag(0x7FE1, 0x1010), Tag(0x0028, 0x0409),
        Tag(0x0028, 0x0805), Tag(0x1000, 0x0006), Tag(0x0010, 0x9999), Tag(0xFFFF, 0xFFFF), Tag(0x0029, 0x0001),
        .item, .itemDelimitationItem, .sequenceDelimitationItem,
    ])
    func `a tag that the standard does not have has no VR`(tag: Tag) {
        #expect(StandardDictionary.vr(of: tag) == nil)
        #expect(StandardDictionary.entry(for: tag) == nil)
    }

    @Test func `private creators are LO and group lengths UL`() {
        #expect(StandardDictionary.vr(of: Tag(0x0029, 0x0010)) == .LO)
        #expect(StandardDictionary.vr(of: Tag(0x0029, 0x00FF)) == .LO)
        #expect(StandardDictionary.vr(of: Tag(0x0028, 0x0000)) == .UL)
        #expect(StandardDictionary.vr(of: Tag(0x0029, 0x0000)) == .UL)
        #expect(StandardDictionary.vr(of: Tag(0x0002, 0x0000)) == .UL)
        #expect(StandardDictionary.entry(for: Tag(0x0029, 0x0010))?.keyword == "")
    }

    @Test func `a keyword is found only as it is spelled`() {
        for keyword in ["", "patientName", "PatientName ", "PatientName\u{0}X", "Item", "zzz"] {
            #expect(StandardDictionary.entry(forKeyword: keyword) == nil)
        }
    }

    @Test func `entries are sorted, and each is found by its tag and its keyword`() {
        var last = Tag(0, 0)
        var count = 0
        for entry in StandardDictionary.all {
            #expect(last < entry.tag)
            last = entry.tag
            count += 1
            #expect(StandardDictionary.entry(for: entry.tag) == entry)
            #expect(StandardDictionary.vr(of: entry.tag) == entry.vr)
            #expect(StandardDictionary.base(of: entry.tag) == entry.tag)
            #expect(entry.allowedVRs.contains(entry.vr) && entry.allowedVRs.allSatisfy(\.isDefined))
            if !entry.keyword.isEmpty { #expect(StandardDictionary.entry(forKeyword: entry.keyword) == entry) }
        }
        #expect(count > 5000)
    }

    @Test func `VR and entry agree over the whole space of tags around the tables`() {
        for group: UInt16 in [
            0x0000, 0x0002, 0x0008, 0x0010, 0x0020, 0x0028, 0x0029, 0x1000, 0x1010, 0x5002, 0x6001, 0x7F00, 0x7FE0,
            0xFFFE,
        ] {
            for element in UInt16.min...UInt16.max where StandardDictionary.vr(of: Tag(group, element)) != nil {
                let tag = Tag(group, element)
                #expect(StandardDictionary.entry(for: tag)?.vr == StandardDictionary.vr(of: tag))
            }
        }
    }

    @Test(arguments: [
        ("PatientsName", "PatientName"), ("patientname", "PatientName"), ("PateintID", "PatientID"),
        ("StudyInstanceUid", "StudyInstanceUID"), ("SensitiveContentSequence", "SensitiveContentCodeSequence"),
    ])
    func `a misspelled keyword brings the one that was meant first`(text: String, keyword: String) {
        #expect(StandardDictionary.keywords(like: text, limit: 3).first == keyword)
    }

    @Test func `nothing is suggested for what resembles nothing`() {
        #expect(StandardDictionary.keywords(like: "", limit: 3).isEmpty)
        #expect(StandardDictionary.keywords(like: "Qzxv", limit: 3).isEmpty)
        #expect(StandardDictionary.keywords(like: "PatientName", limit: 0).isEmpty)
        #expect(StandardDictionary.keywords(like: String(repeating: "PatientName", count: 50), limit: 3).isEmpty)
    }

    @Test func `distance counts insertions, deletions, replacements and swaps`() {
        func distance(_ left: String, _ right: String) -> Int? {
            Spelling.distance(Array(left.utf8), Array(right.utf8), atMost: 3)
        }
        #expect(distance("abc", "abc") == 0)
        #expect(distance("abc", "acb") == 1)
        #expect(distance("abc", "ab") == 1)
        #expect(distance("abc", "xabc") == 1)
        #expect(distance("abc", "xbz") == 2)
        #expect(distance("abc", "xyzuvw") == nil)
        #expect(distance("", "ab") == 2)
    }

    @Test(.enabled(if: SourceTables.areThere)) func `every row of PS3.6 is in the dictionary`() throws {
        var count = 0
        for row in try SourceTables.rows("ps3.6_attributes_2026b.tsv", separator: "\t") {
            let text = try #require(row["tag"])
            let vrs = try #require(row["vr"])
            guard vrs != "", vrs != "See Note" else { continue }
            // Any digit may stand for x; 2 is one that no other row names.
            let tag = try #require(Tag(text.replacing("x", with: "2")))
            let entry = try #require(StandardDictionary.entry(for: tag), "\(text)")
            #expect(entry.keyword == row["keyword"])
            #expect(entry.name == row["name"])
            #expect(entry.multiplicity == row["vm"])
            #expect(entry.allowedVRs.map(\.description).joined(separator: " or ") == vrs)
            #expect(entry.isRetired == (row["retired"] ?? "").hasPrefix("RET"))
            count += 1
        }
        // Two elements of PS3.15 2026d are newer than the table.
        #expect(StandardDictionary.entry(forKeyword: "DisplayURI") != nil)
        #expect(StandardDictionary.entry(forKeyword: "DoseCalculationModelName") != nil)
        #expect(count + 2 == StandardDictionary.all.reduce(0) { sum, _ in sum + 1 })
    }
}

/// The short answer whether a tag is a sequence against the whole one.
struct SequenceTagTests {
    @Test func `every tag of the dictionary, and those around it, are sequences where their VR says so`() {
        var count = 0
        for entry in StandardDictionary.all {
            for offset in [0, 1, 2, 0x10, 0x100, 0x1_0000, 0x2_0000, 0x12_0000] as [UInt32] {
                for raw in [entry.tag.rawValue &+ offset, entry.tag.rawValue &- offset] {
                    let isSequence = StandardDictionary.isSequence(Tag(rawValue: raw))
                    #expect(isSequence == (StandardDictionary.vr(of: Tag(rawValue: raw)) == .SQ))
                    if isSequence { count += 1 }
                }
            }
        }
        #expect(count > 1000)
        // Of repeating groups, retired.
        #expect(StandardDictionary.isSequence(Tag(0x5002, 0x2600)))
        #expect(!StandardDictionary.isSequence(Tag(0x5003, 0x2600)))
    }
}
