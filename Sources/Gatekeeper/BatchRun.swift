import Host
public import Deidentification
import DICOMCore
import Glibc
public import Inputs
import PixelCleaning
public import RuleEngine
public import RuleLanguage
import Synchronization

/// The main job: a set of inputs, an audience, an output folder. Two passes, durable, and continued where it was
/// interrupted; the same inputs, rules and key give the same output whatever the order, the jobs and the interruptions.
public struct BatchRun: Sendable {
    public struct Options: Sendable {
        public var sources: InputSources
        /// The output folder.
        public var output: String
        /// Where to write which input became which output; nil for nowhere.
        public var map: String?
        /// Where to write which patient got which pseudonym; nil for nowhere.
        public var crosswalk: String?
        /// Where to write a page with pictures of what was done to pixels; nil for nowhere.
        public var contactSheet: String?
        public var jobs: Int
        /// Threads that write large files beside the jobs, for who has processors without a job.
        package var writers = 0
        /// Decide and tell, write nothing.
        public var isDryRun = false
        /// Patient IDs may stand in records and in the summary.
        public var showsValues = false
        /// The time of decision, a DT; nil for that of the first start.
        public var time: String?
        /// The clock's time, for a first start.
        public var now: String

        public init(sources: InputSources, output: String, map: String? = nil, jobs: Int, now: String) {
            self.sources = sources
            self.output = output
            self.map = map
            self.jobs = jobs
            self.now = now
        }
    }

    public struct Report: Sendable {
        public var summary: Summary
        /// Outputs that were there already and were left untouched.
        public var keptCount: Int
        /// Copies of an earlier run that what came since has withdrawn.
        public var withdrawnCount: Int
        /// Whether anything in OUT changed.
        public var isChanged: Bool
        /// The signal that ended the run early. The same command goes on; the summary is empty.
        public var signal: Int32?
    }

    /// Of cordon (semver.org). A run goes on only with the version that began it.
    public static let version = "0.1.0"

    private let ruleSet: RuleSet
    private let audience: Audience
    private let key: DeidentificationKey?
    private let registry: (any RegistryAccess)?
    private let signatures: (any SignatureKnowledge)?
    private let prepared: Evaluator?
    private let options: Options

    /// - Parameters:
    ///   - ruleSet: with the tier that counts.
    ///   - key: needed when the audience gets anything de-identified.
    ///   - registry: needed when the rule set asks it for anything.
    ///   - signatures: looks at digital signatures when rules ask for them; nil leaves them unknown.
    ///   - evaluator: of the rule set and the signatures, for who makes many runs and this once; nil makes one.
    public init(
        ruleSet: RuleSet, audience: String, key: DeidentificationKey?, registry: (any RegistryAccess)? = nil,
        signatures: (any SignatureKnowledge)? = nil, evaluator: Evaluator? = nil, options: Options
    ) throws(RunError) {
        if registry == nil, let need = ruleSet.needOfRegistry {
            throw RunError(
                .arguments, "the rule set needs a registry: \(need) is there; give `--registry DIR`")
        }
        guard let found = ruleSet.audiences[audience] else {
            let names = ruleSet.audiences.keys.sorted().map { "`\($0)`" }.joined(separator: ", ")
            throw RunError(.arguments, "the rule set has no audience `\(audience)`; it has \(names)")
        }
        self.ruleSet = ruleSet
        self.audience = found
        // A key that nothing is made with does not distinguish runs.
        self.key = Gate.profiles(of: found).isEmpty ? nil : key
        self.registry = registry
        self.signatures = signatures
        prepared = evaluator
        self.options = options
        // Who makes many runs has asked once.
        if evaluator != nil { return }
        // What was begun goes on at its own time, also when a certificate has run out since.
        let time = options.time ?? RunIdentity.time(in: options.output) ?? options.now
        _ = try Gate(ruleSet: ruleSet, audience: found, key: self.key, time: time)
    }

