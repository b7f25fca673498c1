import Host
import DICOMCore
import DICOMEncoding
import DICOMFile
public import Inputs
public import RuleEngine
public import RuleLanguage

/// The studies that are in some inputs, with their labels, from the same reading that a run does: for explanations.
public struct StudyReading: Sendable {
    public struct Study: Sendable {
        /// From 1, in the order of the inputs.
        public var number: Int
        public var instanceCount: Int
        public var modalities: [String]
        public var labels: [AssignedLabel]
        /// Patient ID and Study Instance UID; nil unless values are shown.
        public var patientID: String?
        public var studyInstanceUID: String?
        /// By the attribute as evidence names it: the first few values that stand there. Empty unless values are shown.
        public var values: [String: [String]]
        /// What was to be told of its instances; those of which the same is told are one entry.
        public var instances: [StudyTracing.Instances] = []
    }

    public var studies: [Study] = []
    /// Of inputs that are DICOM and cannot be read to their end: they would be sequestered.
    public var unreadable: [String] = []
    /// Of inputs that cannot be had at all, or not a second time where instances are traced.
    public var refused: [String] = []
    public var notDICOMCount = 0

    /// - Parameters:
    ///   - showsValues: patient data may be shown.
    ///   - tracing: what is to be told of each instance; nil for nothing.
    public init(
        _ sources: InputSources, ruleSet: RuleSet, registry: (any RegistryAccess)? = nil,
        signatures: (any SignatureKnowledge)? = nil, showsValues: Bool, tracing: StudyTracing? = nil
    ) throws(RunError) {
        let names = try InputCollector.collect(sources, output: nil).names
        let reader = InputReader(scratch: Scratch.folder), evaluator = Evaluator(ruleSet, signatures: signatures)
        var book = StudyBook(ruleSet)
        var members: [(group: Verdicts.Group, indices: [Int], modalities: Set<String>)] = []
        var numbers: [Verdicts.Group: Int] = [:]
        for index in 0..<names.count {
            let input: OpenedInput
            do throws(InputReader.ReadError) {
                if let refusal = names.refusal(of: index) { throw .refused(refusal) }
                input = try reader.open(names[index], whole: false)
            } catch {
                switch error {
                case .refused(let refusal): refused.append(refusal.description)
                case .special: refused.append("it is no file")
                case .scratch(let error): throw .output(error, "an entry of an archive cannot be unpacked")
                }
                continue
            }
            let key = InputKey(high: 0, low: UInt64(index))
            switch try InstanceReading(input, name: names[index], key: key, evaluator: evaluator, registry: registry) {
            case .notDICOM: notDICOMCount += 1
            case .unreadable(let error, let beginning):
                unreadable.append("\(error)")
                if let beginning { book.add(beginning) }
            case .instance(let file, let evaluation):
                book.add(evaluation)
                let group = Verdicts.Group(study: evaluation.study, patient: evaluation.patient)
                let number = numbers[group] ?? members.count
                if number == members.count {
                    numbers[group] = number
                    members.append((group, [], []))
                }
                members[number].indices.append(index)
                if let modality = Modality.shown(file.text(.modality)) { members[number].modalities.insert(modality) }
            }
        }
        let resolved = book.resolve()
        let tracer = tracing.map { InstanceTracer($0, ruleSet, evaluator, registry, signatures) }
        for (number, member) in members.enumerated() {
            let labels = resolved.labels(study: member.group.study, patient: member.group.patient)
            var values: [String: [String]] = [:]
            if showsValues {
                let attributes = Set(labels.flatMap(\.reasons).flatMap(\.evidence).map(\.attribute))
                values = Self.values(of: attributes, in: member.indices.map { names[$0] }, reader)
            }
            var instances: [StudyTracing.Instances] = []
            if let tracer {
                let known = member.indices.prefix(StudyTracing.limit)
                var files: [DICOMFile] = []
                for index in known {
                    do {
                        files.append(try reader.open(names[index], whole: false).file())
                    } catch {
                        // It was read a moment ago; what is told of the study is not told of it.
                        refused.append("an instance of study \(number + 1) cannot be read again: nothing is told of it")
                    }
                }
                instances = try tracer.instances(
                    files,
                    evaluation: { file throws(RunError) in
                        var evaluation = evaluator.evaluate(file, known: try registry?.knowledge(of: file))
                        // As it was entered: an instance without a study is one of its own.
                        evaluation.study = member.group.study
                        return evaluation
                    }, book: book, labels: labels)
            }
            studies.append(
                Study(
                    number: number + 1, instanceCount: member.indices.count, modalities: member.modalities.sorted(),
                    labels: labels,
                    patientID: showsValues ? member.group.patient.id : nil,
                    studyInstanceUID: showsValues ? member.group.study.uid : nil, values: values,
                    instances: instances))
        }
    }

    /// Values of one attribute that are shown.
    private static let valueLimit = 5

    private static func values(
        of attributes: Set<String>, in names: [InputName], _ reader: InputReader
    ) -> [String: [String]] {
        var values: [String: [String]] = [:]
        let patterns = attributes.sorted().compactMap { text in PathPattern(evidence: text).map { (text, $0) } }
        guard !patterns.isEmpty else { return [:] }
        for name in names {
            guard let file = try? reader.open(name, whole: false).file() else { continue }
            for (text, pattern) in patterns {
                for node in file.nodes(matching: pattern) {
                    for value in (try? file.values(of: node)) ?? [] {
                        let known = values[text, default: []]
                        if known.count < valueLimit, !known.contains(value) { values[text] = known + [value] }
                    }
                }
            }
        }
        return values
    }
}

extension PathPattern {
    /// Reads a place as evidence names it: `(0010,0020)`, `(0040,0275)/1/(0008,0050)`. Nil for what is no attribute.
    init?(evidence text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count % 2 == 1, let last = parts.last, let tag = Tag(last) else { return nil }
        var steps: [Step] = []
        for index in stride(from: 0, to: parts.count - 1, by: 2) {
            guard let sequence = Tag(parts[index]), let item = Int(parts[index + 1]) else { return nil }
            steps.append(.sequence(.standard(sequence), item: item))
        }
        self.init(steps: steps, element: .standard(tag))
    }
}
