import DICOMFile
import RuleLanguage

/// Finds the rules that an instance can make come out other than false without asking each of them: by the texts that they
/// compare with, else by the attributes that must be there. What a decision costs then does not grow with rules that do
/// not apply to the instance.
///
/// It may name a rule that turns out false, and never leaves out one that does not: what cannot be read makes every rule
/// that looks at it a candidate (P2).
struct RuleIndex: Sendable {
    /// Rules that nothing in an instance rules out.
    private var always: [Int] = []
    private var filled: [(slot: Int, rules: [Int])] = []
    private var texts: [Texts] = []
    /// Of conditions on items: the sequence, and the views within an item.
    private var items: [(slot: Int, views: [Texts])] = []
    private let ruleCount: Int

    /// What is looked for in one view. An object, since each instance goes through all of them: to copy what they hold would take
    /// longer than to look.
    private final class Texts: Sendable {
        let slot: Int
        let view: Int
        let index: TextIndex

        init(_ view: Int, slot: Int, _ index: TextIndex) {
            self.view = view
            self.slot = slot
            self.index = index
        }
    }

    /// What all sets of patterns together may need, however many attributes rules look for patterns in (P9). Where that is
    /// too little for a set, its patterns are asked one by one.
    private static let maximumMemory: Int64 = 256 << 20

    init(_ questions: [Question], _ table: AttributeTable) {
        ruleCount = questions.count
        var bySlot: [Int: [Int]] = [:], byView: [Int: TextIndex] = [:], byItem: [Int: [Int: TextIndex]] = [:]
        var counts = TriggerCounts()
        for question in questions { counts.add(question, table) }
        for (rule, question) in questions.enumerated() {
            guard let triggers = question.triggers(table, counts) else {
                always.append(rule)
                continue
            }
            for trigger in triggers {
                switch trigger {
                case .filled(let slot): bySlot[slot, default: []].append(rule)
                case .text(let view, let key): byView[view, default: TextIndex()].add(key, rule)
                case .itemText(let slot, let view, let key):
                    byItem[slot, default: [:]][view, default: TextIndex()].add(key, rule)
                }
            }
        }
        let setCount =
            byView.values.reduce(0) { $0 + $1.setCount }
            + byItem.values.reduce(0) { $0 + $1.values.reduce(0) { $0 + $1.setCount } }
        let memory = min(TextPatternSet.maximumMemory, Self.maximumMemory / Int64(max(1, setCount)))
        func finished(_ indices: [Int: TextIndex]) -> [Texts] {
            indices.sorted { $0.key < $1.key }.map { view, index in
                var index = index
                index.finish(memory: memory)
                return Texts(view, slot: table.views[view].slot, index)
            }
        }
        filled = bySlot.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        texts = finished(byView)
        items = byItem.sorted { $0.key < $1.key }.map { ($0.key, finished($0.value)) }
    }

    /// Rules that can come out other than false, in order.
    func candidates(_ facts: InstanceFacts) -> [Int] {
        var found = RuleSelection(ruleCount)
        for rule in always { found.insert(rule) }
        for (slot, rules) in filled where facts.isFilled(slot) { for rule in rules { found.insert(rule) } }
        for texts in texts where facts.isFilled(texts.slot) {
            texts.index.forEachRule(for: facts.values(texts.view, in: nil)) { found.insert($0) }
        }
        for (slot, views) in items where facts.isFilled(slot) {
            let (items, opaque) = facts.items(of: slot, in: nil)
            for texts in views {
                // Nobody knows what is in it: any of the rules may be meant.
                if !opaque.isEmpty { for rule in texts.index.rules { found.insert(rule) } }
                for item in items {
                    texts.index.forEachRule(for: facts.values(texts.view, in: item)) { found.insert($0) }
                }
            }
        }
        return found.numbers
    }
}

/// Some of the rules, each once, in order.
struct RuleSelection {
    private var words: [UInt64]

    init(_ count: Int) { words = [UInt64](repeating: 0, count: (count + 63) / 64) }

    mutating func insert(_ rule: Int) { words[rule >> 6] |= 1 << UInt64(rule & 63) }

    var numbers: [Int] {
        var result: [Int] = []
        for (index, word) in words.enumerated() where word != 0 {
            var rest = word
            while rest != 0 {
                result.append(index << 6 + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
        return result
    }
}
