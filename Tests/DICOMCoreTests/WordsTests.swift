import DICOMCore
import Testing

private typealias Tag = DICOMCore.Tag

struct WordsTests {
    @Test func `tags are read as they are printed, and in two other forms`() {
        for tag in [Tag(0, 0), .patientID, Tag(0xFFFE, 0xE00D), Tag(0x0029, 0x10FF)] {
            #expect(Tag("\(tag)") == tag)
            #expect(Tag(String("\(tag)".dropFirst().dropLast())) == tag)
            #expect(Tag(String("\(tag)".filter(\.isHexDigit)).lowercased()) == tag)
        }
        for text in [
            "", "(", "()", "0010", "(0010,0020", "0010,0020)", "0010;0020", "001,00020", "0010,002G", "+010,0020",
            "00100020 ",
        ] {
            #expect(Tag(text) == nil, "\(text)")
        }
    }

    @Test func `private elements know their block, and tags their order`() {
        #expect(Tag(0x0029, 0x1008).privateCreatorTag == Tag(0x0029, 0x0010))
        #expect(Tag(0x0029, 0xFF01).privateCreatorTag == Tag(0x0029, 0x00FF))
        #expect(Tag(0x0029, 0x0010).privateCreatorTag == nil && Tag(0x0029, 0x0010).isPrivateCreator)
        #expect(!Tag(0x0029, 0x000F).isPrivateCreator && !Tag(0x0029, 0x0100).isPrivateCreator)
        #expect(Tag(0x0028, 0x1008).privateCreatorTag == nil)
        #expect(Tag(0x0008, 0xFFFF) < Tag(0x0010, 0) && Tag(0x0010, 0).isGroupLength)
    }

    @Test func `every VR is what table 6-2-1 says`() {
        #expect(VR.all.count == 34 && Set(VR.all).count == 34)
        for vr in VR.all {
            #expect(VR("\(vr)") == vr && vr.isDefined && vr.isPlausible)
            #expect((vr.headerForm == .long) == vr.hasLongLength)
        }
        #expect(
            Set(VR.all.filter(\.hasLongLength).map(\.description)) == [
                "OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV",
            ])
        #expect(VR("ZZ") == nil && VR("lo") == nil && VR("L") == nil && VR("LOO") == nil && VR("") == nil)
        #expect(VR(code: 0x3F3F).description == "??" && VR(code: 0x3F3F).headerForm == .unknown)
        #expect(VR.UI.padding == 0 && VR.OB.padding == 0 && VR.LO.padding == 0x20 && VR.UN.padding == 0)
    }

    @Test func `UIDs have a form`() {
        for uid in ["1", "0", "1.2.840.10008.1.2", "2.25.0", "1.0.3", String(repeating: "1", count: 64)] {
            #expect(UID.isValid(uid), "\(uid)")
        }
        for uid in [
            "", ".", "1.", ".1", "1..2", "01.2", "1.02", "1.00", "1.a", "1 ", String(repeating: "1", count: 65), "1.२",
        ] {
            #expect(!UID.isValid(uid), "\(uid)")
        }
    }

    @Test func `transfer syntaxes say how elements are encoded`() {
        let cases: [(String, ElementEncoding, Bool, Bool)] = [
            ("1.2.840.10008.1.2", .implicitLittleEndian, false, false),
            ("1.2.840.10008.1.2.1", .explicitLittleEndian, false, false),
            ("1.2.840.10008.1.2.1.99", .explicitLittleEndian, true, false),
            ("1.2.840.10008.1.2.2", .explicitBigEndian, false, false),
            ("1.2.840.10008.1.20", .implicitLittleEndian, false, false),
            ("1.2.840.113619.5.2", .implicitLittleEndian, false, false),
            ("1.2.840.10008.1.2.4.50", .explicitLittleEndian, false, true),
            ("1.2.840.10008.1.2.4.95", .explicitLittleEndian, true, false),
            ("1.2.840.10008.1.2.4.94", .explicitLittleEndian, false, false),
            ("1.2.840.10008.1.2.5", .explicitLittleEndian, false, true), ("1.2.3", .explicitLittleEndian, false, true),
        ]
        for (uid, encoding, isDeflated, isEncapsulated) in cases {
            let syntax = TransferSyntax(uid: uid)
            #expect(syntax.uid == uid && syntax.encoding == encoding, "\(uid)")
            #expect(syntax.isDeflated == isDeflated && syntax.isEncapsulated == isEncapsulated, "\(uid)")
        }
        for encoding in [ElementEncoding.implicitLittleEndian, .explicitLittleEndian, .explicitBigEndian] {
            #expect(TransferSyntax(uncompressed: encoding).encoding == encoding)
            #expect(TransferSyntax(uid: "1.2.3").encoded(encoding).encoding == encoding)
        }
    }

    @Test func `paths are ordered as elements are in a data set`() {
        let sequence = Tag(0x0040, 0xA730)
        let inItem = { (item: Int, tag: Tag?) in AttributePath(steps: [.init(sequence: sequence, item: item)], tag: tag)
        }
        let ordered = [
            AttributePath.root, AttributePath(tag: .patientID), AttributePath(tag: sequence), inItem(1, nil),
            inItem(1, .codeValue), inItem(1, .codeMeaning), inItem(2, nil), inItem(2, .codeValue),
            inItem(10, .codeValue),
            AttributePath(tag: .pixelData),
        ]
        for (i, left) in ordered.enumerated() {
            for (j, right) in ordered.enumerated() { #expect((left < right) == (i < j), "\(left) \(right)") }
        }
        #expect(inItem(2, .codeValue).description == "(0040,A730)/2/(0008,0100)")
        #expect(inItem(2, .codeValue).tags == [sequence, .codeValue])
    }

    @Test func `patterns are printed as rules write them`() {
        let pattern = PathPattern(
            steps: [
                .anyDepth, .sequence(.standard(Tag(0x0040, 0xA730)), item: 2),
                .sequence(.standard(.codeValue), item: nil),
            ],
            element: .privateElement(group: 0x0029, creator: "A B", element: 0x0A))
        #expect(pattern.description == "**/(0040,A730)/2/(0008,0100)/*/(0029,{A B}0A)")
        #expect(PathPattern(element: .repeating(group: 0x6000, element: 0x3000)).description == "(60xx,3000)")
        #expect(!pattern.isExact && PathPattern(.patientID).isExact && PathPattern(.transferSyntaxUID).isFileMeta)
    }
}
