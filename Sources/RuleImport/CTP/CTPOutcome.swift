import RuleLanguage

/// What an expression of CTP comes to in our language.
indirect enum CTPOutcome {
    /// An action; each note says in what it is not the same.
    case action(ProfileAction, notes: [String] = [])
    /// An action that leaves no more than CTP did, in place of one that cannot be said.
    case instead(ProfileAction, because: String)
    /// The object goes no further.
    case held(HeldKind)
    /// One of two, by what a value is.
    case choice(ApproximateCondition, CTPOutcome, CTPOutcome)

    enum HeldKind: Hashable {
        case quarantine
        /// CTP passes the object on as it is.
        case skip
        /// A plug-in of the site's, which only CTP can run.
        case call
    }

    static func kept(_ note: String? = nil) -> CTPOutcome { .action(.keep, notes: note.map { [$0] } ?? []) }
    static func removed(_ reason: String) -> CTPOutcome { .instead(.remove, because: reason) }
}

/// The same for one element: one action whatever its value, and what holds an instance back.
struct CTPTreatment {
    /// Nil when the element is always held back.
    var action: ProfileAction?
    var notes: [String] = []
    var refusals: [String] = []
    var held: [(kind: CTPOutcome.HeldKind, condition: ConvertedCondition)] = []

    /// - Parameter isOn: whether the element is there, when the rule is for elements that are.
    init(_ outcome: CTPOutcome, presence: ConvertedCondition?) {
        visit(outcome, path: presence.map { [$0] } ?? [])
    }

    private mutating func visit(_ outcome: CTPOutcome, path: [ConvertedCondition]) {
        switch outcome {
        case .action(let action, let notes):
            add(action)
            for note in notes where !self.notes.contains(note) { self.notes.append(note) }
        case .instead(let action, let reason):
            add(action)
            if !refusals.contains(reason) { refusals.append(reason) }
        case .held(let kind): held.append((kind, ConvertedCondition(.all(path)).simplified))
        case .choice(let condition, let yes, let no):
            visit(yes, path: path + [condition.over])
            visit(no, path: path + [condition.negated.over])
        }
    }

    private mutating func add(_ other: ProfileAction) {
        guard let action else {
            self.action = other
            return
        }
        guard action != other else { return }
        let joined = Self.stricter(action, other)
        let note = "a profile does the same whatever the value: \(ActionText.word(joined)) of what its branches do"
        if !notes.contains(note) { notes.append(note) }
        self.action = joined
    }

    /// What leaves no more than either. A fixed text says nothing of the original, but may be wrong where the script would
    /// not have written it: it stays beside actions that leave nothing, and gives way to `remove` beside others.
    static func stricter(_ left: ProfileAction, _ right: ProfileAction) -> ProfileAction {
        if left == right { return left }
        func leavesNothing(_ action: ProfileAction) -> Bool {
            switch action {
            case .remove, .empty, .dummy: true
            default: false
            }
        }
        switch (left, right) {
        case (.replace, let other) where leavesNothing(other): return left
        case (let other, .replace) where leavesNothing(other): return right
        case (.keep, .replace), (.replace, .keep): return .remove
        case (.keep, let other), (let other, .keep): return other
        case (.empty, .dummy), (.dummy, .empty): return .empty
        default: return .remove
        }
    }
}