    public func run(progress: Progress) throws(RunError) -> Report {
        let place = try OutputFolder.place(of: options.output)
        let collected = try InputCollector.collect(options.sources, output: place)
        func identifying(_ path: String?, _ what: String, _ beginning: [UInt8]) throws(RunError) -> IdentifyingFile? {
            guard let path else { return nil }
            return try IdentifyingFile(path, what, beginning: beginning, inputs: collected, output: place.path)
        }
        let map = try identifying(options.map, "map", MapFile.header)
        let crosswalk = try identifying(options.crosswalk, "crosswalk", CrosswalkFile.header)
        let sheet = try identifying(options.contactSheet, "contact sheet", ContactSheet.beginning)
        if options.isDryRun { return try dryRun(collected, progress) }
        let folder = try OutputFolder(options.output)
        try folder.clean()
        let identity = try claim(folder)
        let journal = try Journal(folder.journalPath)
        let keys = InputKeys(of: collected.names, secret: secret(identity))
        let strangers = try folder.count { !journal.knows($0) }
        guard strangers == 0, !journal.isEmpty || FileSystem.status(folder.decisionsPath) == nil else {
            throw RunError(
                .arguments,
                "the journal of OUT does not know all that is in OUT (files: \(strangers)): it is damaged, or somebody "
                    + "put them there; take away what is not of cordon, or run again with another output folder")
        }
        let plan = try Plan(collected.names, keys, journal, folder)
        let gate = try Gate(ruleSet: ruleSet, audience: audience, key: key, time: identity.time)
            .spilling(to: folder.temporaryFolder)
        let evaluator = prepared ?? Evaluator(ruleSet, signatures: signatures)
        let first = FirstPass(
            names: collected.names, keys: keys, evaluator: evaluator, registry: registry, gate: gate, journal: journal,
            scratch: folder.temporaryFolder, readsPeople: gate.deidentifies)
        var result = try read(first, placing: registry, progress)
        if let signal = StopSignal.number { return interrupted(signal, progress) }
        guard result.changedCount == 0 else {
            throw RunError(
                .arguments,
                "inputs that are not what they were when OUT was begun: \(result.changedCount); "
                    + "put them back, or run again with another output folder")
        }
        guard result.lostCount == 0 else {
            throw RunError(
                .arguments,
                "inputs that were read before and cannot be read now: \(result.lostCount); "
                    + "mend that and run the same command again, or name another output folder")
        }
        try result.people.settle(&result.facts, result.verdicts, gate)
        result.faces = try FaceSurvey(names: collected.names, gate: gate, scratch: folder.temporaryFolder)
            .run(&result, jobs: options.jobs, progress: progress)
        if let signal = StopSignal.number { return interrupted(signal, progress) }
        try settleNames(&result, collected.names, keys, gate, journal, scratch: folder.temporaryFolder)
        if let signal = StopSignal.number { return interrupted(signal, progress) }
        let ledger = Ledger()
        let todo = try plan.todo(result, gate, ledger)
        var isChanged = false
        if !todo.isEmpty {
            isChanged = true
            try plan.begin(todo, result.facts)
            progress.begin("writing", total: todo.count)
            let second = SecondPass(
                names: collected.names, facts: result.facts, verdicts: result.verdicts, gate: gate, keys: keys,
                evaluator: evaluator, registry: registry, faces: result.faces, scratch: folder.temporaryFolder,
                writers: options.writers, context: context(identity),
                target: .init(folder: folder, journal: journal, ledger: ledger))
            try second.run(todo, jobs: options.jobs, progress: progress)
            if let signal = StopSignal.number { return interrupted(signal, progress) }
        }
        let withdrawn = try withdraw(folder, journal, ledger)
        let records = Records(
            names: collected.names, result: result, gate: gate, keys: keys, journal: journal,
            context: .init(identity: identity, showsValues: options.showsValues))
        let (summary, closing) = try records.write(
            to: folder, special: collected.specialCount, map: map, crosswalk: crosswalk, sheet: sheet)
        progress.end()
        return Report(
            summary: summary, keptCount: plan.count(result) - todo.count,
            withdrawnCount: withdrawn, isChanged: isChanged || withdrawn > 0 || closing, signal: nil)
    }

    /// Reads all headers. Holds that rules want are placed before anything is copied; what other rules make of them is
    /// found by reading again, which ends: each time a hold is new, and none is placed twice.
    ///
    /// - Parameter placing: nil in a run that changes nothing.
    private func read(
        _ pass: FirstPass, placing registry: (any RegistryAccess)?, _ progress: Progress
    ) throws(RunError) -> FirstPass.Result {
        while true {
            progress.begin("reading", total: pass.names.count)
            let result = try pass.run(jobs: options.jobs, book: StudyBook(ruleSet), progress: progress)
            guard StopSignal.number == nil, let registry else { return result }
            let wanted = result.verdicts.wantedHolds
            guard !wanted.isEmpty, try registry.place(wanted, ofRuleSet: ruleSet.id) > 0 else {
                registry.found(result.verdicts.patientLabels)
                return result
            }
        }
    }

