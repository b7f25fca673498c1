import CustodyLog
import Foundation
import Gatekeeper
public import Host
public import Inputs
public import Registry
public import RuleLanguage
import Synchronization

/// Publishes what workers made: each study whole, if what the registry knows of it now is what it was when it was decided. What is not
/// so stays, and is named. It goes on where it was interrupted, and changes nothing that it published before.
public struct BatchRelease: Sendable {
    public struct Setting: Sendable {
        /// With the lists of the snapshot, so that it is the one that decided.
        public var ruleSet: RuleSet
        public var snapshot: WorkerSnapshot?
        public var registry: Registry
        public var person: Person
        public var time: Instant
        /// Of the basis that is published, where the store has items of several.
        public var basis: String?
        /// Items that are meant, by input digest, each with what the scheduler called it; nil for all.
        public var items: [String: String]?
        public var jobs: Int

        public init(
            ruleSet: RuleSet, snapshot: WorkerSnapshot?, registry: Registry, person: Person, time: Instant,
            basis: String? = nil, items: [String: String]? = nil, jobs: Int = 1
        ) {
            self.ruleSet = ruleSet
            self.snapshot = snapshot
            self.registry = registry
            self.person = person
            self.time = time
            self.basis = basis
            self.items = items
            self.jobs = jobs
        }
    }

    public struct Report: Hashable, Sendable {
        public var items = 0
        /// Studies that left now; that had left before; that stay.
        public var published = 0
        public var present = 0
        public var withheld = 0
        /// Items that could not be looked at, or are missing.
        public var failed = 0
        /// Instances that the rules sequestered; they stay with their items.
        public var sequestered = 0
        public var signal: Int32?
    }

    private let setting: Setting
    private let store: BatchStore
    private let place: PublishedPlace

    /// - Parameter destination: the folder into which studies go, which is made.
    public init(_ setting: Setting, store: BatchStore, destination: String) throws(RunError) {
        self.setting = setting
        self.store = store
        place = try PublishedPlace(destination, store: store)
    }

    /// - Parameter tell: gets a line for each item, on one thread at a time.
    public func run(tell: @escaping @Sendable (JSON) -> Void) throws(RunError) -> Report {
        let (items, missing) = try chosen()
        let lists = try Self.asking {
            try ChangedLists(
                setting.ruleSet.askedLists, old: setting.snapshot?.registry, new: setting.registry)
        }
        var survey = BatchSurvey()
        var broken: [Int: ItemError] = [:]
        for (number, item) in items.enumerated() {
            if StopSignal.number != nil { break }
            do {
                try survey.add(number, item, in: store)
            } catch let error as ItemError {
                broken[number] = error
            } catch {
                broken[number] = ItemError("the item cannot be read", mayPass: true)
            }
        }
        let state = Mutex(Report())
        let shared = Shared(report: state, tell: tell)
        for digest in missing { shared.add(.failed(ItemError("no worker has done the item")), digest, label(digest)) }
        // First all that rules hold: a hold of one study may be about another.
        if StopSignal.number == nil {
            try Self.asking {
                for order in survey.holds {
                    _ = try setting.registry.placement(of: order, by: setting.person, at: setting.time)
                }
            }
        }
        let chunks = Workers.Chunks(count: items.count, size: 1)
        let (finalSurvey, finalBroken) = (survey, broken)
        Workers.run(
            setting.jobs, tick: {},
            { _ in
                while let range = chunks.take() {
                    for number in range {
                        if StopSignal.number != nil || shared.error != nil { return }
                        let item = items[number]
                        if let error = finalBroken[number] {
                            shared.add(.failed(error), item.inputDigest, self.label(item.inputDigest))
                            continue
                        }
                        do throws(RunError) {
                            let objections = finalSurvey.objections(to: number)
                            let end = try self.publish(item, objections, items, lists)
                            shared.add(end, item.inputDigest, self.label(item.inputDigest))
                        } catch {
                            shared.fail(error)
                        }
                    }
                }
            })
        if let error = shared.error { throw error }
        var report = shared.report
        report.signal = StopSignal.number
        return report
    }

    private func label(_ inputDigest: String) -> String? { setting.items?[inputDigest] }

