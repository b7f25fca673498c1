import DICOMFile
import Foundation
import Testing

@Suite struct JSONWriterTests {
    @Test func `objects and arrays nest, with commas where they belong`() {
        var json = JSONWriter()
        json.object { json in
            json.string("a", for: "x")
            json.array(for: "y") { json in
                json.number(-1)
                json.boolean(true)
                json.null()
                json.object { _ in }
                json.array { _ in }
            }
            json.number(json: "1.50", for: "z")
            json.base64([0, 1, 2, 255], for: "b")
        }
        #expect(json.text == #"{"x":"a","y":[-1,true,null,{},[]],"z":1.50,"b":"AAEC/w=="}"#)
    }

    @Test func `with an indent every value has its line`() {
        var json = JSONWriter(indent: 2)
        json.object { json in
            json.array(for: "y") { json in
                json.number(1)
                json.number(2)
            }
            json.object(for: "e") { _ in }
        }
        #expect(json.text == "{\n  \"y\": [\n    1,\n    2\n  ],\n  \"e\": {}\n}")
    }

    @Test func `lines of JSON begin anew, also when taken out between`() {
        var json = JSONWriter()
        json.object { $0.number(1, for: "a") }
        json.endLine()
        let first = json.takeBytes()
        json.object { $0.number(2, for: "a") }
        json.endLine()
        #expect(String(decoding: first, as: UTF8.self) == "{\"a\":1}\n")
        #expect(json.text == "{\"a\":2}\n")
    }

    @Test func `every character survives, and none that a terminal obeys is printed`() throws {
        for start in stride(from: UInt32(0), to: 0x11000, by: 64) {
            let text = String(
                String.UnicodeScalarView((start..<start + 64).compactMap(Unicode.Scalar.init)))
            var json = JSONWriter()
            json.array { $0.string(text) }
            let read = try JSONSerialization.jsonObject(with: Data(json.bytes)) as? [String]
            #expect(read?.first?.unicodeScalars.elementsEqual(text.unicodeScalars) == true)
            #expect(!json.text.unicodeScalars.contains { $0.value < 0x20 || ($0.value >= 0x7F && $0.value < 0xA0) })
            #expect(!json.text.unicodeScalars.contains("\u{202E}"))
        }
    }

    @Test func `base64 is what Foundation makes of it`() {
        for count in 0..<70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
            var json = JSONWriter()
            json.base64(bytes)
            #expect(json.text == "\"\(Data(bytes).base64EncodedString())\"")
        }
    }
}
