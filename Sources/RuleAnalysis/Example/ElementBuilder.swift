import DICOMCore
import RuleLanguage

/// Makes the elements of an example out of the values of variables.
struct ElementBuilder {
    let model: ConditionModel
    let way: [Int: Bool]
    /// Attributes at the top level that are to be absent.
    private(set) var absent: Set<Tag> = []

    /// Sequences that hold what is to be somewhere below the top level.
    private static let someSequence = Tag(0x0040, 0x0275)

    init(model: ConditionModel, way: [Int: Bool]) {
        self.model = model
        self.way = way
    }

    /// Nil when no value was found for something that has to be there.
    mutating func elements(in scope: [PathPattern]) throws(DecisionDiagrams.TooLarge) -> [Example.Element]? {
        var touched: [PlaceKey: Place] = [:]
        for variable in way.keys {
            if let place = model.owners[variable], place.key.scope == scope { touched[place.key] = place }
        }
        var found: [Example.Element] = []
        for place in touched.values.sorted(by: { "\($0.key.pattern)" < "\($1.key.pattern)" }) {
            guard let states = place.states else { continue }
            for state in chosen(place, states) {
                let content: Example.Content?
                switch state {
                case .absent: content = nil
                case .empty: content = .empty
                case .unreadable: content = .unreadable
                case .hidden:
                    found.append(hidden(place))
                    content = nil
                case .filled:
                    guard let filled = try filled(place) else { return nil }
                    content = filled
                }
                guard let content else {
                    if scope.isEmpty, case .standard(let tag) = place.key.pattern.element,
                        place.key.pattern.steps.isEmpty
                    {
                        absent.insert(tag)
                    }
                    continue
                }
                add(
                    content, for: place,
                    isTopTaken: touched[
                        PlaceKey(scope: scope, pattern: PathPattern(element: place.key.pattern.element))] != nil,
                    to: &found)
            }
        }
        return found
    }

    private enum State { case filled, unreadable, hidden, empty, absent }

    private func chosen(_ place: Place, _ states: Place.States) -> [State] {
        let named: [(State, Int?)] = [
            (.absent, states.absent), (.empty, states.empty), (.filled, states.filled), (.hidden, states.hidden),
            (.unreadable, states.unreadable),
        ]
        let certain = named.compactMap { state, variable in variable.flatMap { way[$0] == true ? state : nil } }
        if !certain.isEmpty { return certain }
        guard place.isOneElement else { return [.absent] }
        // What is left open: the first that is not excluded.
        return named.first { _, variable in variable.map { way[$0] != false } ?? false }.map { [$0.0] } ?? [.absent]
    }

    private func hidden(_ place: Place) -> Example.Element {
        if case .sequence(let element, _)? = place.key.pattern.steps.first {
            return Example.Element(element: element, vr: .SQ, content: .unreadable)
        }
        return Example.Element(element: .standard(Self.someSequence), vr: .SQ, content: .unreadable)
    }

    // MARK: - Values

    private func filled(_ place: Place) throws(DecisionDiagrams.TooLarge) -> Example.Content? {
        if place.isSequence { return try items(place) }
        let vr = place.vr ?? .LO
        var values: [Example.Value] = []
        if vr == .PN {
            guard let name = ExampleName(place, way).value else { return nil }
            values = [name]
        } else if let view = place.views[ViewKey(component: nil, group: nil)] {
            guard let found = ViewValues(view, vr: vr, way: way).values else { return nil }
            values = found
        }
        if values.isEmpty { values = [Example.Value(text: ViewValues.neutral(vr).first ?? "1")] }
        return .values(values)
    }

    /// An item of each class that has to be there.
    private func items(_ place: Place) throws(DecisionDiagrams.TooLarge) -> Example.Content? {
        let items = place.items
        var wanted = items.variables.indices.filter { way[items.variables[$0]] == true }
        if wanted.isEmpty, let open = items.variables.indices.first(where: { way[items.variables[$0]] != false }) {
            wanted = [open]
        }
        var contents: [[Example.Element]] = []
        for index in wanted {
            let possible = try model.constrained(items.classes[index].function)
            let scope = place.key.scope + [place.key.pattern]
            var item: [Example.Element]?
            for way in model.diagrams.ways(possible, limit: 8) where item == nil {
                var builder = ElementBuilder(model: model, way: way)
                item = try builder.elements(in: scope)
            }
            guard let item else { return nil }
            contents.append(item)
        }
        return .items(contents.isEmpty ? [[]] : contents)
    }

    // MARK: - Where it goes

    private func add(_ content: Example.Content, for place: Place, isTopTaken: Bool, to found: inout [Example.Element])
    {
        let element = Example.Element(
            element: place.key.pattern.element, vr: place.isSequence ? .SQ : place.vr ?? .LO, content: content)
        var steps = place.key.pattern.steps[...]
        if isTopTaken, steps.last == .anyDepth { steps = [.sequence(.standard(Self.someSequence), item: 1)] }
        insert(element, steps, into: &found)
    }

    private func insert(
        _ element: Example.Element, _ steps: ArraySlice<PathPattern.Step>, into found: inout [Example.Element]
    ) {
        switch steps.first {
        case nil:
            found.append(element)
        case .anyDepth?:
            insert(element, steps.dropFirst(), into: &found)
        case .sequence(let sequence, let number)?:
            var items: [[Example.Element]] = []
            let known = found.firstIndex { $0.element == sequence }
            if let known, case .items(let present) = found[known].content { items = present }
            let index = (number ?? 1) - 1
            while items.count <= index { items.append([]) }
            insert(element, steps.dropFirst(), into: &items[index])
            let made = Example.Element(element: sequence, vr: .SQ, content: .items(items))
            if let known { found[known] = made } else { found.append(made) }
        }
    }
}
