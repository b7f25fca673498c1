import RuleLanguage

/// Something that an instance must have for a question to come out other than false.
enum Trigger {
    /// Elements of a slot that is filled in passing, or one that may hide them.
    case filled(slot: Int)
    /// A value of a view.
    case text(view: Int, TextKey)
    /// The same in an item of the sequences of a slot.
    case itemText(slot: Int, view: Int, TextKey)

    /// How rarely it comes about, when one rule alone waits for it: texts rarely, attributes in nearly every image.
    fileprivate var cost: Int {
        switch self {
        case .filled: 1000
        case .text(_, .equals), .itemText(_, _, .equals): 1
        case .text, .itemText: 2
        }
    }

    /// The same for equal ones.
    fileprivate var name: String {
        switch self {
        case .filled(let slot): "\(slot)"
        case .text(let view, let key): "\(view) \(key.name)"
        case .itemText(let slot, let view, let key): "\(slot) \(view) \(key.name)"
        }
    }
}

extension TextKey {
    fileprivate var name: String {
        switch self {
        case .equals(let text): "=\(text)"
        case .startsWith(let text): "^\(text)"
        case .contains(let text): "~\(text)"
        case .matches(let pattern): "/\(pattern.source)"
        }
    }
}

/// How many rules wait for the same. What a thousand of them ask for, most studies have: that the modality is CT finds no rule, and the
/// word that each asks for besides does.
struct TriggerCounts {
    private var counts: [String: Int] = [:]

    /// Counts all that a rule may wait for.
    mutating func add(_ question: Question, _ table: AttributeTable) {
        switch question {
        case .all(let parts), .any(let parts): for part in parts { add(part, table) }
        case .not, .labelled: break
        case .leaf(let leaf): for trigger in leaf.triggers(table, self) ?? [] { counts[trigger.name, default: 0] += 1 }
        }
    }

    fileprivate func cost(_ triggers: [Trigger]) -> Int {
        triggers.reduce(0) { $0 + $1.cost * max(1, counts[$1.name] ?? 1) }
    }
}

extension Question {
    /// What must be there, one of these at least, for the question to come out other than false; nil when nothing need be.
    func triggers(_ table: AttributeTable, _ counts: TriggerCounts) -> [Trigger]? {
        switch self {
        case .all(let parts):
            return parts.compactMap { $0.triggers(table, counts) }.min { counts.cost($0) < counts.cost($1) }
        case .any(let parts):
            var union: [Trigger] = []
            for part in parts {
                guard let triggers = part.triggers(table, counts) else { return nil }
                union += triggers
            }
            return union
        case .not, .labelled: return nil
        case .leaf(let leaf): return leaf.triggers(table, counts)
        }
    }
}

extension Question.Leaf {
    fileprivate func triggers(_ table: AttributeTable, _ counts: TriggerCounts) -> [Trigger]? {
        func filled(_ slot: Int) -> [Trigger]? {
            switch table.slots[slot].place {
            case .topLevel, .anyDepth: [.filled(slot: slot)]
            case .walked(let gate): gate.map { [.filled(slot: $0)] }
            case .fileMeta: nil
            }
        }
        switch test {
        case .present(let slot), .empty(let slot): return filled(slot)
        case .value(let view, _):
            guard !keys.isEmpty else { return filled(table.views[view].slot) }
            return keys.map { .text(view: view, $0) }
        case .item(_, let slot, let question):
            // Some item must bring it about, whether one or all are asked for. Only a level down.
            guard let inner = question.triggers(table, counts) else { return filled(slot) }
            var found: [Trigger] = []
            for trigger in inner {
                guard case .text(let view, let key) = trigger else { return filled(slot) }
                found.append(.itemText(slot: slot, view: view, key))
            }
            return found
        case .inList(_, let views):
            var union: [Trigger] = []
            for view in views {
                guard let triggers = filled(table.views[view].slot) else { return nil }
                union += triggers
            }
            return union
        case .absent, .held, .source, .preamble, .signature, .unanswerable: return nil
        }
    }
}
