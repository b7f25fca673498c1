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
    private var bySlot: [Int: [Int]] = [:]
    private var byView: [Int: TextIndex] = [:]
    /// Of conditions on items: by the sequence, then by the view within an item.
    private var byItem: [Int: [Int: TextIndex]] = [:]
    private let ruleCount: Int
    /// What all sets of patterns together may need, however many attributes rules look for patterns in (P9). Where that is
    /// too little for a set, its patterns are asked one by one.
    private static let maximumMemory: Int64 = 256 << 20
    /// The slot of each view.
    private let slots: [Int]

    init(_ questions: [Question], _ table: AttributeTable) {
        ruleCount = questions.count
        slots = table.views.map(\.slot)
        for (rule, question) in questions.enumerated() {
            guard let triggers = question.triggers(table) else {
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
        for view in byView.keys { byView[view]?.finish(memory: memory) }
        for slot in byItem.keys {
            for view in byItem[slot, default: [:]].keys { byItem[slot]?[view]?.finish(memory: memory) }
        }
    }

    /// Rules that can come out other than false, in order.
    func candidates(_ facts: InstanceFacts) -> [Int] {
        var found = RuleSelection(ruleCount)
        for rule in always { found.insert(rule) }
        for (slot, rules) in bySlot where facts.isFilled(slot) { for rule in rules { found.insert(rule) } }
        for (view, texts) in byView where facts.isFilled(slots[view]) {
            texts.forEachRule(for: facts.values(view, in: nil)) { found.insert($0) }
        }
        for (slot, views) in byItem where facts.isFilled(slot) {
            let (items, opaque) = facts.items(of: slot, in: nil)
            for (view, texts) in views {
                // Nobody knows what is in it: any of the rules may be meant.
                if !opaque.isEmpty { for rule in texts.rules { found.insert(rule) } }
                for item in items { texts.forEachRule(for: facts.values(view, in: item)) { found.insert($0) } }
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
