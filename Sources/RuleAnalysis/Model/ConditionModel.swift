import DICOMCore
import RuleEngine
import RuleLanguage

/// All that the rules of one or two rule sets can ask, as variables; conditions become functions of them.
///
/// It leaves nothing out that a data set can be, and may allow more: what is never so here is never so. What it allows is
/// shown by an example, which the engine itself has judged, or not claimed.
///
/// Data sets are meant whose attributes have as many values as PS3.6 says, each tag once.
final class ConditionModel {
    let diagrams: DecisionDiagrams
    let ruleSets: [RuleSet]
    private(set) var places: [PlaceKey: Place] = [:]
    /// Which place, if any, a variable belongs to.
    private(set) var owners: [Int: Place] = [:]
    /// Variables that stand for one text, or a few of which rules think the same.
    private(set) var closedClasses: Set<Int> = []
    private(set) var context = ContextVariables()
    private var listNames: [[String: String]] = []
    private var formulas: [FormulaKey: Kleene] = [:]
    private var ranges: [Int: ClosedRange<Int>] = [:]
    private var pairBits: [String: (isTrue: Int, isUnknown: Int)] = [:]
    private(set) var pairConditions: [Int: (condition: Condition, ruleSet: Int, scope: [PathPattern])] = [:]

    private struct FormulaKey: Hashable {
        var name: String
        var scope: [PathPattern]
    }

    /// What a condition on labels means: as a rule of this tier sees them.
    typealias LabelFormula = (_ label: String) throws(DecisionDiagrams.TooLarge) -> Kleene

    init(_ ruleSets: [RuleSet], maximumNodes: Int = 2_000_000) {
        self.ruleSets = ruleSets
        diagrams = DecisionDiagrams(maximum: maximumNodes)
        listNames = ListIdentity.names(of: ruleSets)
        for (number, ruleSet) in ruleSets.enumerated() {
            for rule in ruleSet.rules { gather(rule.condition, number, []) }
        }
    }

    func withContext(
        _ body: (inout ContextVariables) throws(DecisionDiagrams.TooLarge) -> Kleene
    ) throws(DecisionDiagrams.TooLarge) -> Kleene { try body(&context) }

    func name(of condition: Condition, _ ruleSet: Int) -> String {
        AtomName.of(condition) { listNames[ruleSet][$0] ?? "\($0)@\(ruleSet)" }
    }

    // MARK: - Gathering

    private func gather(_ condition: Condition, _ ruleSet: Int, _ scope: [PathPattern]) {
        if let rewritten = condition.askedOfItems { return gather(rewritten, ruleSet, scope) }
        switch condition.kind {
        case .all(let parts), .any(let parts): for part in parts { gather(part, ruleSet, scope) }
        case .not(let part): gather(part, ruleSet, scope)
        case .present(let asked), .absent(let asked), .empty(let asked): _ = place(asked, scope)
        case .compareText(let asked, _, _, _), .matches(let asked, _), .compareNumber(let asked, _, _),
            .compareDate(let asked, _, _), .compareAge(let asked, _, _):
            add(condition, asked, ruleSet, scope)
        case .inList(_, let asked):
            if let only = asked.first, asked.count == 1 {
                add(condition, only, ruleSet, scope)
            } else {
                for reference in asked { _ = place(reference, scope) }
            }
        case .item(_, let asked, let inner):
            let place = place(asked, scope)
            let name = name(of: inner, ruleSet)
            if place.items.numbers[name] == nil {
                place.items.numbers[name] = place.items.conditions.count
                place.items.conditions.append(inner)
                itemRuleSets[ItemKey(place: place.key, number: place.items.conditions.count - 1)] = ruleSet
            }
            gather(inner, ruleSet, scope + [asked.path])
        case .source(let source): context.add(source)
        case .held(let matter): context.add(matter: matter)
        case .labelled, .preamble, .signature: break
        }
    }

    private struct ItemKey: Hashable {
        var place: PlaceKey
        var number: Int
    }
    private var itemRuleSets: [ItemKey: Int] = [:]

    func place(_ reference: AttributeReference, _ scope: [PathPattern]) -> Place {
        let key = PlaceKey(scope: scope, pattern: reference.path)
        if let known = places[key] { return known }
        let place = Place(key, vr: reference.vr, isSequence: reference.vr == .SQ)
        places[key] = place
        return place
    }

