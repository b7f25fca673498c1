/// The stable names of findings. Scripts and tests compare them; messages may become better, these stay.
enum FindingCode: String, CaseIterable {
    // Files
    case unreadableFile = "unreadable-file"
    case fileTooLarge = "file-too-large"
    case tooManyFiles = "too-many-files"
    case includeCycle = "include-cycle"
    case wrongEncoding = "wrong-encoding"

    // XML and its shape
    case notWellFormed = "not-well-formed"
    case doctype = "doctype"
    case tooDeep = "too-deep"
    case wrongRoot = "wrong-root"
    case unknownElement = "unknown-element"
    case misplacedElement = "misplaced-element"
    case missingElement = "missing-element"
    case unknownXMLAttribute = "unknown-xml-attribute"
    case missingAttribute = "missing-attribute"
    case badValue = "bad-value"
    case strayText = "stray-text"
    case invalid = "invalid"

    // Names
    case duplicateName = "duplicate-name"
    case unknownLabel = "unknown-label"
    case unknownList = "unknown-list"
    case unknownProfile = "unknown-profile"
    case unknownMethod = "unknown-method"
    case lookAlike = "look-alike"
    case invisibleCharacter = "invisible-character"

    // Labels
    case tierInInclude = "tier-in-include"
    case noRevision = "no-revision"
    case parentTier = "parent-tier"
    case noParent = "no-parent"
    case halfACode = "half-a-code"
    case duplicateCode = "duplicate-code"
    case redefinedSensitive = "redefined-sensitive"

    // Attributes and what they are compared with
    case unknownAttribute = "unknown-attribute"
    case badPath = "bad-path"
    case notASequence = "not-a-sequence"
    case unknownCreator = "unknown-creator"
    case notComparable = "not-comparable"
    case impossibleValue = "impossible-value"
    case notAPersonName = "not-a-person-name"
    case badPattern = "bad-pattern"
    case alwaysMatches = "always-matches"

    // Rules
    case labelAboveRule = "label-above-rule"
    case labelledTier = "labelled-tier"
    case labelledInItem = "labelled-in-item"
    case holdWithoutTag = "hold-without-tag"
    case heldInItem = "held-in-item"
    case neverLabelled = "never-labelled"
    case neverTrue = "never-true"
    case keyCount = "key-count"

    // Lists
    case emptyList = "empty-list"
    case noSource = "no-source"
    case listNotAsked = "list-not-asked"
    case missingColumn = "missing-column"
    case badCSV = "bad-csv"
    case raggedRow = "ragged-row"
    case emptyKey = "empty-key"
    case tooManyKeys = "too-many-keys"
    case emptyValue = "empty-value"
    case differentValues = "different-values"

    // Tiers of audiences
    case clauseAboveTier = "clause-above-tier"

    // Profiles
    case profileCycle = "profile-cycle"
    case noAnything = "no-anything"
    case badSelector = "bad-selector"
    case duplicateStatement = "duplicate-statement"
    case ambiguousStatement = "ambiguous-statement"
    case wrongAction = "wrong-action"
    case conflictingStatements = "conflicting-statements"
    case conflictingSettings = "conflicting-settings"
    case contradictingProfiles = "contradicting-profiles"
    case badSetting = "bad-setting"
    case badCertificate = "bad-certificate"
    case missingSetting = "missing-setting"
    case noValueColumn = "no-value-column"

    // Audiences
    case noAlways = "no-always"
    case badConsequence = "bad-consequence"
    case doesNotLift = "does-not-lift"
    case conflictingProfiles = "conflicting-profiles"
    case uselessClause = "useless-clause"
    case unknownAudience = "unknown-audience"

    // What must never come of a rule set
    case assertionFails = "assertion-fails"
    case emptyAssertion = "empty-assertion"

    case tooManyFindings = "too-many-findings"
}

extension Finding {
    /// The names that findings of this module have.
    public static var codes: [String] { FindingCode.allCases.map(\.rawValue) }
}
