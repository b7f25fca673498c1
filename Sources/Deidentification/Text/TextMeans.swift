import DICOMEncoding
import RuleLanguage

/// What text is cleaned with under a profile, whosever it is: made once for a run.
final class TextMeans: Sendable {
    let kept: KeptWords
    let patterns: TextPatterns?
    /// Why nothing can be cleaned; nil for sound settings.
    let fault: String?

    /// What is looked for without a profile: what is known, and what looks like an identifier.
    init() {
        kept = KeptWords()
        do throws(TextPatterns.Fault) {
            patterns = try TextPatterns(TextCleaning())
            fault = nil
        } catch {
            patterns = nil
            fault = Self.reason(error)
        }
    }

    init(_ settings: TextCleaning, in ruleSet: RuleSet) {
        kept = KeptWords(settings.keptWords, in: ruleSet)
        do throws(TextPatterns.Fault) {
            patterns = try TextPatterns(settings)
            fault = settings.keptWords.first { ruleSet.lists[$0] == nil }.map {
                "the list `\($0)` of kept words is not there"
            }
        } catch {
            patterns = nil
            fault = Self.reason(error)
        }
    }

    private static func reason(_ fault: TextPatterns.Fault) -> String { "the pattern `\(fault.name)` cannot be used" }
}

/// What becomes of the dates that stand in text.
enum DatesOfText: Sendable {
    case keep, remove
    case shift(DateOffset)
}
