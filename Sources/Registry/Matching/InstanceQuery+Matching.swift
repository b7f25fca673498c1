extension InstanceQuery {
    /// Whether an instance is meant. What cannot be read, and a date that is none, may be anything.
    func agreement(with instance: Instance) -> Agreement {
        terms.reduce(terms.isEmpty ? .no : .yes) { min($0, Self.agreement(of: $1, with: instance)) }
    }

    private static func agreement(of term: Term, with instance: Instance) -> Agreement {
        // A query that cannot be read is not placed; should one be here all the same, it may mean anything.
        guard let pattern = TermPattern(term) else { return .unknown }
        if pattern == .universal { return .yes }
        var best = instance.unreadable.contains(term.attribute) ? Agreement.unknown : .no
        for value in instance.values(of: term.attribute) {
            best = max(best, pattern.agreement(with: value, kind: term.attribute.kind))
        }
        return best
    }
}

extension TermPattern {
    fileprivate func agreement(with value: String, kind: InstanceAttribute.Kind) -> Agreement {
        let keys = kind.keys(of: value)
        guard let keys else { return .unknown }
        switch self {
        case .universal: return .yes
        case .oneOf(let wanted): return keys.contains(where: wanted.contains) ? .yes : .no
        case .dates(let range): return keys.contains(where: range.contains) ? .yes : .no
        case .wildcard(let pattern):
            return keys.contains { Wildcard.matches(Array($0), pattern) } ? .yes : .no
        }
    }
}

extension InstanceAttribute.Kind {
    /// What a value is compared as: a name also by each of its component groups. Nil for a date that is none.
    func keys(of value: String) -> [String]? {
        switch self {
        case .uid: return [FoldedText.trimmed(value)]
        case .date: return TermPattern.date(value).map { [$0] }
        case .text: return [FoldedText.key(value)]
        case .name:
            let groups = value.split(separator: "=").map { TermPattern.nameKey(String($0)) }
            let whole = TermPattern.nameKey(value)
            return groups.count > 1 ? [whole] + groups : [whole]
        }
    }
}

extension Instance {
    /// The values of an attribute that are not empty.
    func values(of attribute: InstanceAttribute) -> [String] {
        guard let text = attributes[attribute] else { return [] }
        return text.split(separator: "\\").map { FoldedText.trimmed(String($0)) }.filter { !$0.isEmpty }
    }

    /// The patients that it names; none when it names no ID.
    var patients: [PatientIdentity] {
        let issuers = values(of: .issuerOfPatientID)
        return values(of: .patientID).flatMap { id in
            issuers.isEmpty
                ? [PatientIdentity(id: id)] : issuers.map { PatientIdentity(id: id, issuer: $0) }
        }
    }
}

/// PS3.4 C.2.2.2.4: `*` stands for any sequence of characters, `?` for one.
enum Wildcard {
    /// In time that grows with the product of the two lengths at worst; nothing is tried twice.
    static func matches(_ text: [Character], _ pattern: [Character]) -> Bool {
        var place = 0, next = 0
        var star: Int?
        var resume = 0
        while place < text.count {
            if next < pattern.count, pattern[next] == "*" {
                star = next
                resume = place
                next += 1
            } else if next < pattern.count, pattern[next] == "?" || pattern[next] == text[place] {
                place += 1
                next += 1
            } else if let star {
                next = star + 1
                resume += 1
                place = resume
            } else {
                return false
            }
        }
        return pattern[next...].allSatisfy { $0 == "*" }
    }
}

extension InstanceQuery {
    /// Whether an instance is meant, or may be: what cannot be read may be anything.
    public func mayMean(_ instance: Instance) -> Bool { agreement(with: instance) > .no }

    /// Whether each term is one that can be meant (PS3.4 C.2.2.2): no UID with a letter in it, no date that is none.
    public var isUnderstood: Bool { !terms.isEmpty && terms.allSatisfy { TermPattern($0) != nil } }
}
