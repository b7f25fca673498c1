import Foundation
import Production
import TestSupport
import Testing

/// A disk, or somebody, changes a bit of a real production.
@Suite struct DamageTests {
    /// Every byte of what is small, some of what is large; every bit of all in a soak.
    private static func places(_ size: Int, _ random: inout SeededGenerator) -> [(byte: Int, bit: Int)] {
        if ProcessInfo.processInfo.environment["CORDON_SOAK"] != nil {
            return (0..<size * 8).map { ($0 / 8, $0 % 8) }
        }
        if size <= 300 { return (0..<size).map { ($0, random.below(8)) } }
        return (0..<20).map { _ in (random.below(size), random.below(8)) }
    }

    @Test func `every changed bit is found by us, and its file named`() throws {
        let site = try MatterSite.withMatter()
        try site.export()
        var random = SeededGenerator(seed: 11)
        var count = 0
        for name in try site.files() {
            let bytes = try site.bytes("out/\(name)")
            for (byte, bit) in Self.places(bytes.count, &random) {
                var changed = bytes
                changed[byte] ^= 1 << UInt8(bit)
                try site.write(changed, "out/\(name)")
                let verdict = try BagVerification().run(site("out"), only: [.integrity])[.integrity]
                let isNamed = verdict.findings.contains { $0.word == .fail && $0.text.contains("`\(name)`") }
                #expect(isNamed, "bit \(bit) of byte \(byte) of \(name)")
                count += 1
            }
            try site.write(bytes, "out/\(name)")
        }
        print("cordon hold verify: \(count) changed bits")
    }

    @Test func `every changed bit is found by verify.py, and its file named`() throws {
        let site = try MatterSite.withMatter()
        try site.export()
        let done = try run(Verifier.python, [Verifier.folder + "/flip_bits.py", site("out")])
        #expect(done.status == 0, "\(done.output.suffix(2000)) \(done.error.suffix(2000))")
        print("verify.py: \(done.output)")
    }

    @Test func `missing, extra and renamed files are named by both`() throws {
        let site = try MatterSite.withMatter()
        try site.export()
        func expect(_ text: String) throws {
            let ours = try BagVerification().run(site("out"))
            let theirs = try Verifier.words(site("out"))
            #expect(ours[.integrity].word == .fail && theirs.words["integrity"] == "FAIL", "\(text)")
            #expect(ours[.integrity].findings.contains { $0.text.contains(text) }, "\(text)")
            #expect(theirs.output.contains(text), "\(text)")
            #expect(ours.status == 1 && theirs.status == 1)
        }
        for name in try site.files() where !name.hasPrefix("pages/") {
            try FileManager.default.moveItem(atPath: site("out/\(name)"), toPath: site("aside"))
            try expect(name)
            try FileManager.default.moveItem(atPath: site("aside"), toPath: site("out/\(name)"))
        }
        try site.write([0], "out/data/more.dcm")
        try expect("data/more.dcm")
        try FileManager.default.removeItem(atPath: site("out/data/more.dcm"))
        try FileManager.default.moveItem(atPath: site("out/index.html"), toPath: site("out/index.htm"))
        try expect("index.html")
        try expect("index.htm")
    }
}