    private func add(_ condition: Condition, _ asked: AttributeReference, _ ruleSet: Int, _ scope: [PathPattern]) {
        let place = place(asked, scope)
        let key = ViewKey(component: asked.component, group: asked.group)
        let view = place.views[key] ?? Place.View()
        place.views[key] = view
        let name = name(of: condition, ruleSet)
        guard view.numbers[name] == nil else { return }
        view.numbers[name] = view.atoms.count
        var atom = ComparedAtom(condition: condition, text: ComparedText(condition, ruleSets[ruleSet]))
        if case .inList(let list, _) = condition.kind, let rows = ruleSets[ruleSet].lists[list], rows.isKnown {
            atom.listRows = Array(rows.firstCells.prefix(8))
        }
        view.atoms.append(atom)
    }

    // MARK: - Formulas

    /// - Parameter ruleSet: by number, to which lists and labels belong.
    func formula(
        _ condition: Condition, _ ruleSet: Int, scope: [PathPattern] = [], label: LabelFormula
    ) throws(DecisionDiagrams.TooLarge) -> Kleene {
        if let rewritten = condition.askedOfItems {
            return try formula(rewritten, ruleSet, scope: scope, label: label)
        }
        switch condition.kind {
        case .all(let parts): return try diagrams.all(try formulas(parts, ruleSet, scope, label))
        case .any(let parts): return try diagrams.any(try formulas(parts, ruleSet, scope, label))
        case .not(let part): return try formula(part, ruleSet, scope: scope, label: label).negated
        case .labelled(let name): return try label(name)
        default: break
        }
        let key = FormulaKey(name: name(of: condition, ruleSet), scope: scope)
        if let known = formulas[key] { return known }
        let made = try atom(condition, ruleSet, scope)
        if !diagrams.isTemporary { formulas[key] = made }
        return made
    }

    private func formulas(
        _ parts: [Condition], _ ruleSet: Int, _ scope: [PathPattern], _ label: LabelFormula
    ) throws(DecisionDiagrams.TooLarge) -> [Kleene] {
        var result: [Kleene] = []
        for part in parts { result.append(try formula(part, ruleSet, scope: scope, label: label)) }
        return result
    }

    private func atom(
        _ condition: Condition, _ ruleSet: Int, _ scope: [PathPattern]
    ) throws(DecisionDiagrams.TooLarge) -> Kleene {
        switch condition.kind {
        case .present(let asked): return try presence(place(asked, scope))
        case .absent(let asked): return try presence(place(asked, scope)).negated
        case .empty(let asked): return try emptiness(place(asked, scope))
        case .source(let source): return try context.formula(source, diagrams)
        case .held(let matter): return try context.formula(matter: matter, diagrams)
        case .preamble(let kind): return try context.formula(kind, diagrams)
        case .signature(let state): return try context.formula(state, diagrams)
        case .item(let quantifier, let asked, let inner):
            return try items(quantifier, place(asked, scope), name(of: inner, ruleSet))
        case .inList(_, let asked):
            guard let only = asked.first, asked.count == 1 else { return try pair(condition, ruleSet, scope) }
            return try comparison(condition, only, ruleSet, scope)
        case .compareText(let asked, _, _, _), .matches(let asked, _), .compareNumber(let asked, _, _),
            .compareDate(let asked, _, _), .compareAge(let asked, _, _):
            return try comparison(condition, asked, ruleSet, scope)
        case .all, .any, .not, .labelled: return .never
        }
    }

    /// A list of several columns: true, unknown or false, and nothing more is known of it.
    private func pair(
        _ condition: Condition, _ ruleSet: Int, _ scope: [PathPattern]
    ) throws(DecisionDiagrams.TooLarge) -> Kleene {
        let key = "\(name(of: condition, ruleSet)) \(scope)"
        let bits = pairBits[key] ?? (diagrams.variable(), diagrams.variable())
        pairBits[key] = bits
        pairConditions[bits.isTrue] = (condition, ruleSet, scope)
        let isTrue = try diagrams.literal(bits.isTrue)
        return try diagrams.kleene(isTrue: isTrue, isUnknown: try diagrams.literal(bits.isUnknown))
    }

    // MARK: - Attributes

