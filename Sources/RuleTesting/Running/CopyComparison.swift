import DICOMCore
import DICOMFile
import Deidentification
import RuleEngine
import RuleLanguage

/// What an audience gets, beside what came in.
struct CopyComparison {
    let trial: Trial
    let instance: Int
    let expectation: Expectation
    private var original: DICOMFile { trial.instances[instance].file }

    init(trial: Trial, instance: Int, expectation: Expectation) {
        self.trial = trial
        self.instance = instance
        self.expectation = expectation
    }

    func failures(_ expected: ExpectedCopy) -> [TestFailure] {
        let who = "a copy \(expected.target.words)\(trial.words(for: instance))"
        let copy: DICOMFile
        switch passage(expected.target) {
        case .copy(let file): copy = file
        case .refused(let reason):
            if let refusal = expected.refusal, refusal.isFound(in: reason) { return [] }
            let what = expected.refusal.map { "no copy, because of `\($0.source)`" } ?? who
            return [trial.failure(expectation.location, expected: what, came: "none: \(reason)")]
        }
        if let refusal = expected.refusal {
            return [
                trial.failure(
                    expectation.location, expected: "no copy, because of `\(refusal.source)`", came: "one")
            ]
        }
        var failures: [TestFailure] = []
        var named: Set<PathPattern> = []
        for part in expected.parts {
            for (text, path) in part.paths {
                named.insert(path)
                if let problem = problem(part.outcome, text, path, copy) {
                    failures.append(trial.failure(part.location, expected: problem.0, came: problem.1))
                }
            }
        }
        if expected.keepsOthers, let problem = others(than: named, copy) {
            failures.append(
                trial.failure(expectation.location, expected: "everything else to stay", came: problem))
        }
        return failures
    }

    // MARK: - The copy

    enum Passage {
        case copy(DICOMFile)
        case refused(String)
    }

    func passage(_ target: ExpectedCopy.Target) -> Passage {
        guard !trial.instances[instance].isCutOff else { return .refused("the file ends before its end") }
        do {
            switch target {
            case .audience(let audience): return try passage(for: audience)
            case .profile(let profile): return try deidentified(by: profile)
            }
        } catch {
            return .refused("the edits do not fit the data set: \(error)")
        }
    }

    /// What leaves for an audience.
    private func passage(for audience: String) throws -> Passage {
        guard let decision = trial.decision(audience, instance) else { return .refused("there is no such audience") }
        switch decision.disposition {
        case .sequester: return .refused("it is sequestered")
        case .release: return .copy(original)
        case .flag:
            let edits =
                decision.carriesLabels
                ? Carrier.edits(
                    for: decision, in: original, ruleSet: trial.bench.ruleSet, time: trial.test.time) : []
            return .copy(try Self.file(EditedDataSet(original, edits: edits)))
        case .deidentify: return try deidentified(by: decision.profile ?? "")
        }
    }

    private func deidentified(by profile: String) throws -> Passage {
        guard let deidentifier = trial.bench.deidentifier(profile) else {
            return .refused("there is no profile `\(profile)`")
        }
        if let objection = deidentifier.objection(at: trial.test.time) { return .refused(objection) }
        switch deidentifier.deidentify(original, known: known(deidentifier)) {
        case .sequester(let reason): return .refused(reason)
        case .edited(let result):
            return .copy(try Self.file(EditedDataSet(original, edits: result.edits, fileMeta: result.fileMeta)))
        }
    }

    private static func file(_ edited: EditedDataSet) throws -> DICOMFile { try DICOMFile(bytes: edited.bytes()) }

    /// What all instances of the trial say of their patients.
    private func known(_ deidentifier: Deidentifier) -> PreparedIdentifiers? {
        guard deidentifier.cleansText else { return nil }
        var known = PatientIdentifiers()
        for other in trial.instances { known.formUnion(deidentifier.identifiers(in: other.file)) }
        return deidentifier.prepared(known)
    }

    // MARK: - Attributes

