import DICOMCore
import DICOMEncoding
import DICOMFile
import TestSupport
import Testing

/// Real files that nobody here wrote: those that other readers read, we read.
struct CorpusTests {
    /// What pydicom and dcmdump read, and we refuse, with the reason. No real file is among them.
    static let refused: [String: ParseError.Code] = [
        // A hundred sequences within each other: beyond `ParseLimits.depth`.
        "cat03_sequence_nesting/TC0265_depth_100.dcm": .nestingTooDeep,
        // Behind `DICM` an element (0008,0000) with a broken header: the others read on by chance.
        "cat09_logic_bombs/TC0469_group_len_zero.dcm": .malformedFileMeta,
        // An item of 2 GB in a sequence of 114 bytes: the others let it swallow the elements behind its sequence.
        "cat23_cve_merge_toolkit/TC1157_sq_item_huge_len.dcm": .lengthOverrunsParent,
    ]

    @Test func `what pydicom and dcmdump both read is read`() {
        for entry in Corpus.entries where entry.pydicom.hasPrefix("ok") && entry.dcmdump.hasPrefix("ok") {
            let expected = Self.refused.first { entry.name.hasSuffix($0.key) }?.value
            do throws(ParseError) {
                _ = try DICOMFile(path: entry.path)
                #expect(expected == nil, "\(entry.name)")
            } catch {
                #expect(error.code == expected, "\(entry.name): \(error)")
            }
        }
    }

    /// Real files that at least one of the others refuses, and so do we: cut short, overwritten, or no DICOM.
    static let damaged: [String: ParseError.Code] = [
        "3gb-bulk-data-truncated": .truncated,
        // Implicit VR; what the dictionary knows as a sequence holds a code string.
        "Tag-0040-A170-VR-CS.dcm": .misplacedDelimiter,
        // Blank VRs whose length leads nowhere.
        "GH179B.dcm": .malformedVR,
        // An item delimiter at the top level.
        "GH364.dcm": .misplacedDelimiter,
        // Data of another element behind NULs.
        "GH626.dcm": .trailingBytes,
        // Fragments without a sequence delimiter.
        "emri_small_jpeg_2k_lossless_too_short.dcm": .truncated,
        "rtplan_truncated.dcm": .truncated,
        // A recipe of another tool, in text.
        "deid/data/deid.dicom": .notDICOM,
    ]

    @Test func `every real file is read but for those that are damaged`() {
        for entry in Corpus.entries where entry.isReal {
            let expected = Self.damaged.first { entry.name.hasSuffix($0.key) }?.value
            do throws(ParseError) {
                _ = try DICOMFile(path: entry.path)
                #expect(expected == nil, "\(entry.name)")
            } catch {
                #expect(error.code == expected, "\(entry.name): \(error)")
            }
        }
    }
}
