package import DICOMCore
package import DICOMFile
package import RuleEngine
package import RuleLanguage

/// Tests of one rule set, as they were read from a file.
package struct TestFile: Sendable {
    /// As it is shown.
    package var name: String
    /// Of the root file of the rule set.
    package var rulesPath: String
    /// Whether coverage asks for what included files hold, too.
    package var coversIncludes: Bool
    package var cases: [TestCase]
    package var exceptions: [CoverageException]
    package var survivors: [AllowedSurvivor]
    package var location: SourceLocation
}

/// Data sets, where they came from, and what is expected of them.
package struct TestCase: Sendable {
    package var name: String
    package var location: SourceLocation
    /// In place of the rule set's own.
    package var tier: Int?
    /// Of the decision, a DT.
    package var time: String
    package var source: Condition.Source
    /// What digital signatures of the instances come to; nil where nobody has looked.
    package var signature: Condition.Signature?
    /// Nil when there is no registry.
    package var known: RegistryKnowledge?
    /// By id, the text that stands for a list.
    package var lists: [String: ListText]
    /// What distinguishes two sets of lists.
    package var listsKey: String
    /// The instances of each trial: one trial, or one for each data set of `each`.
    package var trials: [[TestInstance]]
    package var expectations: [Expectation]
}

package struct TestInstance: Sendable {
    package var file: DICOMFile
    /// Whether it ends too early, so that it is never passed on and what its beginning says is uncertain.
    package var isCutOff: Bool
    package var location: SourceLocation
}

/// One thing that is expected.
package struct Expectation: Sendable {
    package enum Kind: Sendable {
        case labels(ExpectedNames)
        case rules(ExpectedNames)
        case decision(ExpectedDecision)
        /// Matters of the holds that rules place, sorted.
        case holds([String])
        case copy(ExpectedCopy)
    }

    package var kind: Kind
    package var location: SourceLocation
    /// From 1; nil for all instances.
    package var instance: Int?
}

/// Names that are there for certain, uncertainly, or not.
package struct ExpectedNames: Sendable {
    package var certain: [String] = []
    package var uncertain: [String] = []
    package var absent: [String] = []
    /// Whether there is nothing else.
    package var isExact: Bool
}

package struct ExpectedDecision: Sendable {
    package var audiences: [String]
    package var disposition: Disposition
    package var profile: String?
    package var carriesLabels: Bool?
    /// `CODE` or `SYSTEM:CODE`, sorted.
    package var obligations: [String]?
    /// Labels of the clause that decides; `always` for the first.
    package var by: [String]?
}

package struct ExpectedCopy: Sendable {
    package enum Outcome: Sendable {
        case removed, emptied, kept, added
        case changed(TextPattern?)
        case value([String])
    }

    package struct Part: Sendable {
        package var outcome: Outcome
        package var paths: [(text: String, path: PathPattern)]
        package var location: SourceLocation
    }

    package enum Target: Sendable, Hashable { case audience(String), profile(String) }

    package var target: Target
    /// Of the reason why there is no copy.
    package var refusal: TextPattern?
    package var parts: [Part]
    /// Whether everything else stays.
    package var keepsOthers: Bool
}

/// Outcomes of a condition that no data set has, or a statement of a profile that nothing follows.
package struct CoverageException: Sendable {
    package enum What: Sendable {
        /// The path has places among the conditions: [2, 1] is the first in the second; empty for the whole.
        case condition(rule: String, path: [Int], outcomes: ConditionOutcomes.Outcomes)
        case statement(profile: String, words: String)
    }

    package var what: What
    package var reason: String
    package var location: SourceLocation
}

/// A mutant that no test can notice.
package struct AllowedSurvivor: Sendable {
    package var mutant: String
    package var reason: String
    package var location: SourceLocation
}