    /// The items of the basis that is meant, and digests of those that are meant and are not there.
    private func chosen() throws(RunError) -> (items: [FinishedItem], missing: [String]) {
        var items: [FinishedItem] = []
        for name in try store.names() {
            guard let item = try store.finished(at: name) else {
                throw RunError(.arguments, "`\(name)` in OUT has no `item.json`, and no worker made it; take it away")
            }
            guard setting.basis.map({ item.basis.digest == $0 }) ?? true else { continue }
            guard setting.items.map({ $0[item.inputDigest] != nil }) ?? true else { continue }
            items.append(item)
        }
        let bases = Set(items.map(\.basis))
        guard bases.count <= 1 else {
            let names = bases.map { "\($0.digest) (\($0.audience), \($0.time))" }.sorted().joined(separator: ", ")
            throw RunError(.arguments, "OUT has items of several bases; say which with `--basis`: \(names)")
        }
        if let basis = bases.first {
            guard basis.ruleSetDigest == setting.ruleSet.digest else {
                throw RunError(
                    .arguments,
                    "the rule set is another than the one that decided, or its lists are; give that one, and the snapshot"
                )
            }
            guard basis.snapshotDigest == setting.snapshot?.digest else {
                throw RunError(
                    .arguments,
                    basis.snapshotDigest.map {
                        "the batch was decided by the snapshot \($0); give it with `--snapshot`"
                    }
                        ?? "the batch was decided without a snapshot; leave out `--snapshot`")
            }
        }
        let found = Set(items.map(\.inputDigest))
        return (items, (setting.items.map { Array($0.keys) } ?? []).filter { !found.contains($0) }.sorted())
    }

    // MARK: One item

    private func publish(
        _ item: FinishedItem, _ objections: [BatchSurvey.Objection], _ items: [FinishedItem], _ lists: ChangedLists
    ) throws(RunError) -> ItemEnd {
        do {
            return try publishing(item, objections, items, lists)
        } catch let error as RunError {
            throw error
        } catch let error as ItemError {
            return .failed(error)
        } catch let error as RegistryError {
            throw RunError(error.code == .invalid ? .arguments : .output, "the registry: \(error)")
        } catch let error as SystemError {
            throw .output(error, "a study cannot be published")
        } catch {
            throw RunError(.inconsistent, "a study could not be published for an unknown reason; please report this")
        }
    }

    private func publishing(
        _ item: FinishedItem, _ objections: [BatchSurvey.Objection], _ items: [FinishedItem], _ lists: ChangedLists
    ) throws -> ItemEnd {
        let folder = ItemFolder(path: "\(store.path)/\(item.name)")
        var byOutput: [String: [RecordedInstanceDecision]] = [:]
        var sequestered: [RecordedInstanceDecision] = []
        try ItemRecordReader(item, in: store).forEach { line in
            guard case .instance(let decision) = line else { return }
            if decision.leaves, let output = decision.output {
                byOutput[output, default: []].append(decision)
            } else {
                sequestered.append(decision)
            }
        }
        var studies = ItemStudies()
        studies.sequestered = sequestered.count
        var told = sequestered
        // All of the item is looked at before any of it leaves.
        let ready = try Self.ready(folder)
        guard Set(ready.flatMap { $0.files.map(\.digest) }) == Set(byOutput.keys) else {
            throw ItemError("files of the item are not those that were written; take it away, and make it again")
        }
        for staged in ready {
            if StopSignal.number != nil { throw ItemError("the release was told to stop", mayPass: true) }
            let decisions = Set(staged.files.map(\.digest)).sorted().flatMap { byOutput[$0] ?? [] }
            switch try place.find(staged) {
            case .same:
                studies.present += 1
                told += decisions
                continue
            case .other:
                studies.withhold(["the study was published before, with other bytes; recall that first"])
                continue
            case .absent: break
            }
            if !objections.isEmpty {
                studies.withhold(objections.map { words($0, items) })
                continue
            }
            let changed = Set(decisions.flatMap { lists.lists(about: $0.instance(seen: setting.time)) })
            guard changed.isEmpty else {
                studies.withhold(changed.sorted().map { "the list `\($0)` says something else of it now" })
                continue
            }
            let leave = try setting.registry.leave(
                for: decisions.map {
                    LeavingInstance(
                        instance: $0.instance(seen: setting.time), known: $0.known, output: $0.output ?? "", key: $0.key
                    )
                }, audience: item.basis.audience,
                facts: [
                    ("item", item.inputDigest), ("basis", item.basis.digest),
                    ("rule-set-digest", item.basis.ruleSetDigest),
                ] + (item.basis.snapshotDigest.map { [("snapshot", $0)] } ?? []), by: setting.person,
                // Not when the release began, which may be hours ago.
                at: max(setting.time, .now))
            switch leave {
            case .withheld(let appeared, let gone):
                studies.withhold(appeared.map { "now: \($0)" } + gone.map { "no longer: \($0)" })
            case .given:
                try place.publish(staged)
                studies.published += 1
                told += decisions
            }
        }
        try record(told, item)
        return .studies(studies)
    }

