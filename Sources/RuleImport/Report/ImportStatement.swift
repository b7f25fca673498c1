package import RuleLanguage

/// One statement of another tool's script, and what became of it.
package struct ImportStatement: Sendable, Hashable {
    /// From what needs no word to what needs the most.
    package enum Outcome: Int, Sendable, Hashable, Comparable, CaseIterable {
        /// Switched off in the script: it does nothing there, and nothing here.
        case off
        case translated
        /// Translated, and not the same as before: the reasons say how.
        case changed
        /// Not carried over: the reasons say why, and what stands in its place.
        case refused

        package static func < (left: Outcome, right: Outcome) -> Bool { left.rawValue < right.rawValue }

        /// As reports name it.
        package var word: String {
            switch self {
            case .off: "off"
            case .translated: "translated"
            case .changed: "changed"
            case .refused: "not carried over"
            }
        }
    }

    package var location: SourceLocation
    /// As it is written, on one line and cut to what a report can show.
    package var text: String
    package var outcome: Outcome
    /// Lower case, no full stop, each once.
    package var reasons: [String]
}

/// What the result of an import does otherwise than the script as a whole, whatever its statements say.
package struct ImportReport: Sendable, Hashable {
    /// In the order of the script; of several files, in the order in which they were given.
    package var statements: [ImportStatement]
    /// Each a sentence without its full stop.
    package var remarks: [String]

    package func count(_ outcome: ImportStatement.Outcome) -> Int { statements.count { $0.outcome == outcome } }

    /// Whether the result does all that the script did.
    package var isComplete: Bool { statements.allSatisfy { $0.outcome != .refused } }
}
