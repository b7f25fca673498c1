internal import CustodyLog
internal import Deidentification
internal import DICOMCore
internal import DICOMFile
internal import Gatekeeper
internal import Host
internal import Inputs
internal import Registry
internal import RuleEngine
internal import RuleLanguage
internal import Vault

/// Known of a patient, ready to be looked for.
struct PreparedText { var identifiers: PreparedIdentifiers? }

/// Decides a study that has settled, for each audience that its instances go to, and puts what leaves into the queues.
///
/// In this order, each on the disk before the next: holds that rules want; what leaves, in the spool; the decisions, in the
/// registry; the queues. Whoever is killed in between begins again with the same result.
struct StudyDecider: Sendable {
    let setup: Setup
    let vault: Vault
    let registry: Registry
    let journal: GatewayJournal
    let spool: Spool
    let log: GatewayLog

    /// What a decision came to.
    struct Report: Sendable {
        /// The last instance that it knew of, by its number.
        var last: Int64
        var counts: [String: Int] = [:]
        var queued: Set<String> = []
        /// Studies that are to be decided anew by it.
        var raised = 0
    }

    /// How often a study is read for one decision. Each time something came to be known meanwhile; holds are placed once, and what other
    /// studies say comes to an end.
    private static let mostReadings = 20

    private var person: Person { setup.configuration.site.person }

    func decide(_ due: GatewayJournal.DueStudy) throws(GatewayError) -> Report {
        try GatewayError.wrapping("a study cannot be decided") { try run(due) }
    }

    private func run(_ due: GatewayJournal.DueStudy) throws -> Report {
        let last = try journal.lastArrival(ofStudy: due.study)
        // What was removed with permission since is nowhere to be read, and no reason to keep back the others.
        func isRemoved(_ digest: String) throws -> Bool { try registry.instance(digest)?.removed != nil }
        let all = try journal.arrivals(ofStudy: due.study)
        let arrivals = try all.filter { try !isRemoved($0.digest) }
        // What is left of them by their copies, though.
        let copied = Set(
            try journal.deliveries(ofStudy: due.study).filter { !$0.isNote && $0.state.mayBeThere }.map(\.digest))
        let removed = try all.filter { try copied.contains($0.digest) && isRemoved($0.digest) }
        let known = try journal.outcomes(ofStudy: due.study)
        let gates = try setup.gates(at: due.due, earlier: Set(known.map(\.audience)))
        var report = Report(last: last)
        var reading: StudyReading
        var readings = 0
        while true {
            readings += 1
            guard readings <= Self.mostReadings else {
                throw GatewayError(.site, "what is known of the study changed each time that it was read")
            }
            reading = try StudyReading(
                arrivals, removed: removed, study: due.study, setup: setup, gates: gates,
                access: SiteRegistry(registry, person: person, time: .now), registry: registry, vault: vault,
                journal: journal, scratch: spool.temporary, isRemoved: isRemoved)
            let wanted = reading.verdicts.wantedHolds
            // What other rules make of a hold that is new is found by reading again; none is placed twice.
            if !wanted.isEmpty,
                try SiteRegistry(registry, person: person, time: .now).place(wanted, ofRuleSet: setup.ruleSet.id) > 0
            {
                continue
            }
            // From here on whoever learns something of these patients has this study decided anew. What another study, decided
            // in the same moment, said of them before is asked once more.
            report.raised += try journal.setPatients(
                reading.patients, reading.verdicts.patientLabels, of: due.study, aliases: reading.aliases,
                isWhole: arrivals.count == all.count, at: .now)
            if try reading.isCurrent(journal, study: due.study) { break }
        }
        let contested = try journal.contested(inStudy: due.study, isRemoved: isRemoved)
        let rows = try journal.deliveries(ofStudy: due.study)
        var judge = StudyJudge(
            decider: self, study: due, reading: reading, contested: contested,
            outcomes: Dictionary(known.map { (StudyJudge.Key(digest: $0.digest, audience: $0.audience), $0) }) { $1 },
            deliveries: Dictionary(grouping: rows.filter { !$0.isNote }) {
                StudyJudge.Key(digest: $0.digest, audience: $0.audience)
            })
        judge.tellOfUnknownAudiences()
        do {
            for member in reading.members {
                try judge.judge(member, gates)
                if judge.isLarge { try judge.commit(&report) }
            }
            for removed in reading.removed {
                try judge.judge(removed, gates)
                if judge.isLarge { try judge.commit(&report) }
            }
            try judge.commit(&report)
        } catch {
            judge.abandon()
            throw error
        }
        return report
    }
}
