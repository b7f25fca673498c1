import DICOMCore
import DICOMDictionary
import DICOMEncoding
import DICOMFile
import RuleLanguage

/// One instance as the rules see it. Where an element is, and what its values are, is found out once, when the first rule
/// asks. Lives as long as one evaluation, on one thread.
final class InstanceFacts {
    let file: DICOMFile
    let source: Condition.Source
    /// Nil when no registry was asked.
    let known: RegistryKnowledge?
    /// The data set is part of a whole that nobody read: an attribute that it does not give a value is not absent, but unknown.
    let isExcerpt: Bool
    /// Looked at when the first rule asks; nil when nobody can look.
    private(set) lazy var signature: Condition.Signature? = signatures?.signature(of: file)
    private let signatures: (any SignatureKnowledge)?
    let table: AttributeTable
    /// Whether plain bytes of text at the top level mean ASCII, as they do in nearly every character set.
    private lazy var readsASCII = (try? file.characterSet(ofItem: nil))?.readsASCII ?? false
    private var found: [FoundElements?]
    private var readings: [Readings?]
    /// Of views within items, which other rules may ask for as well.
    private var itemReadings: [ItemView: Readings] = [:]

    private struct ItemView: Hashable {
        var view: Int
        var item: DataSetIndex.NodeID
    }

    /// The most that is remembered of items: an enhanced object has a million, and each is asked for once by most rules.
    private static let itemLimit = 4096

    /// What a condition is asked of: the data set, or an item of a sequence in it.
    typealias Scope = DataSetIndex.NodeID?

    init(
        _ file: DICOMFile, source: Condition.Source, known: RegistryKnowledge? = nil, isExcerpt: Bool = false,
        signatures: (any SignatureKnowledge)? = nil, table: AttributeTable
    ) {
        precondition(file.dataSet.selection.covers(table.selected), "an instance was read for other rules than these")
        self.file = file
        self.source = source
        self.known = known
        self.isExcerpt = isExcerpt
        self.signatures = signatures
        self.table = table
        self.found = [FoundElements?](repeating: nil, count: table.slots.count)
        self.readings = [Readings?](repeating: nil, count: table.views.count)
        scan()
    }

    /// One pass over the index: below the top level only when a path asks for any depth.
    private func scan() {
        // A variable of its own while it is filled: each look at one of an object is checked, and there is one for each element.
        var found = self.found
        for slot in table.slots.indices {
            switch table.slots[slot].place {
            case .topLevel, .anyDepth: found[slot] = FoundElements()
            case .fileMeta, .walked: break
            }
        }
        let index = file.dataSet, nodes = index.nodes, tags = table.tags, hasAnyDepth = table.hasAnyDepth
        var opaque: DataSetIndex.NodeID?
        var node = 0
        while node < nodes.count {
            if let entry = tags.find(nodes[node].tag) {
                if entry.topLevel >= 0, nodes[node].depth == 0 { found[entry.topLevel]?.add(node) }
                if entry.anyDepth >= 0 { found[entry.anyDepth]?.add(node) }
            }
            if hasAnyDepth {
                if opaque == nil, index.isOpaqueSequence(node) { opaque = node }
                node += 1
            } else {
                node = Int(nodes[node].subtreeEnd)
            }
        }
        if let opaque {
            for slot in table.slots.indices {
                if case .anyDepth = table.slots[slot].place { found[slot]?.hiding = .sequence(opaque) }
            }
        }
        if isExcerpt {
            for slot in table.slots.indices { found[slot] = found[slot].map { excerpted($0, slot) } }
        }
        self.found = found
    }

    /// What an excerpt says of a slot: only a single tag at the top level that has a value is wholly said.
    private func excerpted(_ elements: FoundElements, _ slot: Int) -> FoundElements {
        var result = FoundElements()
        let index = part(of: slot) == .dataSet ? file.dataSet : file.fileMeta
        for node in elements.nodes where !index.isEmpty(node) { result.add(node) }
        var isWhole = false
        if case .topLevel = table.slots[slot].place { isWhole = !result.isEmpty }
        result.hiding = isWhole ? elements.hiding : elements.hiding ?? .notSaid
        return result
    }

    /// Whether a slot that was filled in passing has anything to say.
    func isFilled(_ slot: Int) -> Bool { found[slot].map { !$0.isEmpty || $0.hiding != nil } ?? true }

    /// The elements of a slot.
    func elements(_ slot: Int, in scope: Scope) -> FoundElements {
        guard scope == nil else {
            let inItem = AttributeWalk(table.slots[slot].pattern, in: file.dataSet, from: scope).found
            return isExcerpt ? excerpted(inItem, slot) : inItem
        }
        if let known = found[slot] { return known }
        var result = FoundElements()
        switch table.slots[slot].place {
        case .fileMeta: result = AttributeWalk(table.slots[slot].pattern, in: file.fileMeta, from: nil).found
        case .walked(let gate):
            if gate.map(isFilled) ?? true {
                result = AttributeWalk(table.slots[slot].pattern, in: file.dataSet, from: nil).found
            }
        case .topLevel, .anyDepth: break
        }
        if isExcerpt { result = excerpted(result, slot) }
        found[slot] = result
        return result
    }

    func part(of slot: Int) -> DICOMFile.Part { table.slots[slot].place == .fileMeta ? .fileMeta : .dataSet }

    /// The value of an element of which there is no more to say: one text in ASCII, and of the VR that is expected; no person name,
    /// which has parts. Nil for any other, which `ElementReader` reads.
    func plainText(of node: DataSetIndex.NodeID, expected: VR?, _ slot: Int) -> String? {
        guard part(of: slot) == .dataSet else { return nil }
        let element = file.dataSet.nodes[node]
        guard expected ?? element.vr == element.vr, element.vr != .PN else { return nil }
        if element.parent < 0 { return file.plainText(of: node, readsASCII: readsASCII) }
        return file.plainText(
            of: node, readsASCII: (try? file.characterSet(at: node))?.readsASCII ?? false)
    }

    /// The values of a view, each once for all rules that ask.
    func values(_ view: Int, in scope: Scope) -> Readings {
        if let item = scope {
            let key = ItemView(view: view, item: item)
            if let known = itemReadings[key] { return known }
            let result = Readings(table.views[view], of: self, in: item)
            if itemReadings.count < Self.itemLimit { itemReadings[key] = result }
            return result
        }
        if let known = readings[view] { return known }
        let result = Readings(table.views[view], of: self, in: nil)
        readings[view] = result
        return result
    }

    /// Where an element is, `(0040,0275)/1/(0008,0050)`.
    func path(of node: DataSetIndex.NodeID, slot: Int) -> String {
        switch part(of: slot) {
        case .dataSet: file.dataSet.path(of: node).description
        case .fileMeta: file.fileMeta.path(of: node).description
        }
    }
}
