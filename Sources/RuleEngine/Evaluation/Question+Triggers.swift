import RuleLanguage

/// Something that an instance must have for a question to come out other than false.
enum Trigger {
    /// Elements of a slot that is filled in passing, or one that may hide them.
    case filled(slot: Int)
    /// A value of a view.
    case text(view: Int, TextKey)
    /// The same in an item of the sequences of a slot.
    case itemText(slot: Int, view: Int, TextKey)

    /// How many rules it may lead to in vain: texts few, attributes that nearly every image has many.
    fileprivate var cost: Int {
        switch self {
        case .filled: 1000
        case .text(_, .equals), .itemText(_, _, .equals): 1
        case .text, .itemText: 2
        }
    }
}

extension Question {
    /// What must be there, one of these at least, for the question to come out other than false; nil when nothing need be.
    func triggers(_ table: AttributeTable) -> [Trigger]? {
        switch self {
        case .all(let parts):
            return parts.compactMap { $0.triggers(table) }.min { Self.cost($0) < Self.cost($1) }
        case .any(let parts):
            var union: [Trigger] = []
            for part in parts {
                guard let triggers = part.triggers(table) else { return nil }
                union += triggers
            }
            return union
        case .not, .labelled: return nil
        case .leaf(let leaf): return leaf.triggers(table)
        }
    }

    private static func cost(_ triggers: [Trigger]) -> Int { triggers.reduce(0) { $0 + $1.cost } }
}

extension Question.Leaf {
    fileprivate func triggers(_ table: AttributeTable) -> [Trigger]? {
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
            guard let inner = question.triggers(table) else { return filled(slot) }
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
