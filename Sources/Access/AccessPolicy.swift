/// What a site wants of looking: who is which audience, and what is done where rules leave a choice. Every default is the
/// one that shows less.
public struct AccessPolicy: Sendable {
    public var table: AudienceTable
    /// Of studies of which the registry has no decision for every instance.
    public var unseen: Unseen
    /// Of decisions that were made by another revision of the rule set.
    public var earlierDecisions: EarlierDecisions
    /// What an audience that would get a study de-identified sees of it, by audience; `masked` for those not named.
    public var deidentified: [String: DeidentifiedStudies]
    public var breakGlass: BreakGlassPolicy?
    /// The most instances that one retrieval gives.
    public var mostInstances: Int
    /// An answer without a match is given at a multiple of this after the question came, so that time does not tell what was
    /// looked at and withheld. Zero for at once.
    public var quantum: Duration
    /// Whether each question and each retrieval is written on the custody log, and so to the audit trail.
    public var recordsLooking: Bool

    /// A study that was in the archive before Cordon, or came there round it.
    public enum Unseen: String, Sendable, CaseIterable {
        /// As if it were not there: nobody has looked into it. The default.
        case withhold
        /// The rules are asked of what the archive answers; what it does not say is unknown, and escalates (P2).
        case evaluate
    }

    public enum EarlierDecisions: String, Sendable, CaseIterable {
        /// As if nothing had been decided: new rules may ask what the old ones did not. The default.
        case asUnseen = "as-unseen"
        /// They count, with what the registry has learned since, until the study is decided anew.
        case count
    }

    public enum DeidentifiedStudies: String, Sendable, CaseIterable {
        /// Listed with its UIDs, modalities and counts, and nothing of the patient; what is retrieved is de-identified.
        case masked
        /// Listed as the profile makes it, with the UIDs and pseudonyms that the retrieved instances have.
        case deidentified
        /// As if it were not there.
        case withheld
    }

    public init(
        table: AudienceTable, unseen: Unseen = .withhold, earlierDecisions: EarlierDecisions = .asUnseen,
        deidentified: [String: DeidentifiedStudies] = [:], breakGlass: BreakGlassPolicy? = nil,
        mostInstances: Int = 100_000, quantum: Duration = .milliseconds(50), recordsLooking: Bool = true
    ) {
        self.table = table
        self.unseen = unseen
        self.earlierDecisions = earlierDecisions
        self.deidentified = deidentified
        self.breakGlass = breakGlass
        self.mostInstances = max(1, mostInstances)
        self.quantum = quantum
        self.recordsLooking = recordsLooking
    }
}

/// Who may break the glass, and how.
public struct BreakGlassPolicy: Sendable {
    /// One of these makes somebody who may: a claim of a token, a DIMSE user, a certificate. Their identity must be
    /// proved as well.
    public var criteria: Set<AudienceTable.Criterion>
    /// If any are named, the token must say one of them: that a second factor was used.
    public var acr: Set<String>
    /// If any are named, the token must name one of them.
    public var amr: Set<String>
    /// The longest that a grant runs.
    public var most: Duration
    /// The audience as which a grant shows a study. Nil shows it as it is, whatever the rules say.
    public var audience: String?

    public init(
        criteria: Set<AudienceTable.Criterion>, acr: Set<String> = [], amr: Set<String> = [],
        most: Duration = .seconds(3600), audience: String? = nil
    ) {
        self.criteria = criteria
        self.acr = acr
        self.amr = amr
        self.most = most
        self.audience = audience
    }
}
