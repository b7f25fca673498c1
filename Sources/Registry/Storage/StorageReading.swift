package import CustodyLog
package import Host

/// What can be asked of a registry's storage. Everything is a look-up in an index, except where pages of everything are asked
/// for. What is returned is sorted: numbers ascending, instances by digest.
package protocol StorageReading: LogReading {
    func instance(_ digest: String) throws -> RecordedInstance?
    /// Up to `limit`, those with a greater digest than `after`.
    func instances(_ selection: InstanceSelection, after: String?, limit: Int) throws -> [RecordedInstance]
    func instanceCount() throws -> Int
    func count(_ kind: NumberedKind) throws -> Int
    func patients(ofStudy study: String) throws -> [PatientIdentity]
    func studies(ofPatientKey key: String) throws -> [StudyPatient]

    /// Numbers of what is anchored at one of the anchors, or at any value of one of the attributes.
    func owners(
        _ kind: AnchoredKind, anchors: Set<String>, attributes: Set<InstanceAttribute>
    ) throws -> [Int64]

    /// What is in the indices about a record or an instance.
    func anchors(of kind: AnchoredKind, _ id: Int64) throws -> Set<String>
    func keys(ofInstance digest: String) throws -> Set<String>

    func label(_ id: Int64) throws -> LabelRecord?
    func labels(after id: Int64, limit: Int) throws -> [LabelRecord]
    func hold(_ id: Int64) throws -> Hold?
    /// Those with a greater number; only those that nobody has released, if asked.
    func holds(matter: String, after id: Int64, unreleasedOnly: Bool, limit: Int) throws -> [Hold]
    /// Those that nobody has released, and of them those whose review is due.
    func holdCounts(at time: Instant) throws -> (inForce: Int, due: Int)
    /// Those with a greater number of which the release was asked for, and nobody has approved it.
    func holdsToRelease(after id: Int64, limit: Int) throws -> [Hold]
    /// What a rule placed for a matter on a scope, released or not.
    func hold(ofRule rule: String, matter: String, scope: Scope) throws -> Hold?
    /// Those with a greater number; only those that nobody has released, if asked.
    func holds(after id: Int64, unreleasedOnly: Bool, limit: Int) throws -> [Hold]
    func retention(_ id: Int64) throws -> Retention?
    func retentions(after id: Int64, limit: Int) throws -> [Retention]

    func link(_ id: Int64) throws -> PatientLink?
    func links(after id: Int64, limit: Int) throws -> [PatientLink]
    /// Those that name a patient by one of these folded IDs, ended ones too.
    func links(ofPatientKeys keys: Set<String>) throws -> [PatientLink]
    /// Whether a feed brought this message before.
    func isKnown(message control: String, digest: String, ofFeed feed: String) throws -> Bool
    /// When the last that a feed said of a patient in a place was said.
    func lastSaid(feed: String, place: String, of patient: PatientIdentity) throws -> Instant?
    /// Of whom a feed said something in a place, sorted.
    func patients(feed: String, place: String) throws -> [PatientIdentity]

    func listColumns(_ name: String) throws -> [String]?
    func listNames() throws -> [String]
    /// Rows of now, or all that ever were.
    func listRows(_ name: String, removedToo: Bool) throws -> [ListRow]
    /// The row of now with these cells.
    func listRow(_ name: String, cells: [String]) throws -> ListRow?
    /// Rows that came or went with a leaf.
    func listRows(ofLeaf leaf: Int) throws -> [ListRow]
    /// How many rows came with a leaf, and how many went.
    func listRowCounts(ofLeaf leaf: Int) throws -> (added: Int, removed: Int)

    func decision(_ id: Int64) throws -> DecisionEntry?
    func decisions(ofInstance digest: String) throws -> [DecisionEntry]
    /// The last for each audience: of a rule set, or of whichever.
    func lastDecisions(ofInstance digest: String, ruleSet: String?) throws -> [DecisionEntry]
    /// Whether nothing was decided since for the same instance and audience.
    func isLast(_ decision: DecisionEntry) throws -> Bool
    /// The newest first, those with a smaller number.
    func decisions(before id: Int64, limit: Int) throws -> [DecisionEntry]
    /// Of so many of the newest with a smaller number: those that sequester and are the last for their instance and audience, the
    /// newest first; and below which number to go on, nil at the end.
    func keptBack(before id: Int64, looking limit: Int) throws -> (decisions: [DecisionEntry], next: Int64?)
    /// By span of time, ascending; of so many of the newest.
    func decisionCounts(since time: Instant, width: Int64, newest: Int64) throws -> [DecisionCount]
    /// Nil for a key that was never used.
    func key(_ fingerprint: String) throws -> KeyState?
    /// Whether the key made pseudonyms in the study; an empty study stands for those that cannot be told.
    func isKey(_ fingerprint: String, usedIn study: String) throws -> Bool
    func studies(ofKey fingerprint: String, after study: String?, limit: Int) throws -> [String]

    func activations(ofRuleSet ruleSet: String) throws -> [Activation]
    func activation(_ id: Int64) throws -> Activation?
    func activations(after id: Int64, limit: Int) throws -> [Activation]

    func grant(_ id: Int64) throws -> Grant?
    func grants(after id: Int64, limit: Int) throws -> [Grant]
    /// Those of which nobody has written down that they ended.
    func openGrants() throws -> [Grant]
    /// Those of somebody who is proved so that run.
    func grants(runningFor proof: String, at time: Instant) throws -> [Grant]
    /// Those that run, or that nobody has reviewed, with a greater number.
    func grantsWaiting(after id: Int64, at time: Instant, limit: Int) throws -> [Grant]
    /// Those that run; and those that do not, and that nobody has reviewed.
    func grantCounts(at time: Instant) throws -> (running: Int, unreviewed: Int)
    /// By what somebody counts who has several names: by a folded name, the one that stands for all; nil for who has one.
    func representative(ofPerson key: String) throws -> String?
    /// Names of people who have several, with what stands for all of them, sorted.
    func linkedNames() throws -> [(name: String, same: String)]

    /// Decisions for a study's instances by a rule set, in the order in which they were recorded.
    func decided(ofStudy study: String, ruleSet: String) throws -> [DecidedInstance]
    /// Of the last decision of each instance of a study by a rule set, each once, sorted.
    func explanations(ofStudy study: String, ruleSet: String) throws -> [String]

    /// How many complete nodes above the leaves there are.
    func nodeCount() throws -> Int
    /// Leaves about somebody or something, ascending.
    func leaves(about subject: LeafSubject) throws -> [Int]
    /// The last of them, descending.
    func leaves(about subject: LeafSubject, last limit: Int) throws -> [Int]
    func meta(_ name: String) throws -> String?
}

