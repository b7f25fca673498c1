import DICOMCore
import DICOMFile
import RuleLanguage
import TestSupport
import Testing

@testable import RuleEngine

@Suite("Generated rule sets and instances")
struct GeneratedRunTests {
    static let seeds: [UInt64] = Array(1...120)

    @Test func `order of rules, conditions, instances, and adding twice do not matter (P4)`() throws {
        var labelled = 0, uncertain = 0
        for seed in Self.seeds {
            let run = GeneratedRun(seed: seed)
            let files = try run.instances.map { try DICOMFile(bytes: $0.file()) }
            let expected = Scene.labels(run.ruleSet, files)
            var dice = Dice(seed: seed &+ 1_000_000)

            var shuffled = run.ruleSet
            shuffled.rules = run.ruleSet.rules.map { rule in
                var rule = rule
                rule.condition = rule.condition.shuffled(&dice)
                rule.studyLabels.shuffle(using: &dice)
                rule.patientLabels.shuffle(using: &dice)
                return rule
            }.shuffled(using: &dice)
            let order = (files.indices + files.indices.filter { _ in dice.chance(50) }).shuffled(using: &dice)
            let evaluator = Evaluator(shuffled)
            var book = StudyBook(shuffled)
            for place in order { book.add(evaluator.evaluate(files[place])) }
            let resolved = book.resolve()
            let found = files.map { file in
                let evaluation = evaluator.evaluate(file)
                return resolved.labels(study: evaluation.study, patient: evaluation.patient)
            }
            #expect(found == expected, "seed \(seed)")
            labelled += expected.filter { !$0.isEmpty }.count
            uncertain += expected.filter { $0.contains { !$0.isCertain } }.count
        }
        // The generator reaches what it is for.
        #expect(labelled > 100 && uncertain > 50)
    }

    @Test func `raising the tier takes no label away, nor its certainty (P5)`() throws {
        var raised = 0
        for seed in Self.seeds {
            let run = GeneratedRun(seed: seed)
            let files = try run.instances.map { try DICOMFile(bytes: $0.file()) }
            let byTier = (1...4).map { Scene.labels(run.ruleSet, tier: $0, files) }
            for (lower, higher) in zip(byTier, byTier.dropFirst()) {
                for (few, many) in zip(lower, higher) {
                    #expect(few.set.isSubset(of: many.set), "seed \(seed)")
                    let certain = Set(few.filter(\.isCertain).map(\.label))
                    #expect(certain.isSubset(of: Set(many.filter(\.isCertain).map(\.label))), "seed \(seed)")
                    if few.set != many.set { raised += 1 }
                }
            }
        }
        #expect(raised > 50)
    }

    @Test func `a label has all its ancestors, and a reason that is told`() throws {
        for seed in Self.seeds {
            let run = GeneratedRun(seed: seed)
            let files = try run.instances.map { try DICOMFile(bytes: $0.file()) }
            for labels in Scene.labels(run.ruleSet, files) {
                for assigned in labels {
                    #expect(!assigned.reasons.isEmpty)
                    #expect(assigned.isCertain == assigned.reasons.contains(where: \.isCertain))
                    for parent in run.ruleSet.labels[assigned.label]?.parents ?? [] {
                        let found = labels.first { $0.label == parent }
                        let lifts = run.ruleSet.labels[parent]?.lifts.isEmpty == false
                        #expect(found != nil && (found?.isCertain == true || !assigned.isCertain || lifts))
                    }
                }
            }
        }
    }

    @Test func `labels are those of a reading that asks every rule of every instance anew`() throws {
        for seed in Self.seeds {
            let run = GeneratedRun(seed: seed)
            let files = try run.instances.map { try DICOMFile(bytes: $0.file()) }
            let found = Scene.labels(run.ruleSet, files).map {
                $0.map { ReferenceReading.Held($0.label, $0.isCertain) }
            }
            var reference = ReferenceReading(run.ruleSet, files)
            #expect(found == reference.labels(), "seed \(seed)")
        }
    }
}

/// The meaning of a rule set, written down as plainly as possible: no compiling, no residuals, no interning.
struct ReferenceReading {
    struct Held: Hashable {
        var label: String
        var isCertain: Bool
        init(_ label: String, _ isCertain: Bool) {
            self.label = label
            self.isCertain = isCertain
        }
    }

    let ruleSet: RuleSet
    let files: [DICOMFile]
    let keys: [Evaluation]

    init(_ ruleSet: RuleSet, _ files: [DICOMFile]) {
        self.ruleSet = ruleSet
        self.files = files
        keys = files.map { Evaluator(ruleSet).evaluate($0) }
    }

    private typealias Labels = [String: Bool]
    /// Labels that rules gave, certainly, to a study and not to a patient.
    private var ruled: [StudyKey: Set<String>] = [:]

