import Testing

@testable import DICOMDictionary

struct RegisteredUIDsTests {
    @Test(arguments: [
        ("1.2.840.10008.1.2.1", "Transfer Syntax"), ("1.2.840.10008.5.1.4.1.1.2", "SOP Class"),
        ("1.2.840.10008.1.4.1.1", "Well-known frame of reference"), ("1.2.840.10008.6.1.1", "Context Group"),
        ("1.2.840.10008.2.16.4", "Coding Scheme"),
    ])
    func `a registered UID is known by its kind`(uid: String, kind: String) {
        #expect(RegisteredUIDs.entry(for: uid)?.kind == kind)
    }

    @Test(arguments: ["", "1.2.3", "1.2.840.10008.1.2.1 ", "1.2.840.10008", "1.2.840.10008.1.2.1\u{0}", "9"])
    func `any other text is no registered UID`(uid: String) {
        #expect(RegisteredUIDs.entry(for: uid) == nil)
    }

    @Test(.enabled(if: SourceTables.areThere)) func `every row of PS3.6 A is registered`() throws {
        for row in try SourceTables.rows("ps3.6_uids_2026b.tsv", separator: "\t") {
            let uid = try #require(row["uid_value"])
            let entry = RegisteredUIDs.entry(for: uid)
            #expect(entry?.name == row["name"])
            #expect(entry?.kind == row["uid_type"])
        }
        for row in try SourceTables.rows("ps3.6_wellknown_frames_of_reference_2026d.csv") {
            let uid = try #require(row["uid"])
            #expect(RegisteredUIDs.entry(for: uid) != nil)
        }
    }
}