    /// What was expected and what came; nil when it is as expected.
    private func problem(
        _ outcome: ExpectedCopy.Outcome, _ text: String, _ path: PathPattern, _ copy: DICOMFile
    ) -> (String, String)? {
        let before = Found(path, in: original), after = Found(path, in: copy)
        func isThere(_ expected: String) -> (String, String)? {
            before.isEmpty ? (expected, "none: the instance has none to begin with") : nil
        }
        switch outcome {
        case .removed:
            let expected = "`\(text)` to go"
            return isThere(expected) ?? (after.isEmpty ? nil : (expected, after.words))
        case .emptied:
            let expected = "`\(text)` without a value"
            if let problem = isThere(expected) { return problem }
            if before.values.allSatisfy(\.isEmpty) { return (expected, "none: it has no value to begin with") }
            return !after.isEmpty && after.values.allSatisfy(\.isEmpty) ? nil : (expected, after.words)
        case .kept:
            let expected = "`\(text)` as it was"
            return isThere(expected) ?? (after.values == before.values ? nil : (expected, after.words))
        case .added:
            let expected = "`\(text)` to be added"
            if !before.isEmpty { return (expected, "none: the instance has it already") }
            return after.isEmpty ? (expected, after.words) : nil
        case .changed(let pattern):
            let expected = "another `\(text)`" + (pattern.map { " like `\($0.source)`" } ?? "")
            if let problem = isThere(expected) { return problem }
            guard !after.isEmpty, after.values != before.values, !after.values.contains(where: \.isEmpty) else {
                return (expected, after.values == before.values && !after.isEmpty ? "the same" : after.words)
            }
            guard let pattern else { return nil }
            return after.texts.allSatisfy { pattern.isFound(in: $0) } ? nil : (expected, after.words)
        case .value(let values):
            let wanted = values.joined(separator: "\\")
            let expected = "`\(text)` to be `\(wanted)`"
            return !after.isEmpty && after.texts.allSatisfy { $0 == wanted } ? nil : (expected, after.words)
        }
    }

    /// What of the rest is not as it was; nil when all of it is.
    private func others(than named: Set<PathPattern>, _ copy: DICOMFile) -> String? {
        let pairs = [(original, copy, "went or changed"), (copy, original, "was added")]
        for (from, to, what) in pairs {
            var spoken: Set<DataSetIndex.NodeID> = []
            for path in named { spoken.formUnion(from.nodes(matching: path)) }
            var id = 0
            while id < from.dataSet.nodes.count {
                let node = from.dataSet.nodes[id]
                if spoken.contains(id) {
                    id = Int(node.subtreeEnd)
                    continue
                }
                let path = from.dataSet.path(of: id)
                guard let same = to.dataSet.node(at: path) else { return "\(path) \(what)" }
                let isValue = node.kind == .element || node.kind == .fragments
                if isValue, (try? from.bytes(of: id)) != (try? to.bytes(of: same)) { return "\(path) changed" }
                id += 1
            }
        }
        return nil
    }
}

extension ExpectedCopy.Target {
    fileprivate var words: String {
        switch self {
        case .audience(let name): "for audience `\(name)`"
        case .profile(let name): "by profile `\(name)`"
        }
    }
}

/// The elements that a path names in a file.
private struct Found {
    /// Bytes of each; of a sequence those of all that is in it.
    var values: [[UInt8]] = []
    /// As text, values joined by backslashes.
    var texts: [String] = []

    init(_ path: PathPattern, in file: DICOMFile) {
        let part: DICOMFile.Part = path.isFileMeta ? .fileMeta : .dataSet
        let nodes = path.isFileMeta ? file.fileMetaNodes(matching: path) : file.nodes(matching: path)
        for node in nodes {
            values.append((try? file.bytes(of: node, in: part)) ?? [])
            let isValue = file.index(of: part).nodes[node].kind == .element
            let text = isValue ? (try? file.values(of: node, in: part))?.joined(separator: "\\") : nil
            texts.append(text ?? "a sequence or bytes")
        }
    }

    var isEmpty: Bool { values.isEmpty }

    var words: String {
        if isEmpty { return "none" }
        let shown = texts.prefix(3).map { $0.isEmpty ? "no value" : "`\($0.prefix(80))`" }.joined(separator: ", ")
        return texts.count > 3 ? "\(shown), …" : shown
    }
}

extension DataSetIndex {
    /// The node at a place; nil when there is none.
    func node(at path: AttributePath) -> NodeID? {
        var parent: NodeID?
        for step in path.steps {
            guard let sequence = child(step.sequence, of: parent),
                let item = children(of: sequence).first(where: { Int(nodes[$0].number) == step.item })
            else { return nil }
            parent = item
        }
        guard let tag = path.tag else { return parent }
        return child(tag, of: parent)
    }
}