    /// The studies of an item, with the digests of their files. What cannot be read is the item's own fault, and no other's.
    private static func ready(_ folder: ItemFolder) throws -> [StagedStudy] {
        do {
            return try folder.studies().map { study in
                if StopSignal.number != nil { throw ItemError("the release was told to stop", mayPass: true) }
                return try StagedStudy(of: study, in: folder)
            }
        } catch let error as SystemError {
            throw ItemError("the files of the item cannot be read: \(error)", mayPass: true)
        }
    }

    /// What was seen and what was decided; what is written down already, once.
    private func record(_ decisions: [RecordedInstanceDecision], _ item: FinishedItem) throws {
        let basis = item.basis
        for start in stride(from: 0, to: decisions.count, by: 500) {
            let part = decisions[start..<min(start + 500, decisions.count)]
            try setting.registry.see(part.map { $0.instance(seen: setting.time) }, by: setting.person)
            try setting.registry.record(
                part.map {
                    DecisionEntry(
                        instance: $0.digest, audience: basis.audience, disposition: $0.disposition, profile: $0.profile,
                        ruleSet: basis.ruleSetID, revision: Int64(basis.revision) ?? 0,
                        ruleSetDigest: basis.ruleSetDigest, tier: basis.tier, key: $0.key, explanation: $0.explanation,
                        output: $0.output, time: setting.time, author: setting.person)
                }, once: true)
        }
    }

    private func words(_ objection: BatchSurvey.Objection, _ items: [FinishedItem]) -> String {
        switch objection {
        case .labelsElsewhere(let numbers):
            let names = numbers.prefix(10).map { number in
                let digest = items[number].inputDigest
                return label(digest).flatMap { $0.isEmpty ? nil : $0 } ?? String(digest.prefix(16))
            }
            return "rules labelled a patient of it in other items, of which it knew nothing; give these as one item: "
                + names.joined(separator: ", ") + (numbers.count > 10 ? ", …" : "")
        case .sharedPseudonym: return "another patient of the batch has the same pseudonym"
        }
    }

    private static func asking<Result>(_ body: () throws -> Result) throws(RunError) -> Result {
        do {
            return try body()
        } catch let error as RegistryError {
            throw RunError(error.code == .invalid ? .arguments : .output, "the registry: \(error)")
        } catch {
            throw RunError(.inconsistent, "the registry failed in an unknown way; please report this")
        }
    }

    /// What threads add to.
    private final class Shared: Sendable {
        private let state: Mutex<Report>
        private let failure = Mutex<RunError?>(nil)
        private let mouth: Mutex<@Sendable (JSON) -> Void>

        init(report: consuming Mutex<Report>, tell: @escaping @Sendable (JSON) -> Void) {
            state = report
            mouth = Mutex(tell)
        }

        var report: Report { state.withLock { $0 } }
        var error: RunError? { failure.withLock { $0 } }
        func fail(_ error: RunError) { failure.withLock { $0 = $0 ?? error } }

        func add(_ end: ItemEnd, _ inputDigest: String, _ id: String?) {
            state.withLock { report in
                report.items += 1
                switch end {
                case .failed: report.failed += 1
                case .studies(let studies):
                    report.published += studies.published
                    report.present += studies.present
                    report.withheld += studies.withheld
                    report.sequestered += studies.sequestered
                }
            }
            mouth.withLock { $0(end.json(inputDigest, id)) }
        }
    }
}