    /// The variables of a place, made when it is first asked for.
    func states(of place: Place) throws(DecisionDiagrams.TooLarge) -> Place.States {
        if let known = place.states { return known }
        // Its classes are functions, and kept.
        guard !diagrams.isTemporary else { throw DecisionDiagrams.TooLarge() }
        for key in place.views.keys.sorted(by: {
            ($0.component?.rawValue ?? -1, $0.group?.rawValue ?? -1) < (
                $1.component?.rawValue ?? -1, $1.group?.rawValue ?? -1
            )
        }) {
            guard let view = place.views[key] else { continue }
            view.classes = ValueClasses(view.atoms, vr: key.component == nil ? place.vr : .LO).classes
            view.isExclusive = place.isOneValue || place.isOneName && key.group != nil
            view.answers = [[(found: Int, answer: ClassAnswer)]](repeating: [], count: view.atoms.count)
            for (index, found) in view.classes.enumerated() {
                for (atom, answer) in found.answers where answer != .false {
                    view.answers[atom].append((found: index, answer: answer))
                }
            }
            for (index, atom) in view.atoms.enumerated() {
                let isFree = view.answers[index].contains { $0.answer == .free }
                if isFree { view.bits[index] = variable(of: place) }
                if isFree && atom.text == nil || atom.condition.isOfDates { view.doubts[index] = variable(of: place) }
            }
            // The open classes first: an example takes what stands for most values where it can.
            let order = view.classes.indices.sorted {
                (view.classes[$0].isOpen ? 1 : 0, $0) < (view.classes[$1].isOpen ? 1 : 0, $1)
            }
            view.variables = [Int](repeating: 0, count: view.classes.count)
            for index in order {
                view.variables[index] = variable(of: place)
                if !view.classes[index].isOpen { closedClasses.insert(view.variables[index]) }
            }
        }
        if !place.items.conditions.isEmpty { try makeItems(place) }
        let states = Place.States(
            filled: variable(of: place), unreadable: variable(of: place),
            hidden: place.canHide ? variable(of: place) : nil, empty: variable(of: place),
            absent: place.isOneElement ? variable(of: place) : nil)
        place.states = states
        return states
    }

    private func variable(of place: Place) -> Int {
        let variable = diagrams.variable()
        owners[variable] = place
        return variable
    }

    private func presence(_ place: Place) throws(DecisionDiagrams.TooLarge) -> Kleene {
        let states = try states(of: place)
        var parts: [DecisionDiagrams.Function] = []
        for state in [states.filled, states.unreadable, states.empty] { parts.append(try diagrams.literal(state)) }
        return try known(try diagrams.any(parts), states)
    }

    private func emptiness(_ place: Place) throws(DecisionDiagrams.TooLarge) -> Kleene {
        let states = try states(of: place)
        return try known(try diagrams.literal(states.empty), states)
    }

    /// True, or unknown where it may be hidden.
    private func known(
        _ isTrue: DecisionDiagrams.Function, _ states: Place.States
    ) throws(DecisionDiagrams.TooLarge) -> Kleene {
        guard let hidden = states.hidden else { return Kleene(isTrue: isTrue, isFalse: try diagrams.not(isTrue)) }
        return try diagrams.kleene(isTrue: isTrue, isUnknown: try diagrams.literal(hidden))
    }

    private func comparison(
        _ condition: Condition, _ asked: AttributeReference, _ ruleSet: Int, _ scope: [PathPattern]
    ) throws(DecisionDiagrams.TooLarge) -> Kleene {
        let place = place(asked, scope)
        let states = try states(of: place)
        guard let view = place.views[ViewKey(component: asked.component, group: asked.group)],
            let number = view.numbers[name(of: condition, ruleSet)]
        else { return .never }
        var isTrue: [DecisionDiagrams.Function] = [], isFree: [DecisionDiagrams.Function] = []
        var isUnknown: [DecisionDiagrams.Function] = []
        for (index, answer) in view.answers[number] {
            let literal = try diagrams.literal(view.variables[index])
            switch answer {
            case .true: isTrue.append(literal)
            case .free: isFree.append(literal)
            case .unknown: isUnknown.append(literal)
            case .false: break
            }
        }
        if let bit = view.bits[number] {
            let bit = try diagrams.literal(bit), free = try diagrams.any(isFree)
            isTrue.append(try diagrams.and(bit, free))
        }
        if let doubt = view.doubts[number] {
            let doubt = try diagrams.literal(doubt), filled = try diagrams.literal(states.filled)
            isUnknown.append(try diagrams.and(doubt, filled))
        }
        isUnknown.append(try diagrams.literal(states.unreadable))
        if let hidden = states.hidden { isUnknown.append(try diagrams.literal(hidden)) }
        return try diagrams.kleene(isTrue: try diagrams.any(isTrue), isUnknown: try diagrams.any(isUnknown))
    }

    // MARK: - Items

    /// More classes of items than this are not told apart.
    private static let mostClasses = 81

