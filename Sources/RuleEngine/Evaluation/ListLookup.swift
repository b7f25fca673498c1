import DICOMCore
import DICOMFile
import RuleLanguage

/// Looks an instance up in a list: by each combination of the key attributes' values.
struct ListLookup {
    /// The most combinations that are looked up; a header that asks for more leaves the answer unknown.
    static let limit = 4096

    private(set) var truth = Truth.false
    /// Elements of the combination that was found; else those that left it unknown, with the reason.
    private(set) var found: [(view: Int, node: DataSetIndex.NodeID)] = []
    private(set) var problems: [(view: Int, node: DataSetIndex.NodeID?, reason: String)] = []

    private typealias Value = (text: String, node: DataSetIndex.NodeID)

    init(_ list: ValueList, _ views: [Int], _ facts: InstanceFacts, _ scope: InstanceFacts.Scope) {
        if let view = views.first, views.count == 1, let only = facts.values(view, in: scope).only {
            // One value of one attribute, as nearly always: there is nothing to combine.
            let text = Comparison.trimmed(only.text)
            guard !text.isEmpty, list.contains([text]) == .found else { return }
            truth = .true
            found = [(view, only.node)]
            return
        }
        let readings = views.map { facts.values($0, in: scope) }
        for (view, reading) in zip(views, readings) {
            for problem in reading.problems { problems.append((view, problem.node, problem.reason)) }
        }
        let columns = readings.map { reading in
            reading.texts.compactMap { text, node -> Value? in
                let text = Comparison.trimmed(text)
                return text.isEmpty ? nil : (text, node)
            }
        }
        // What an excerpt does not say is like a value that is not there: rows that agree in the rest leave it open.
        if facts.isExcerpt, columns.contains(where: { !$0.isEmpty }) {
            problems.removeAll { $0.reason == Readings.notSaid }
        }
        // Nothing to compare with: absent, empty, or unreadable only.
        if columns.contains(where: { !$0.isEmpty }) {
            for group in Self.together(columns, views, facts) { look(list, views, group) }
        }
        if truth == .true {
            problems = []
        } else if !problems.isEmpty {
            truth = .unknown
        }
    }

    /// Values of one item belong together: where all key attributes come from items of the same sequence, they are combined
    /// within each item only.
    private static func together(_ columns: [[Value]], _ views: [Int], _ facts: InstanceFacts) -> [[[Value]]] {
        guard columns.count > 1 else { return [columns] }
        let steps = Set(views.map { facts.table.slots[facts.table.views[$0].slot].pattern.steps })
        guard steps.count == 1, steps.first?.isEmpty == false else { return [columns] }
        let nodes = facts.file.dataSet.nodes
        let parents = Set(columns.joined().map { nodes[$0.node].parent }).sorted()
        return parents.map { parent in columns.map { $0.filter { nodes[$0.node].parent == parent } } }
    }

    private mutating func look(_ list: ValueList, _ views: [Int], _ columns: [[Value]]) {
        var count = 1
        for column in columns {
            let (product, overflow) = count.multipliedReportingOverflow(by: max(column.count, 1))
            count = overflow ? .max : product
        }
        guard count <= Self.limit else {
            for (view, column) in zip(views, columns) {
                problems.append((view, column.first?.node, "more than \(Self.limit) combinations of values"))
            }
            return
        }
        for combination in 0..<count where truth != .true {
            var rest = combination
            let row = columns.map { column -> Value? in
                guard !column.isEmpty else { return nil }
                defer { rest /= column.count }
                return column[rest % column.count]
            }
            switch list.contains(row.map { $0?.text }) {
            case .notFound: break
            case .found:
                truth = .true
                found = zip(views, row).compactMap { view, value in value.map { (view, $0.node) } }
            case .undecided:
                for (view, value) in zip(views, row) where value == nil {
                    problems.append((view, nil, "not there, and a row of the list `\(list.id)` agrees in the rest"))
                }
            }
        }
    }
}
