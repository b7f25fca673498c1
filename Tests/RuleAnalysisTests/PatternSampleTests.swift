import RuleLanguage
import Testing

@testable import RuleAnalysis

@Suite struct PatternSampleTests {
    @Test(arguments: [
        "[[:]x", "[[:a]x", "[[:alpha:]]{2}", "a{-1}", "a{,2}", "a{2,3}", "[]a]", "[^[:digit:]]", "\\x{41}",
    ])
    func `a pattern that is written oddly has samples, in each of which it is found`(source: String) throws {
        let pattern = try TextPattern(source)
        let samples = PatternSamples.samples(of: pattern)
        #expect(samples.allSatisfy { pattern.isFound(in: $0) })
        #expect(!samples.isEmpty)
    }
}
