package import Inputs

/// The one-page check list for administrators, filled in for one installation.
package struct CheckList: Sendable, Hashable {
    package enum State: String, Sendable, Hashable, Comparable {
        case fine, note, warning, problem

        private var order: Int {
            switch self {
            case .fine: 0
            case .note: 1
            case .warning: 2
            case .problem: 3
            }
        }

        package static func < (left: State, right: State) -> Bool { left.order < right.order }
    }

    package struct Item: Sendable, Hashable {
        /// `Exposure`, `Peers`, `Secrets`, …
        package var area: String
        package var state: State
        /// What was found, lower case, no full stop.
        package var text: String
        /// What to do about it; empty when it is fine.
        package var advice: String
    }

    package private(set) var items: [Item] = []

    package init() {}

    mutating func add(_ area: String, _ state: State, _ text: String, _ advice: String = "") {
        items.append(Item(area: area, state: state, text: text, advice: advice))
    }

    package var worst: State { items.map(\.state).max() ?? .fine }

    package func count(_ state: State) -> Int { items.count { $0.state == state } }

    /// Areas in the order in which they were looked at.
    package var areas: [String] {
        var seen = Set<String>()
        return items.map(\.area).filter { seen.insert($0).inserted }
    }

    package var lines: [String] {
        var lines: [String] = []
        for area in areas {
            lines.append(area)
            for item in items where item.area == area {
                let mark =
                    switch item.state {
                    case .fine: "[x]"
                    case .note: "[i]"
                    case .warning: "[ ]"
                    case .problem: "[!]"
                    }
                lines.append("  \(mark) \(item.text)")
                if !item.advice.isEmpty { lines.append("      \(item.advice)") }
            }
        }
        lines.append("")
        lines.append(
            "\(count(.problem)) to mend ([!]), \(count(.warning)) to consider ([ ]), \(count(.note)) to know ([i]), "
                + "\(count(.fine)) as it should be ([x])")
        return lines
    }

    package var json: JSON {
        .object([
            "worst": .string(worst.rawValue),
            "items": .array(
                items.map { item in
                    .object([
                        "area": .string(item.area), "state": .string(item.state.rawValue), "text": .string(item.text),
                        "advice": .string(item.advice),
                    ])
                }),
        ])
    }
}
