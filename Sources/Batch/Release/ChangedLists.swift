import Host
import Registry
import RuleLanguage

/// Lists of a registry that are not what they were in a snapshot: whom the difference is about.
struct ChangedLists: Sendable {
    /// Names of lists of which any instance may be meant: nothing that is recorded of instances tells.
    private var unbounded: [String] = []
    /// Folded cells of rows that came or went, by list and attribute.
    private var rows: [(list: String, attribute: InstanceAttribute, cells: Set<String>)] = []

    /// - Parameters:
    ///   - asked: the lists of the registry, as the rule set asks them.
    ///   - old: the snapshot.
    ///   - new: the registry as it is.
    init(_ asked: [AskedList], old: Registry?, new: Registry) throws {
        for name in Set(asked.map(\.name)).sorted() {
            let before = try old?.list(name), after = try new.list(name)
            guard before?.digest != after?.digest else { continue }
            let uses = asked.filter { $0.name == name }
            guard let before, let after, before.columns == after.columns, let attribute = uses.first?.attribute,
                uses.allSatisfy({ $0.attribute == attribute }),
                let column = before.columns.firstIndex(of: attribute.rawValue)
            else {
                unbounded.append(name)
                continue
            }
            let changed = Set(before.rows).symmetricDifference(after.rows)
            let cells = Set(changed.map { Self.key($0[column]) })
            if cells.allSatisfy(Self.isPlain) {
                rows.append((name, attribute, cells))
            } else {
                unbounded.append(name)
            }
        }
    }

    /// The lists whose change may be about an instance, sorted.
    func lists(about instance: Instance) -> [String] {
        unbounded
            + rows.filter { list in
                if instance.unreadable.contains(list.attribute) { return true }
                return instance.separateValues(of: list.attribute).contains {
                    let value = Self.key($0)
                    return list.cells.contains(value) || !Self.isPlain(value)
                }
            }.map(\.list)
    }

    /// Equal for texts that a rule may take for one.
    private static func key(_ text: String) -> String { ValueList.compared(text).foldedForComparison }

    /// Whether rules compare it as it is folded here.
    private static func isPlain(_ text: String) -> Bool { text.utf8.allSatisfy { (0x20...0x7E).contains($0) } }
}

/// A list of the registry, as a rule set asks it.
struct AskedList: Hashable, Sendable {
    var name: String
    /// What an instance must have in common with a row to be meant by it; nil where nothing that is recorded of instances tells.
    var attribute: InstanceAttribute?
}

extension RuleSet {
    /// Its lists that a registry keeps. A row is found by its first key column at least: the others may be empty in it.
    var askedLists: [AskedList] {
        lists.values.compactMap { list in
            guard let name = list.registryName else { return nil }
            var attribute = list.keys.first.flatMap { InstanceAttribute(rawValue: $0) }
            if let column = attribute, !rules.allSatisfy({ $0.asks(list.id, byPlain: column) }) { attribute = nil }
            // Profiles take values from it, or words to look for in any text.
            if list.valueColumn != nil || rules.allSatisfy({ !$0.condition.mentions(list.id) }) { attribute = nil }
            return AskedList(name: name, attribute: attribute)
        }
    }
}

extension Rule {
    /// Values of these are compared as they stand, but for case and padding.
    private static let plain: [InstanceAttribute] = [
        .patientID, .studyInstanceUID, .sopInstanceUID, .accessionNumber, .seriesInstanceUID,
    ]

    /// Whether it asks a list, if at all, by this attribute of the data set, and of whom it labels then the attribute tells.
    fileprivate func asks(_ list: String, byPlain attribute: InstanceAttribute) -> Bool {
        guard condition.mentions(list) else { return true }
        // What one study says of a patient is said of the patient's others.
        guard patientLabels.isEmpty || attribute == .patientID else { return false }
        return Self.plain.contains(attribute) && condition.asks(list, by: attribute.rawValue)
    }
}

extension Condition {
    fileprivate func mentions(_ list: String) -> Bool { !asks(list, by: nil) }

    /// Whether all of it that asks the list does so by this attribute of the data set, for the first key column.
    fileprivate func asks(_ list: String, by attribute: String?) -> Bool {
        switch kind {
        case .inList(let id, let asked): id != list || attribute != nil && asked.first?.text == attribute
        case .all(let parts), .any(let parts): parts.allSatisfy { $0.asks(list, by: attribute) }
        case .not(let part): part.asks(list, by: attribute)
        // What stands in an item is not what is recorded of the instance.
        case .item(_, _, let part): part.asks(list, by: nil)
        case .present, .absent, .empty, .compareText, .matches, .compareNumber, .compareDate, .compareAge, .labelled,
            .held, .source, .preamble, .signature:
            true
        }
    }
}
