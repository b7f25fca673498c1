import DICOMCore
import DICOMDictionary
import Testing
import struct DICOMCore.Tag

@testable import Deidentification

@Suite struct ValueTests {
    private func conforms(_ text: String, _ vr: VR) -> Bool { ValueConformance.conforms(Array(text.utf8).span, to: vr) }

    @Test(arguments: [
        (VR.CS, "ORIGINAL\\PRIMARY\\M_SE"), (.CS, "HEAD "), (.CS, "ISO 2022 IR 87"), (.CS, "CT\0"), (.CS, ""),
        (.DS, "1.5\\-2E-3\\"), (.DS, " 12.000 "), (.IS, "-12\\+3"), (.DA, "20240229"), (.DA, "1993.04.22"),
        (.TM, "235959.999999"), (.TM, "10:20:30"), (.DT, "20240229101112.123456+0100"), (.AS, "045Y"),
        (.UI, "1.2.3\0"), (.LO, "Ärzte"), (.LO, "\u{1B}$Bname\u{1B}(B"), (.LT, "one\r\ntwo\tthree"), (.AE, "STORE_SCP"),
        (.PN, "Doe^Jane=x"), (.UR, "https://example.org/"),
    ])
    func `what is of its VR conforms`(vr: VR, text: String) {
        #expect(conforms(text, vr))
    }

    @Test(arguments: [
        (VR.CS, "Smith"), (.CS, "SMITH^JOHN"), (.CS, "M\0SMITH"), (.CS, "12/05/1938"), (.DS, "12 mm"),
        (.DS, "1938-12-06a"), (.DS, "123456789012345678901234567890123"), (.IS, "1.5"), (.IS, "O'Neill"),
        (.DA, "6 May 1938"), (.TM, "noon"), (.DT, "yesterday"), (.AS, "93 years"), (.UI, "1.2.3 DOE"),
        (.LO, "filter\0DOE^JANE"), (.LO, "a\nb"), (.SH, "\u{7F}"), (.LT, "a\0b"), (.AE, "Ü"), (.PN, "Doe\0Jane"),
    ])
    func `what hides something else does not`(vr: VR, text: String) {
        #expect(!conforms(text, vr))
    }

    @Test func `a dummy of every VR conforms to it`() throws {
        for vr in VR.all where vr != .SQ {
            let bytes = DummyValue.bytes(for: Tag(0x0009, 0x1001), vr: vr)
            #expect(!bytes.isEmpty && ValueConformance.conforms(bytes.span, to: vr), "\(vr)")
        }
    }

    @Test func `a dummy has as many values as its attribute must have`() {
        #expect(DummyValue.bytes(for: Tag(0x0020, 0x0037), vr: .DS) == Array("0\\0\\0\\0\\0\\0".utf8))
        #expect(DummyValue.bytes(for: Tag(0x0018, 0x1622), vr: .US).count == 2)
        #expect(DummyValue.minimum("1-n") == 1 && DummyValue.minimum("2-2n") == 2 && DummyValue.minimum("16") == 16)
    }

    @Test func `dummies of short strings fit them`() {
        #expect(DummyValue.codeValue.utf8.count <= 16 && DummyValue.codingScheme.utf8.count <= 16)
        for vr in [VR.AE, .CS, .SH] { #expect((DummyValue.text(for: vr) ?? "").utf8.count <= 16) }
    }
}
