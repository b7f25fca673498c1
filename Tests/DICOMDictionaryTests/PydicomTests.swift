import DICOMCore
import Testing

@testable import DICOMDictionary

/// Our dictionary beside pydicom's, which comes from another source.
struct PydicomTests {
    /// The few places where the two differ, each with its reason.
    static let explained: Set<String> = [
        // PS3.6 2026b says that the tag is retired and nothing else; pydicom makes OB of that.
        "(0008,0202) VR", "(0018,9445) VR", "(0028,0020) VR",
        // Delimiters have no VR.
        "(FFFE,E000) VR", "(FFFE,E00D) VR", "(FFFE,E0DD) VR",
        // `1-n or 1` in PS3.6 2026b.
        "(0028,1200) multiplicity", "(0028,3006) multiplicity",
        // Renamed in 2026.
        "(003A,0320) keyword", "(003A,0325) keyword",
        // Retired, and no longer retired, since pydicom's edition.
        "(0010,2160) retired", "(3004,0012) retired",
    ]

    @Test(.enabled(if: SourceTables.python != nil)) func `pydicom's dictionary agrees but for what is explained`()
        throws
    {
        let script = """
            try: from pydicom._dicom_dict import DicomDictionary as d, RepeatersDictionary as r
            except ImportError: raise SystemExit(3)
            rows = [("%08X" % tag, *row) for tag, row in d.items()] + list((tag.upper(), *row) for tag, row in r.items())
            for tag, vr, vm, name, retired, keyword in rows: print(tag, vr, vm, retired, keyword, sep="\\t")
            """
        let (status, output) = try SourceTables.run(["-c", script])
        // Without pydicom there is nothing to compare.
        guard status != 3 else { return }
        #expect(status == 0)
        var compared = 0
        for line in output.split(separator: "\n") {
            let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            let tag = try #require(Tag(cells[0].replacing("X", with: "2")))
            // Commands are in PS3.7, and in no data set.
            guard tag.group != 0x0000 else { continue }
            let ours = StandardDictionary.entry(for: tag)
            var different: [String] = []
            if ours?.allowedVRs.map(\.description).joined(separator: " or ") != cells[1] {
                different = ["VR"]
            } else {
                if ours?.multiplicity != cells[2] { different.append("multiplicity") }
                if ours?.isRetired != !cells[3].isEmpty { different.append("retired") }
                if ours?.keyword != cells[4] { different.append("keyword") }
            }
            for what in different { #expect(Self.explained.contains("\(tag) \(what)"), "\(line)") }
            compared += 1
        }
        #expect(compared > 5000)
    }
}
