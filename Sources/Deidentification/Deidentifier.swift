public import DICOMFile
public import RuleLanguage

/// Applies a profile to a data set. Pure: same file, profile and key give the same edits (P7).
public struct Deidentifier: Sendable {
    public init(ruleSet: RuleSet, profile: Profile, key: DeidentificationKey) {}

    public enum Outcome: Sendable {
        case edited(Deidentified)
        /// The profile cannot make this instance safe: why, in words, without values. Never passed on.
        case sequester(reason: String)
    }

    public func deidentify(_ file: DICOMFile) -> Outcome { .sequester(reason: "not built yet") }
}

public struct Deidentified: Sendable {
    public var edits: [Edit]
    /// Replaces the file's own, with the preamble.
    public var fileMeta: [NewElement]
    /// New values, for names of folders and files.
    public var patientID: String
    public var studyInstanceUID: String
    public var seriesInstanceUID: String
    public var sopInstanceUID: String
    /// What was done where the table alone would have broken the IOD, or what else a reader of the record should know;
    /// no values. `(0018,1009) kept as a dummy: Type 1`.
    public var notes: [String]

    public init(
        edits: [Edit], fileMeta: [NewElement], patientID: String, studyInstanceUID: String, seriesInstanceUID: String,
        sopInstanceUID: String, notes: [String]
    ) {
        self.edits = edits
        self.fileMeta = fileMeta
        self.patientID = patientID
        self.studyInstanceUID = studyInstanceUID
        self.seriesInstanceUID = seriesInstanceUID
        self.sopInstanceUID = sopInstanceUID
        self.notes = notes
    }
}