    mutating func labels() -> [[Held]] {
        var studies: [StudyKey: Labels] = [:], patients: [PatientKey: Labels] = [:]
        for tier in 1...4 {
            enterCodes(upTo: tier - 1, &studies)
            let before = (studies, patients)
            var late: [(StudyKey, String)] = []
            for (file, key) in zip(files, keys) {
                let view = view(of: key.study, before.0, before.1)
                for rule in ruleSet.rules where rule.tier == tier {
                    let truth = truth(rule.condition, file, view)
                    guard truth != .false else { continue }
                    for label in rule.studyLabels {
                        give(label, truth == .true, &studies[key.study, default: [:]])
                        if truth == .true { late.append((key.study, label)) }
                    }
                    for label in rule.patientLabels {
                        if key.patient.id.isEmpty {
                            give(label, truth == .true, &studies[key.study, default: [:]])
                        } else {
                            give(label, truth == .true, &patients[key.patient, default: [:]])
                        }
                    }
                }
            }
            for (study, label) in late {
                var all: Labels = [:]
                give(label, true, &all)
                ruled[study, default: []].formUnion(all.keys)
            }
        }
        enterCodes(upTo: 4, &studies)
        return keys.map { key in
            view(of: key.study, studies, patients, key.patient).map { Held($0.key, $0.value) }
                .sorted { $0.label < $1.label }
        }
    }

    private func give(_ label: String, _ isCertain: Bool, upTo tier: Int = 4, _ labels: inout Labels) {
        if ruleSet.labels[label].map({ $0.tier <= tier }) ?? false {
            labels[label] = labels[label] ?? false || isCertain
        }
        for parent in ruleSet.labels[label]?.parents ?? [] { give(parent, isCertain, upTo: tier, &labels) }
    }

    /// - Parameter own: the patient of the instance that is asked about; nil for the study alone.
    private func view(
        of study: StudyKey, _ studies: [StudyKey: Labels], _ patients: [PatientKey: Labels], _ own: PatientKey? = nil
    ) -> Labels {
        var result = studies[study] ?? [:]
        let linked = Set(keys.filter { $0.study == study && !$0.patient.id.isEmpty }.map(\.patient))
        for (patient, labels) in patients {
            let isSame = linked.contains(patient)
            let mayBe = linked.contains {
                $0.id == patient.id && $0.issuer != patient.issuer && ($0.issuer.isEmpty || patient.issuer.isEmpty)
            }
            guard isSame || mayBe else { continue }
            for (label, isCertain) in labels { result[label] = result[label] ?? false || isCertain && isSame }
        }
        // What lifts others is certain by a rule about the study, or for all of its patients.
        let people = keys.filter { $0.study == study }.map(\.patient) + (own.map { [$0] } ?? [])
        for label in ruleSet.labels.values where !label.lifts.isEmpty && result[label.id] == true {
            let ofAll = people.allSatisfy { !$0.id.isEmpty && patients[$0]?[label.id] == true }
            result[label.id] = ruled[study, default: []].contains(label.id) || ofAll
        }
        return result
    }

    private func enterCodes(upTo tier: Int, _ studies: inout [StudyKey: Labels]) {
        for (file, key) in zip(files, keys) {
            guard let sequence = file.dataSet.child(.sensitiveContentCodeSequence) else { continue }
            for item in file.dataSet.children(of: sequence) {
                let code = file.dataSet.child(.codeValue, of: item).flatMap { try? file.values(of: $0).first }
                let known = ruleSet.labels.values.first { $0.code == code }?.id
                give(known ?? RuleSet.sensitive, code != nil, upTo: tier, &studies[key.study, default: [:]])
            }
        }
    }

    private func truth(_ condition: Condition, _ file: DICOMFile, _ labels: Labels) -> Truth {
        switch condition.kind {
        case .all(let parts): return parts.map { truth($0, file, labels) }.min() ?? .true
        case .any(let parts): return parts.map { truth($0, file, labels) }.max() ?? .false
        case .not(let part): return !truth(part, file, labels)
        case .labelled(let label): return labels[label].map { $0 ? .true : .unknown } ?? .false
        case .present(let reference): return presence(reference, file)
        case .absent(let reference): return !presence(reference, file)
        case .compareText(let reference, _, let texts, _):
            var result = isHidden(reference, file) ? Truth.unknown : .false
            for node in file.nodes(matching: reference.path) {
                guard let values = try? file.values(of: node) else {
                    result = result || .unknown
                    continue
                }
                if values.contains(texts[0]) { result = .true }
            }
            return result
        default: return .unknown
        }
    }

    private func presence(_ reference: AttributeReference, _ file: DICOMFile) -> Truth {
        file.nodes(matching: reference.path).isEmpty ? (isHidden(reference, file) ? .unknown : .false) : .true
    }

    /// The generator stores one sequence as bytes now and then.
    private func isHidden(_ reference: AttributeReference, _ file: DICOMFile) -> Bool {
        guard !reference.path.steps.isEmpty, let node = file.dataSet.child(DICOMCore.Tag(0x0040, 0x0275)) else {
            return false
        }
        return file.dataSet.nodes[node].kind == .element
    }
}