/// What can be written to a registry's storage. Each record names the leaf of the custody log that tells of it; the leaf is
/// appended first.
package protocol StorageWriting: StorageReading {
    /// The next number of a kind. Numbers that a failed transaction took may be given again.
    func nextNumber(_ kind: NumberedKind) throws -> Int64

    func insert(_ instance: RecordedInstance) throws
    func setRemoved(_ digest: String, at time: Instant?, leaf: Int) throws
    /// Forgets whom and what an instance names, when both are empty, or learns it again; digest, size and times stay.
    func setAttributes(
        _ attributes: [InstanceAttribute: String], unreadable: Set<InstanceAttribute>, of digest: String) throws

    func insertAnchors(_ anchors: [String], of kind: AnchoredKind, _ id: Int64) throws
    func removeAnchors(of kind: AnchoredKind, _ id: Int64) throws
    /// Gives a record another scope, when the person that it names is to be forgotten.
    func setScope(_ scope: Scope, of kind: AnchoredKind, _ id: Int64) throws

    /// Without requests and withdrawals, which have verbs of their own.
    func insert(_ label: LabelRecord, leaf: Int) throws
    func setWithdrawalRequest(_ wish: Registry.Wish?, ofLabel id: Int64, leaf: Int) throws
    /// What the feed that gave a label wishes, beside what people do.
    func setFeedWish(_ wish: Registry.Wish, ofLabel id: Int64, leaf: Int) throws
    func setWithdrawal(_ withdrawal: LabelRecord.Withdrawal, ofLabel id: Int64, leaf: Int) throws

    /// Without reviews and wishes, which have verbs of their own.
    func insert(_ hold: Hold, leaf: Int) throws
    func append(_ review: Hold.Review, toHold id: Int64, leaf: Int) throws
    func setReleaseRequest(_ wish: Hold.Wish?, ofHold id: Int64, leaf: Int) throws
    func setRelease(_ wish: Hold.Wish, ofHold id: Int64, leaf: Int) throws

    func insert(_ retention: Retention, leaf: Int) throws
    func setEnd(_ until: Instant, ofRetention id: Int64, leaf: Int) throws

    /// Without its end, which has a verb of its own.
    func insert(_ link: PatientLink, leaf: Int) throws
    func setEnd(_ wish: Registry.Wish, ofLink id: Int64, leaf: Int) throws
    /// Gives a link other identities, when a person that it names is to be forgotten.
    func setIdentities(_ one: PatientIdentity, _ other: PatientIdentity, ofLink id: Int64) throws
    func insert(message control: String, digest: String, ofFeed feed: String, at time: Instant) throws
    func setLastSaid(_ said: Instant, feed: String, place: String, of patient: PatientIdentity) throws
    /// When something was said of patients with this folded ID is forgotten.
    func removeLastSaid(ofPatientKey key: String) throws

    func insertList(_ name: String, columns: [String]) throws
    func insert(_ row: ListRow, leaf: Int) throws
    func setRemoved(_ wish: Registry.Wish, ofListRow id: Int64, leaf: Int) throws

    func insert(_ decision: DecisionEntry, leaf: Int) throws
    func insertKeyUse(_ fingerprint: String, study: String) throws
    func setDestroyed(key fingerprint: String, leaf: Int) throws

    func insert(_ activation: Activation, leaf: Int) throws

    /// Without its end and reviews, which have verbs of their own.
    func insert(_ grant: Grant, leaf: Int) throws
    func setEnd(_ wish: Registry.Wish, ofGrant id: Int64, leaf: Int) throws
    func append(_ review: Grant.Review, toGrant id: Int64, leaf: Int) throws
    func setScope(_ scope: Scope, ofGrant id: Int64) throws
    /// Two names are one person's: all that stood for either stand for `same` now.
    func setSame(_ names: [String], as same: String) throws

    /// The next leaf, whose index is the log's size. Another writer that took the same index is not possible.
    func appendLeaf(_ leaf: EventLeaf, openings: [Opening], nodes: [TreeNode], about: Set<LeafSubject>) throws
    func removeOpenings(ofLeaf index: Int) throws
    func remove(_ subject: LeafSubject, ofLeaf index: Int) throws
    func setMeta(_ name: String, _ value: String) throws
}
