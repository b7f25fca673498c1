import Testing

@testable import Verification

@Suite("Many patterns at once")
struct PatternSetTests {
    @Test func `every pattern is found wherever it stands, as by looking for each alone`() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            // Few letters, so that patterns overlap and begin alike.
            let haystack = (0..<Int.random(in: 0...300, using: &random)).map { _ in
                UInt8.random(in: 97...99, using: &random)
            }
            let patterns = (0..<40).map { _ in
                (0..<Int.random(in: 4...12, using: &random)).map { _ in UInt8.random(in: 97...99, using: &random) }
            }
            let set = PatternSet(patterns.enumerated().map { (bytes: $1, owner: Int32($0)) })
            var found: Set<[Int]> = []
            set.forEachMatch(in: haystack) { match in
                found.insert([Int(set.entries[match.pattern].owner), match.range.lowerBound])
            }
            var expected: Set<[Int]> = []
            for (number, pattern) in patterns.enumerated() where pattern.count <= haystack.count {
                for start in 0...(haystack.count - pattern.count)
                where haystack[start..<start + pattern.count].elementsEqual(pattern) {
                    expected.insert([number, start])
                }
            }
            #expect(found == expected)
        }
    }

    @Test func `a pattern at the very end is found, and none behind it`() {
        let set = PatternSet([(bytes: Array("omega".utf8), owner: 0), (bytes: Array("omeg\0\0\0\0".utf8), owner: 1)])
        var owners: [Int32] = []
        set.forEachMatch(in: Array("alpha omega".utf8)) { owners.append(set.entries[$0.pattern].owner) }
        #expect(owners == [0])
        set.forEachMatch(in: Array("alpha omeg".utf8)) { _ in Issue.record("NULs behind the end are no bytes") }
    }
}
