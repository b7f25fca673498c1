import DICOMCore
import Testing

@testable import DICOMDictionary

struct PrivateDictionaryTests {
    @Test func `an element is found by creator, group and low byte`() throws {
        let entry = try #require(
            PrivateDictionary.entry(creator: "SIEMENS CSA HEADER", group: 0x0029, element: 0x10))
        #expect(entry.vr == .OB)
        #expect(entry.name == "CSA Image Header Info")
        // One of DCMTK's, one of PS3.15 Table E.3.10-1, and one that neither has.
        let anonymizer = PrivateDictionary.entry(creator: "DCMTK_ANONYMIZER", group: 0x0009, element: 0x00)
        #expect(anonymizer == PrivateDictionary.Entry(name: "Anonymizer UID Map", vr: .SQ, multiplicity: "1"))
        #expect(PrivateDictionary.entry(creator: "Philips Imaging DD 001", group: 0x2001, element: 0x38)?.vr == .FL)
        let vip = PrivateDictionary.entry(creator: "SIEMENS SYNGO WORKFLOW", group: 0x0031, element: 0x14)
        #expect(vip == PrivateDictionary.Entry(name: "VIP Indicator", vr: .SH, multiplicity: "1"))
    }

    @Test func `trailing spaces of a creator do not count, case and anything else does`() {
        #expect(PrivateDictionary.isKnown(creator: "SIEMENS CSA HEADER  "))
        for creator in [" SIEMENS CSA HEADER", "siemens csa header", "SIEMENS CSA", "", " ", "SIEMENS CSA HEADER\u{0}"]
        {
            #expect(!PrivateDictionary.isKnown(creator: creator))
            #expect(PrivateDictionary.entry(creator: creator, group: 0x0029, element: 0x10) == nil)
        }
    }

    @Test func `an element of another group or of an even group is not found`() {
        #expect(PrivateDictionary.entry(creator: "SIEMENS CSA HEADER", group: 0x0027, element: 0x10) == nil)
        #expect(PrivateDictionary.entry(creator: "SIEMENS CSA HEADER", group: 0x0028, element: 0x10) == nil)
        #expect(PrivateDictionary.entry(creator: "SIEMENS CSA HEADER", group: 0x0029, element: 0xFE) == nil)
    }

    @Test func `repeating private groups are found in every odd group`() {
        for group: UInt16 in [0x6001, 0x6003, 0x60FF] {
            #expect(PrivateDictionary.entry(creator: "PAPYRUS 3.0", group: group, element: 0x10)?.vr == .US)
        }
        #expect(PrivateDictionary.entry(creator: "PAPYRUS 3.0", group: 0x6002, element: 0x10) == nil)
        #expect(PrivateDictionary.entry(creator: "PAPYRUS 3.0", group: 0x6101, element: 0x10) == nil)
    }

    @Test func `creators are sorted, and each is known`() {
        var last = ""
        for creator in PrivateDictionary.all {
            #expect(last.utf8.lexicographicallyPrecedes(creator.utf8))
            last = creator
            #expect(PrivateDictionary.isKnown(creator: creator))
        }
    }

    @Test func `a misspelled creator brings the one that was meant first`() {
        #expect(PrivateDictionary.creators(like: "SIEMENS CSA HEADR", limit: 2).first == "SIEMENS CSA HEADER")
        #expect(PrivateDictionary.creators(like: "Nobody at all", limit: 2).isEmpty)
    }

    @Test(.enabled(if: SourceTables.areThere && SourceTables.python != nil))
    func `every entry of the source is in the dictionary`() throws {
        let script = """
            import sys, xml.etree.ElementTree as E
            for e in E.parse(sys.argv[1]).getroot():
                print(e.get("group"), e.get("element"), e.get("vr"), e.get("owner"), e.get("vm"), sep="\\t")
            """
        let (status, output) = try SourceTables.run([
            "-c", script, SourceTables.path(of: "private_gdcm.xml"),
        ])
        #expect(status == 0)
        var found = 0, others = 0
        for line in output.split(separator: "\n") {
            let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            let group = try #require(UInt16(cells[0].replacing("xx", with: "03"), radix: 16))
            guard let element = UInt8(cells[1].suffix(2), radix: 16), group % 2 == 1 else {
                others += 1
                continue
            }
            let entry = PrivateDictionary.entry(creator: cells[3], group: group, element: element)
            #expect(entry?.vr.description == cells[2].prefix(2).description, "\(line)")
            #expect(entry?.multiplicity == cells[4])
            found += 1
        }
        #expect(found > 10_000)
        // Eleven that describe a creator element, two of an even group.
        #expect(others == 13)
    }
}
