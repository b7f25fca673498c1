public import DICOMFile
public import RuleLanguage

/// Labels written into a data set, where a rule set says so: (0008,001D) Sensitive Content Code Sequence.
public enum Carrier {
    /// The edits that add the decision's coded labels to (0008,001D), what was there kept, each coding scheme identified.
    /// When the sequence was there before, the original goes to (0400,0561) with `time` (DT) as (0400,0562). Empty when
    /// every code is there already, or when the site's tier has no coded label to carry.
    public static func edits(for decision: Decision, in file: DICOMFile, ruleSet: RuleSet, time: String) -> [Edit] {
        []
    }
}
