import TestSupport
import Testing

@testable import RuleEngine

/// Against looking for each text by itself.
@Suite struct TextTrieTests {
    private static func text(_ generator: inout SeededGenerator, _ letters: [UInt8], _ longest: Int) -> [UInt8] {
        (0..<generator.below(longest + 1)).map { _ in generator.pick(letters) }
    }

    private static func isPart(_ part: [UInt8], of text: [UInt8]) -> Bool {
        part.count <= text.count
            && (0...(text.count - part.count)).contains { text[$0...].starts(with: part) }
    }

    /// Few letters make texts that begin, end and overlap each other; many make states of many edges.
    @Test(arguments: [[0x61], [0x61, 0x62], [0x00, 0x61, 0xFF], Array(0...255)] as [[UInt8]])
    func `finds what is in a text and what it begins with, and nothing else`(letters: [UInt8]) {
        var generator = SeededGenerator(seed: UInt64(letters.count))
        var count = 0
        for _ in 0..<60 {
            var trie = TextTrie()
            let wanted = (0..<generator.below(40)).map { _ in Self.text(&generator, letters, 5) }
            for (number, text) in wanted.enumerated() { trie.insert(text, number) }
            trie.link()
            for _ in 0..<4 {
                let text = Self.text(&generator, letters, 30)
                var parts: Set<Int> = [], beginnings: [Int] = []
                trie.forEachPart(of: text) { parts.insert($0) }
                trie.forEachBeginning(of: text) { beginnings.append($0) }
                #expect(parts == Set(wanted.indices.filter { Self.isPart(wanted[$0], of: text) }))
                #expect(beginnings.sorted() == wanted.indices.filter { text.starts(with: wanted[$0]) })
                count += parts.count
            }
        }
        #expect(count > 20)
    }

    @Test func `a part is named as often as it is there`() {
        var trie = TextTrie()
        for (number, text) in ["a", "aa", "ba"].enumerated() { trie.insert(text.utf8, number) }
        trie.link()
        var found: [Int] = []
        trie.forEachPart(of: "aabaa".utf8) { found.append($0) }
        #expect(found.sorted() == [0, 0, 0, 0, 1, 1, 2])
    }

    @Test func `without texts nothing is found`() {
        var trie = TextTrie()
        trie.link()
        trie.forEachPart(of: "text".utf8) { _ in Issue.record("there is none") }
        trie.forEachBeginning(of: "text".utf8) { _ in Issue.record("there is none") }
    }
}