    /// Each way in which the conditions on items can come out for one item.
    private func makeItems(_ place: Place) throws(DecisionDiagrams.TooLarge) {
        var formulas: [Kleene] = []
        for (number, condition) in place.items.conditions.enumerated() {
            let ruleSet = itemRuleSets[ItemKey(place: place.key, number: number)] ?? 0
            let scope = place.key.scope + [place.key.pattern]
            formulas.append(
                try formula(condition, ruleSet, scope: scope) { _ throws(DecisionDiagrams.TooLarge) in .never })
        }
        var open: [Place.ItemClass] = [Place.ItemClass(truths: [], function: DecisionDiagrams.always)]
        for formula in formulas {
            var next: [Place.ItemClass] = []
            for found in open {
                for truth in Place.ItemTruth.allCases {
                    let wanted: DecisionDiagrams.Function
                    switch truth {
                    case .true: wanted = formula.isTrue
                    case .false: wanted = formula.isFalse
                    case .unknown: wanted = try diagrams.isUnknown(formula)
                    }
                    let function = try diagrams.and(found.function, wanted)
                    guard try isPossible(function) else { continue }
                    next.append(Place.ItemClass(truths: found.truths + [truth], function: function))
                }
            }
            open = next
            if open.count > Self.mostClasses { break }
        }
        if open.count > Self.mostClasses {
            place.items.isOpaque = true
            for name in place.items.numbers.keys.sorted() {
                for suffix in ["some", "every", "some?", "every?"] {
                    place.items.bits["\(suffix) \(name)"] = variable(of: place)
                }
            }
        } else {
            place.items.classes = open
            place.items.variables = open.map { _ in variable(of: place) }
        }
    }

    private func items(
        _ quantifier: Condition.Quantifier, _ place: Place, _ name: String
    ) throws(DecisionDiagrams.TooLarge) -> Kleene {
        let states = try states(of: place)
        guard let number = place.items.numbers[name] else { return .never }
        var unread: [DecisionDiagrams.Function] = [try diagrams.literal(states.unreadable)]
        if let hidden = states.hidden { unread.append(try diagrams.literal(hidden)) }
        let isOpaque = try diagrams.any(unread)
        let filled = try diagrams.literal(states.filled)
        if place.items.isOpaque {
            let text = quantifier.rawValue
            guard let bit = place.items.bits["\(text) \(name)"], let doubt = place.items.bits["\(text)? \(name)"] else {
                return .never
            }
            let isTrue = try diagrams.and(filled, try diagrams.literal(bit))
            let doubts = try diagrams.and(filled, try diagrams.literal(doubt))
            return try diagrams.kleene(isTrue: isTrue, isUnknown: try diagrams.or(isOpaque, doubts))
        }
        func some(_ truth: Place.ItemTruth) throws(DecisionDiagrams.TooLarge) -> DecisionDiagrams.Function {
            var parts: [DecisionDiagrams.Function] = []
            for (index, found) in place.items.classes.enumerated() where found.truths[number] == truth {
                parts.append(try diagrams.literal(place.items.variables[index]))
            }
            return try diagrams.any(parts)
        }
        let unknown = try some(.unknown)
        switch quantifier {
        case .some: return try diagrams.kleene(isTrue: try some(.true), isUnknown: try diagrams.or(unknown, isOpaque))
        case .every:
            // False when an item is, or when there is none: then nothing fulfils it.
            let someFalse = try some(.false)
            let nothing = try diagrams.not(try diagrams.or(filled, isOpaque))
            let isFalse = try diagrams.or(someFalse, nothing)
            let doubtful = try diagrams.or(unknown, isOpaque)
            let isKnown = try diagrams.not(try diagrams.or(isFalse, doubtful))
            return Kleene(isTrue: isKnown, isFalse: isFalse)
        }
    }

    // MARK: - What holds of all data

    /// Whether any data set makes the function true, as far as the model knows.
    func isPossible(_ function: DecisionDiagrams.Function) throws(DecisionDiagrams.TooLarge) -> Bool {
        if function <= DecisionDiagrams.always { return function == DecisionDiagrams.always }
        return try constrained(function) != DecisionDiagrams.never
    }

    /// The function where the variables that it speaks of are as they can be.
    func constrained(_ function: DecisionDiagrams.Function) throws(DecisionDiagrams.TooLarge)
        -> DecisionDiagrams.Function
    {
        var parts: [DecisionDiagrams.Function] = [function]
        let support = diagrams.support(of: [function])
        var touched: [PlaceKey: [Int]] = [:]
        for variable in support { if let place = owners[variable] { touched[place.key, default: []].append(variable) } }
        for (key, variables) in touched {
            guard let place = places[key] else { continue }
            parts += try constraints(on: place, variables)
        }
        parts += try context.constraints(on: Set(support), ruleSets, diagrams)
        parts += try depths(touched)
        return try diagrams.all(parts)
    }

