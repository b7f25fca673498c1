import DICOMCore
import DICOMFile
import DigitalSignatures

/// Signatures that edits would make untrue. A signature over what has changed is worse than none: whoever checks it learns that
/// somebody altered the data, and nothing of who or why. It goes, and the record says so (PS3.15 C.1, "stale").
struct StaleSignatures {
    /// The edits without those within what goes, and those that take the signatures out.
    private(set) var edits: [Edit]
    private(set) var count = 0

    private static let sequence = Tag(0xFFFA, 0xFFFA)
    private static let parameters = Tag(0x4FFE, 0x0001)

    init(_ edits: [Edit], in file: DICOMFile) {
        self.edits = edits
        guard !edits.isEmpty else { return }
        let signatures = DigitalSignature.all(in: file)
        guard !signatures.isEmpty else { return }
        let index = file.dataSet
        let changes = edits.flatMap { Self.places($0, in: index) }
        // Nodes that are gone already, with all in them.
        let removed = edits.compactMap { edit in if case .remove(let node) = edit { node } else { nil } }
        func isWithin(_ node: DataSetIndex.NodeID, _ outer: [DataSetIndex.NodeID]) -> Bool {
            outer.contains { $0 <= node && node < Int(index.nodes[$0].subtreeEnd) }
        }
        let stale = signatures.filter { signature in
            !isWithin(signature.node, removed)
                && changes.contains { change in
                    change.scope == signature.scope && (signature.signedTags?.contains(change.tag) ?? true)
                }
        }
        guard !stale.isEmpty else { return }
        count = stale.count
        var going: [DataSetIndex.NodeID] = []
        for sequence in Set(stale.map { Int(index.nodes[$0.node].parent) }).sorted() {
            let items = index.children(of: sequence), own = Set(stale.map(\.node))
            guard items.allSatisfy(own.contains) else {
                going += items.filter(own.contains)
                continue
            }
            going.append(sequence)
            let parent = index.nodes[sequence].parent
            if let parameters = index.child(Self.parameters, of: parent < 0 ? nil : Int(parent)),
                !isWithin(parameters, removed)
            {
                going.append(parameters)
            }
        }
        self.edits = edits.filter { !isWithin(Self.node($0) ?? -1, going) } + going.map { .remove($0) }
    }

    private static func node(_ edit: Edit) -> DataSetIndex.NodeID? {
        switch edit {
        case .remove(let node), .replace(let node, _): node
        case .insert(let item, _): item
        }
    }

    private struct Place: Hashable {
        var scope: DataSetIndex.NodeID?
        var tag: Tag
    }

    /// The element that an edit changes, and every sequence around it: a signature over one of them is over the change.
    private static func places(_ edit: Edit, in index: DataSetIndex) -> [Place] {
        var places: [Place] = []
        var node: DataSetIndex.NodeID?
        switch edit {
        case .remove(let id), .replace(let id, _): node = id
        case .insert(let item, let element):
            places.append(Place(scope: item, tag: element.tag))
            node = item
        }
        while let id = node {
            let parent = index.nodes[id].parent
            if index.nodes[id].kind != .item {
                places.append(Place(scope: parent < 0 ? nil : Int(parent), tag: index.nodes[id].tag))
            }
            node = parent < 0 ? nil : Int(parent)
        }
        return places
    }
}
