import DICOMCore
import DICOMFile
import RuleLanguage
import TestSupport
import Testing
import struct DICOMCore.Tag

@testable import Deidentification

@Suite struct CompiledProfileTests {
    @Test func `a tag table finds each of its tags and no other`() {
        var entries: [Tag: Int] = [:]
        for number in 0..<1500 { entries[Tag(UInt16(8 + number % 40 * 2), UInt16(number * 7 & 0xFFFF))] = number }
        let table = TagTable(entries)
        #expect(entries.allSatisfy { table[$0.key] == $0.value })
        for group in stride(from: UInt16(8), to: 0x60, by: 2) {
            for element in stride(from: UInt16(0), to: 0xFF00, by: 97) where entries[Tag(group, element)] == nil {
                #expect(table[Tag(group, element)] == nil)
            }
        }
        #expect(TagTable<Int>([:])[Tag(8, 8)] == nil)
    }

    /// Every statement that fits one element, the most specific first; with the first taken away the next one wins.
    @Test func `the most specific statement wins`() throws {
        let tag = Tag(0x6002, 0x0022)
        let statements: [(ProfileStatement.Selector, ProfileAction)] = [
            (.tag(tag), .replace("TAG")), (.repeating(group: 0x6000, element: 0x0022), .replace("REPEATING")),
            (.group(0x6002, repeating: false), .replace("GROUP")), (.group(0x6000, repeating: true), .replace("XX")),
            (.vr(.LO), .replace("VR")), (.anything, .replace("ANYTHING")),
        ]
        for count in statements.indices {
            let profile = CompiledProfile(.of(Array(statements[count...])))
            guard case .replace(let text) = profile.treatment(of: tag, vr: .LO) else {
                Issue.record("statement \(count) does not win")
                continue
            }
            #expect(profile.texts[text] == ["TAG", "REPEATING", "GROUP", "XX", "VR", "ANYTHING"][count])
        }
    }

    @Test func `of private statements the element wins over its creator, that over the group, that over all`() {
        let tag = Tag(0x0029, 0x1010)
        let statements: [(ProfileStatement.Selector, ProfileAction)] = [
            (.privateElement(group: 0x29, creator: "A", element: 0x10), .keep), (.creator("A"), .empty),
            (.group(0x29, repeating: false), .dummy), (.privateGroups, .uid), (.vr(.LO), .pseudonym),
            (.anything, .remove),
        ]
        let expected: [Treatment] = [.keep, .empty, .dummy, .uid, .pseudonym, .remove]
        for count in statements.indices {
            let profile = CompiledProfile(.of(Array(statements[count...])))
            #expect(profile.treatment(ofPrivate: tag, creator: "A", vr: .LO) == expected[count])
            if count < 2 { #expect(profile.treatment(ofPrivate: tag, creator: "B", vr: .LO) == .dummy) }
        }
    }

    @Test func `a path wins over a tag, an exact one over any item, that over any depth`() throws {
        let sequence = PathPattern.Element.standard(Tag(0x0040, 0x0275))
        let leaf = PathPattern.Element.standard(Tag(0x0040, 0x0007))
        let exact = PathPattern(steps: [.sequence(sequence, item: 2)], element: leaf)
        let every = PathPattern(steps: [.sequence(sequence, item: nil)], element: leaf)
        let deep = PathPattern(steps: [.anyDepth], element: leaf)
        let item = DataSetBuilder().text(Tag(0x0040, 0x0007), .LO, "WILLIS")
        let bytes = DataSetBuilder.instance().text(Tag(0x0040, 0x0007), .LO, "WILLIS")
            .sequence(Tag(0x0040, 0x0275), [item, item, item]).file()
        let all: [(ProfileStatement.Selector, ProfileAction)] = [
            (.tag(Tag(0x0040, 0x0275)), .keep), (.tag(Tag(0x0040, 0x0007)), .replace("TAG")),
            (.path(deep), .replace("DEEP")), (.path(every), .replace("EVERY")), (.path(exact), .replace("EXACT")),
        ]
        for statements in [all, all.reversed()] {
            let output = try #require(try Deidentifier(.of(statements)).output(bytes))
            #expect(try output.values(Tag(0x0040, 0x0007)) == ["DEEP"])
            let values = try (1...3).map { number in
                try output.values(PathPattern(steps: [.sequence(sequence, item: number)], element: leaf)) ?? []
            }
            #expect(values == [["EVERY"], ["EXACT"], ["EVERY"]])
        }
        let plain = try #require(try Deidentifier(.of(Array(all[..<2]))).output(bytes))
        #expect(try plain.values(every) == ["TAG"])
    }

    @Test func `a profile with a text that is not in every character set makes nothing`() throws {
        let profile = Profile.of([(.tag(.patientName), .replace("Müller"))])
        #expect(
            try Deidentifier(profile).reason(DataSetBuilder.instance().file())?.contains("default repertoire") == true)
    }

    @Test(arguments: [ProfileAction.remove, .empty, .dummy, .clean])
    func `a profile that takes the instance's own UID away makes nothing`(action: ProfileAction) throws {
        let profile = Profile.of([(.tag(.sopInstanceUID), action)])
        #expect(try Deidentifier(profile).reason(DataSetBuilder.instance().file())?.contains("(0008,0018)") == true)
    }
}