    /// The variables of classes have no gaps between them; the first or the last class may have the first.
    private func range(_ variables: [Int]) -> ClosedRange<Int>? {
        guard let first = variables.first, let last = variables.last else { return nil }
        return ranges[first]
            ?? {
                let range = (variables.min() ?? first)...(variables.max() ?? last)
                ranges[first] = range
                return range
            }()
    }

    private func constraints(
        on place: Place, _ touched: [Int]
    ) throws(DecisionDiagrams.TooLarge) -> [DecisionDiagrams.Function] {
        guard let states = place.states else { return [] }
        var parts: [DecisionDiagrams.Function] = []
        if place.isOneElement { parts.append(try diagrams.one(of: states.all, isOne: true)) }
        let filled = try diagrams.literal(states.filled)
        var groups: [(variables: [Int], isExclusive: Bool)] = place.views.values.map { ($0.variables, $0.isExclusive) }
        groups.append((place.items.variables, false))
        for (variables, isExclusive) in groups {
            guard let range = range(variables) else { continue }
            let asked = touched.filter(range.contains)
            guard !asked.isEmpty else { continue }
            var literals: [DecisionDiagrams.Function] = []
            for variable in asked { literals.append(try diagrams.literal(variable)) }
            let some = try diagrams.any(literals)
            parts.append(try diagrams.choose(some, filled, DecisionDiagrams.always))
            if isExclusive { parts.append(try diagrams.one(of: asked, isOne: false)) }
            // What has a value has one of some class. Not so of a part of a name, which may lack it.
            if asked.count == variables.count, place.vr != .PN {
                parts.append(try diagrams.choose(filled, some, DecisionDiagrams.always))
            }
        }
        for view in place.views.values { parts += try TextOrder.constraints(view, Set(touched), diagrams) }
        return parts
    }

    /// What is at the top level is at any depth: for the same comparison, and for being there.
    private func depths(
        _ touched: [PlaceKey: [Int]]
    ) throws(DecisionDiagrams.TooLarge) -> [DecisionDiagrams.Function] {
        var parts: [DecisionDiagrams.Function] = []
        for key in touched.keys where key.scope.isEmpty && key.pattern.steps == [.anyDepth] {
            let top = PlaceKey(scope: [], pattern: PathPattern(element: key.pattern.element))
            guard touched[top] != nil, let deep = places[key], let shallow = places[top], deep.states != nil,
                shallow.states != nil
            else { continue }
            let here = try presence(shallow), below = try presence(deep)
            parts.append(try diagrams.choose(here.isTrue, below.isTrue, DecisionDiagrams.always))
            for (name, view) in shallow.views {
                guard let other = deep.views[name] else { continue }
                for atom in view.atoms {
                    guard let mine = try comparison(atom.condition, in: shallow),
                        let same = other.atoms.first(where: { $0.condition.asksTheSame(as: atom.condition) }),
                        let theirs = try comparison(same.condition, in: deep)
                    else { continue }
                    parts.append(try diagrams.choose(mine.isTrue, theirs.isTrue, DecisionDiagrams.always))
                }
            }
        }
        return parts
    }

    private func comparison(_ condition: Condition, in place: Place) throws(DecisionDiagrams.TooLarge) -> Kleene? {
        for number in ruleSets.indices {
            let key = FormulaKey(name: name(of: condition, number), scope: place.key.scope)
            if let known = formulas[key] { return known }
        }
        return nil
    }
}

extension Condition {
    /// Whether it compares in the same way, wherever.
    func asksTheSame(as other: Condition) -> Bool {
        switch (kind, other.kind) {
        case (.compareText(_, let a, let texts, let fold), .compareText(_, let b, let others, let otherFold)):
            a == b && texts == others && fold == otherFold
        case (.matches(_, let a), .matches(_, let b)): a.source == b.source && a.isCaseSensitive == b.isCaseSensitive
        case (.compareNumber(_, let a, let x), .compareNumber(_, let b, let y)): a == b && x == y
        case (.compareDate(_, let a, let x), .compareDate(_, let b, let y)): a == b && x == y
        case (.compareAge(_, let a, let x), .compareAge(_, let b, let y)): a == b && x == y
        default: false
        }
    }
}
