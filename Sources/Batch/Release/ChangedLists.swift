import Host
package import Registry
import RuleLanguage

/// Lists of a registry that are not what they were in a snapshot: whom the difference is about.
package struct ChangedLists: Sendable {
    /// Names of lists of which any instance may be meant: nothing that is recorded of instances tells.
    private var unbounded: [String] = []
    /// Folded cells of rows that came or went, by list and attribute.
    private var rows: [(list: String, attribute: InstanceAttribute, cells: Set<String>)] = []

    /// Values of these are compared as they stand, but for case and padding.
    private static let plain: [InstanceAttribute] = [
        .patientID, .studyInstanceUID, .sopInstanceUID, .accessionNumber, .seriesInstanceUID,
    ]

    /// - Parameters:
    ///   - names: of the lists that the rule set asks.
    ///   - old: the snapshot.
    ///   - new: the registry as it is.
    package init(_ names: [String], old: Registry?, new: Registry) throws {
        for name in names.sorted() {
            let before = try old?.list(name), after = try new.list(name)
            guard before?.digest != after?.digest else { continue }
            guard let before, let after, before.columns == after.columns,
                let column = Self.plain.compactMap({ before.columns.firstIndex(of: $0.rawValue) }).first,
                let attribute = InstanceAttribute(rawValue: before.columns[column])
            else {
                unbounded.append(name)
                continue
            }
            let changed = Set(before.rows).symmetricDifference(after.rows)
            rows.append((name, attribute, Set(changed.map { Self.key($0[column]) })))
        }
    }

    package var isEmpty: Bool { unbounded.isEmpty && rows.isEmpty }

    /// The lists whose change may be about an instance, sorted.
    package func lists(about instance: Instance) -> [String] {
        unbounded
            + rows.filter { list in
                if instance.unreadable.contains(list.attribute) { return true }
                return instance.separateValues(of: list.attribute).contains { list.cells.contains(Self.key($0)) }
            }.map(\.list)
    }

    /// Equal for texts that a rule may take for one.
    private static func key(_ text: String) -> String { ValueList.compared(text).foldedForComparison }
}