    private func context(_ identity: RunIdentity) -> RecordedDecision.Context {
        RecordedDecision.Context(
            audience: identity.audience, ruleSet: identity.ruleSetID, revision: identity.revision,
            ruleSetDigest: identity.ruleSetDigest, tier: identity.tier)
    }

    private func interrupted(_ signal: Int32, _ progress: Progress) -> Report {
        progress.end()
        return Report(summary: Summary(), keptCount: 0, withdrawnCount: 0, isChanged: true, signal: signal)
    }

    /// Writes into OUT what its content depends on, or compares it with what is there.
    private func claim(_ folder: OutputFolder) throws(RunError) -> RunIdentity {
        var identity = try self.identity
        let present = try RunError.wrapping("OUT cannot be read") { try FileSystem.contents(folder.identityPath) }
        if let present {
            let text = String(decoding: present, as: UTF8.self)
            if let difference = try identity.difference(from: text, usesRecordedTime: options.time == nil) {
                throw RunError(
                    .arguments,
                    "OUT was begun by a run that differs in: \(difference); name another output folder, or do as before"
                )
            }
            return identity
        }
        guard FileSystem.status(folder.journalPath).map({ $0.st_size == 0 }) ?? true else {
            throw RunError(
                .arguments,
                "OUT does not say which run made it (`.cordon/run` is gone); run again with another output folder")
        }
        try RunError.wrapping("OUT cannot be written to") {
            try FileSystem.makeFolder(folder.temporaryFolder, mode: 0o700)
            var file = try DurableFile(temporaryPath: "\(folder.temporaryFolder)/run", mode: 0o600)
            try file.write(identity.text)
            _ = try file.finish()
            try FileSystem.rename(file.temporaryPath, to: folder.identityPath)
            try folder.prepare()
        }
        return identity
    }

    private var identity: RunIdentity {
        get throws(RunError) {
            RunIdentity(
                ruleSetID: ruleSet.id, revision: ruleSet.revision, ruleSetDigest: ruleSet.digest,
                audience: audience.id, tier: ruleSet.tier, keyFingerprint: key?.fingerprint,
                hasRegistry: registry != nil, recognition: try Self.recognition(for: audience, in: ruleSet),
                codecs: try Self.codecs(for: audience, in: ruleSet), time: options.time ?? options.now)
        }
    }

    /// What reads text in pixels, where a profile of the audience has any read. Where it is not installed every such instance
    /// is sequestered, and that is another run than one in which it is.
    ///
    /// - Throws: `arguments` where it is there and does not say what it is: what it read would be by nobody knows what.
    package static func recognition(for audience: Audience, in ruleSet: RuleSet) throws(RunError) -> String? {
        let profiles = Gate.profiles(of: audience).compactMap { ruleSet.profiles[$0] }
        guard profiles.contains(where: \.pixels.readsText) else { return nil }
        return try words(of: "`cordon-ocr`, which reads text in pixels,") { () throws(WorkerError) in
            try TextRecognition.installed.version()
        }
    }

    /// What decodes and codes frames, where a profile of the audience has pixels changed; as of `recognition`.
    package static func codecs(for audience: Audience, in ruleSet: RuleSet) throws(RunError) -> String? {
        let profiles = Gate.profiles(of: audience).compactMap { ruleSet.profiles[$0] }
        guard profiles.contains(where: { !$0.pixels.isEmpty }) else { return nil }
        return try words(of: "`cordon-codec`, which decodes frames,") { () throws(WorkerError) in
            try PixelCodecs.installed.version()
        }
    }

    private static func words(
        of what: String, _ ask: () throws(WorkerError) -> String
    ) throws(RunError) -> String {
        do throws(WorkerError) {
            return try ask()
        } catch {
            guard error.code == .notInstalled else {
                throw RunError(.arguments, "\(what) does not say what it is: \(error.reason); see that it runs")
            }
            return "not installed"
        }
    }

    /// What names of inputs are hashed with: from the site's key where there is one, so that nobody can try names. Else
    /// OUT holds the patient's name anyway.
    private func secret(_ identity: RunIdentity) -> [UInt8] {
        key?.inputNameSecret ?? Array("\(identity.ruleSetDigest) \(identity.audience)".utf8)
    }

    private func settleNames(
        _ result: inout FirstPass.Result, _ names: InputNames, _ keys: InputKeys, _ gate: Gate, _ journal: Journal,
        scratch: String
    ) throws(RunError) {
        var cache = VerdictCache(result.verdicts, gate: gate)
        try Naming.settle(&result.facts, jobs: options.jobs) { facts throws(RunError) in
            try cache.verdict(facts.verdict).decision.disposition != .sequester
        } digest: { index in
            if let outcome = try? journal.outcome(of: keys[index]),
                let input = outcome.input
            {
                return input
            }
            return try? InputReader(scratch: scratch).open(names[index], whole: false).digest()
        }
    }

