public import RuleLanguage

/// What a condition looked at. No values: they are read again from the file by whoever may see them.
public struct Evidence: Sendable, Hashable, Comparable {
    /// `(0010,0020)`, `(0040,0275)/1/(0008,0050)`; or what else was looked at: `preamble`, `source`, `label vip`.
    public var attribute: String
    /// Of the condition.
    public var location: SourceLocation
    /// For an unknown: why the value could not be read.
    public var problem: String?

    public init(attribute: String, location: SourceLocation, problem: String?) {
        self.attribute = attribute
        self.location = location
        self.problem = problem
    }

    public static func < (left: Evidence, right: Evidence) -> Bool {
        (left.attribute, left.location, left.problem ?? "") < (right.attribute, right.location, right.problem ?? "")
    }
}

extension Evidence {
    /// The most that is kept for one reason.
    static let limit = 6

    /// Of all that was found in all instances, the smallest few. Joining in any order gives the same (P4).
    static func joined(_ left: [Evidence], _ right: [Evidence]) -> [Evidence] {
        left == right ? left : smallest(left + right)
    }

    static func smallest(_ all: [Evidence]) -> [Evidence] {
        guard all.count > 1 else { return all }
        return Array(Set(all).sorted().prefix(limit))
    }
}
