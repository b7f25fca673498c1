import DICOMCore
import DICOMDictionary
import DICOMFile
import RuleAnalysis
import RuleLanguage

/// Which statement of a profile speaks of each element of a data set: the most specific one, in the order of
/// docs/language.md. Made from the statements themselves and not from what a de-identifier compiles of them.
struct FollowedStatements {
    private let table: StatementTable
    private let concepts: [ConceptStatement]

    init(_ profile: Profile) {
        table = StatementTable(profile)
        concepts = profile.settings.concepts
    }

    /// The places of the statements that were followed in making the copy.
    func followed(in file: DICOMFile, copy: DICOMFile) -> Set<SourceLocation> {
        var found: Set<SourceLocation> = []
        var byPath: [DataSetIndex.NodeID: ProfileStatement] = [:]
        for (pattern, statement) in table.paths.reversed() {
            for node in file.nodes(matching: pattern) { byPath[node] = statement }
        }
        var id = 0
        while id < file.dataSet.nodes.count {
            let node = file.dataSet.nodes[id]
            if node.kind == .item {
                found.formUnion(followedConcepts(id, in: file))
            } else if let statement = byPath[id] ?? statement(for: id, node, file) {
                found.insert(statement.location)
                // What is in a sequence that goes as a whole, no statement speaks of.
                if node.kind == .sequence, !isStill(id, file, copy) {
                    id = Int(node.subtreeEnd)
                    continue
                }
            }
            id += 1
        }
        for (pattern, statement) in table.paths where isOfFileMeta(pattern, file) { found.insert(statement.location) }
        for node in file.fileMeta.nodes {
            if let statement = table.statement(naming: node.tag) { found.insert(statement.location) }
        }
        return found
    }

    private func isOfFileMeta(_ pattern: PathPattern, _ file: DICOMFile) -> Bool {
        pattern.isFileMeta && !file.fileMetaNodes(matching: pattern).isEmpty
    }

    private func isStill(_ id: DataSetIndex.NodeID, _ file: DICOMFile, _ copy: DICOMFile) -> Bool {
        guard let node = copy.dataSet.node(at: file.dataSet.path(of: id)) else { return false }
        return copy.dataSet.nodes[node].kind == .sequence && !copy.dataSet.children(of: node).isEmpty
    }

    private func statement(
        for id: DataSetIndex.NodeID, _ node: DataSetIndex.Node, _ file: DICOMFile
    ) -> ProfileStatement? {
        let tag = node.tag
        if tag.isPrivate {
            guard let creator = file.dataSet.creator(of: id) else { return nil }
            let low = UInt8(truncatingIfNeeded: tag.element)
            let vr = PrivateDictionary.entry(creator: creator, group: tag.group, element: low)?.vr ?? node.vr
            return table.statements(forPrivate: tag, creator: creator, vr: vr).first
        }
        return table.statements(for: tag, vr: StandardDictionary.vr(of: tag) ?? .UN).first
    }

    // MARK: - Concepts

    /// Of a content item with a concept name that a statement speaks of (PS3.3 C.17.3).
    private func followedConcepts(_ item: DataSetIndex.NodeID, in file: DICOMFile) -> [SourceLocation] {
        guard !concepts.isEmpty, let name = file.dataSet.child(Tag(0x0040, 0xA043), of: item),
            let code = file.dataSet.children(of: name).first,
            let value = text(.codeValue, of: code, file), let system = text(.codingSchemeDesignator, of: code, file)
        else { return [] }
        let type = text(Tag(0x0040, 0xA040), of: item, file)
        let about = concepts.filter { $0.system == system && $0.code == value }
        let typed = about.filter { $0.valueType != nil && $0.valueType == type }
        return (typed.isEmpty ? about.filter { $0.valueType == nil } : typed).map(\.location)
    }

    private func text(_ tag: Tag, of item: DataSetIndex.NodeID, _ file: DICOMFile) -> String? {
        file.dataSet.child(tag, of: item).flatMap { try? file.values(of: $0).first }
    }
}