    /// Takes out of OUT what no record points to any more: a study was raised, or a name was contested, by an input that
    /// came later. What takes its place is on disk by now.
    private func withdraw(_ folder: OutputFolder, _ journal: Journal, _ ledger: Ledger) throws(RunError) -> Int {
        let paths = try journal.paths(except: ledger.isLive)
        guard !paths.isEmpty else { return 0 }
        try RunError.wrapping("a file that is withdrawn cannot be removed from OUT") {
            for path in paths {
                if path.hasPrefix(SequesteredName.root) { try folder.withdraw(path + ".reason.json") }
                try folder.withdraw(path)
            }
        }
        try journal.append(paths.map { .withdrawn($0) })
        return paths.count
    }

    private func dryRun(
        _ collected: InputCollector.Collected, _ progress: Progress
    ) throws(RunError) -> Report {
        let identity = try self.identity
        let names = collected.names, keys = InputKeys(of: names, secret: secret(identity), isReady: false)
        let gate = try Gate(ruleSet: ruleSet, audience: audience, key: key, time: identity.time)
        let evaluator = Evaluator(ruleSet, signatures: signatures), scratch = Scratch.folder
        let first = FirstPass(
            names: names, keys: keys, evaluator: evaluator, registry: registry, gate: gate, journal: nil,
            scratch: scratch, readsPeople: gate.deidentifies, isFollowed: false)
        var result = try read(first, placing: nil, progress)
        if let signal = StopSignal.number { return interrupted(signal, progress) }
        try result.people.settle(&result.facts, result.verdicts, gate)
        result.faces = try FaceSurvey(names: names, gate: gate, scratch: scratch)
            .run(&result, jobs: options.jobs, progress: progress)
        if let signal = StopSignal.number { return interrupted(signal, progress) }
        // What leaves as it is, or stays, is known by now. Whether the rest can be edited is not.
        var cache = VerdictCache(result.verdicts, gate: gate)
        var todo: [Int] = []
        let outcomes = Outcomes()
        for (index, facts) in result.facts.enumerated() where facts.isRecorded {
            if try outcome(of: facts, index, &cache) == nil { todo.append(index) }
        }
        progress.begin("deciding", total: todo.count)
        let second = SecondPass(
            names: names, facts: result.facts, verdicts: result.verdicts, gate: gate, keys: keys, evaluator: evaluator,
            registry: registry, faces: result.faces, scratch: scratch, context: context(identity), target: nil)
        try second.run(todo, jobs: options.jobs, progress: progress) { outcomes.add($1, at: $0) }
        if let signal = StopSignal.number { return interrupted(signal, progress) }
        progress.end()
        var builder = Summary.Builder(showsValues: options.showsValues)
        builder.addSpecial(collected.specialCount)
        for (index, facts) in result.facts.enumerated() {
            builder.count(facts)
            guard let outcome = try self.outcome(of: facts, index, &cache) ?? outcomes[index] else { continue }
            let isInstance = facts.kind == .instance
            builder.add(
                outcome, isInstance ? try cache.verdict(facts.verdict) : nil,
                isInstance ? result.verdicts.groups[Int(facts.verdict)] : nil,
                modalities: isInstance ? result.modalities[facts.verdict] ?? [] : [], isDuplicate: false)
        }
        return Report(summary: builder.finish(), keptCount: 0, withdrawnCount: 0, isChanged: false, signal: nil)
    }

    /// What becomes of an input, where reading it once has told; nil where it is to be read again.
    private func outcome(
        of facts: InputFacts, _ index: Int, _ cache: inout VerdictCache
    ) throws(RunError) -> Outcome? {
        let key = InputKey(high: 0, low: UInt64(index))
        if let settled = facts.settled(key) { return settled }
        guard facts.kind == .instance, !facts.sharesPseudonym else { return nil }
        switch try cache.verdict(facts.verdict).decision.disposition {
        case .release: return Outcome(key: key, result: .release)
        case .sequester: return Outcome(key: key, result: .sequester)
        case .flag, .deidentify: return nil
        }
    }

    private final class Outcomes: Sendable {
        private let outcomes = Mutex<[Int: Outcome]>([:])
        func add(_ outcome: Outcome, at index: Int) { outcomes.withLock { $0[index] = outcome } }
        subscript(_ index: Int) -> Outcome? { outcomes.withLock { $0[index] } }
    }
}
