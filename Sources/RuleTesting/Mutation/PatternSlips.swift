import RuleLanguage

/// What a slip of the pen makes of a regular expression: an anchor is forgotten, or one of several alternatives.
struct PatternSlips {
    private(set) var slips: [(what: String, source: String)] = []

    private let scalars: [Unicode.Scalar]

    init(_ source: String) {
        scalars = Array(source.unicodeScalars)
        // Between \Q and \E nothing means anything.
        guard !source.contains("\\Q") else { return }
        scan()
    }

    /// A group that is open: where its first alternative begins, and its bars.
    private struct Group {
        var start: Int
        var bars: [Int] = []
    }

    private mutating func scan() {
        var groups = [Group(start: 0)]
        var index = 0
        while index < scalars.count {
            switch scalars[index] {
            case "\\":
                if index + 1 < scalars.count, "bAz".unicodeScalars.contains(scalars[index + 1]) {
                    forget(index..<(index + 2))
                }
                index += 1
            case "[": index = endOfClass(index)
            case "^", "$": forget(index..<(index + 1))
            case "(":
                index = startOfGroup(index)
                groups.append(Group(start: index + 1))
            case "|": groups[groups.count - 1].bars.append(index)
            case ")":
                guard groups.count > 1 else { return }
                shorten(groups.removeLast(), end: index)
            default: break
            }
            index += 1
        }
        guard groups.count == 1 else { return }
        shorten(groups[0], end: scalars.count)
    }

    /// The bracket that ends a class; one that stands first belongs to it, and so do those of `[:alpha:]`.
    private func endOfClass(_ open: Int) -> Int {
        var index = open + 1
        if index < scalars.count, scalars[index] == "^" { index += 1 }
        if index < scalars.count, scalars[index] == "]" { index += 1 }
        while index < scalars.count, scalars[index] != "]" {
            if scalars[index] == "\\" { index += 1 }
            if scalars[index...].starts(with: "[:".unicodeScalars),
                let end = scalars[index...].firstIndex(of: "]")
            {
                index = end
            }
            index += 1
        }
        return min(index, scalars.count - 1)
    }

    /// The last character of what a group begins with: `(`, `(?:`, `(?P<name>`.
    private func startOfGroup(_ open: Int) -> Int {
        guard open + 1 < scalars.count, scalars[open + 1] == "?" else { return open }
        return scalars[open...].firstIndex { $0 == ":" || $0 == ">" } ?? open
    }

    private mutating func shorten(_ group: Group, end: Int) {
        guard !group.bars.isEmpty else { return }
        let starts = [group.start] + group.bars.map { $0 + 1 }
        let ends = group.bars + [end]
        for (number, (start, end)) in zip(starts, ends).enumerated() {
            // With the bar before it, or the one behind the first.
            forget(number == 0 ? start..<(end + 1) : (start - 1)..<end, as: start..<end)
        }
    }

    private mutating func forget(_ range: Range<Int>, as shown: Range<Int>? = nil) {
        let shown = shown ?? range
        let what = "its pattern at \(shown.lowerBound + 1) without `\(text(shown))`"
        slips.append((what, text(0..<range.lowerBound) + text(range.upperBound..<scalars.count)))
    }

    private func text(_ range: Range<Int>) -> String { String(String.UnicodeScalarView(scalars[range])) }
}

extension Condition {
    /// Patterns in the condition and its parts, each once: a rule that looks for the same words in many attributes has one.
    var patterns: [(pattern: TextPattern, location: SourceLocation)] {
        var found: [(pattern: TextPattern, location: SourceLocation)] = []
        for (_, part) in parts() {
            guard case .matches(_, let pattern) = part.kind,
                !found.contains(where: { $0.pattern.isSame(as: pattern) })
            else { continue }
            found.append((pattern, part.location))
        }
        return found
    }

    /// With one pattern replaced wherever it stands.
    func replacing(_ old: TextPattern, by new: TextPattern) -> Condition {
        func replaced(_ parts: [Condition]) -> [Condition] { parts.map { $0.replacing(old, by: new) } }
        switch kind {
        case .all(let parts): return Condition(.all(replaced(parts)), at: location)
        case .any(let parts): return Condition(.any(replaced(parts)), at: location)
        case .not(let part): return Condition(.not(part.replacing(old, by: new)), at: location)
        case .item(let quantifier, let reference, let part):
            return Condition(.item(quantifier, of: reference, part.replacing(old, by: new)), at: location)
        case .matches(let reference, let pattern) where pattern.isSame(as: old):
            return Condition(.matches(reference, new), at: location)
        default: return self
        }
    }
}

extension TextPattern {
    fileprivate func isSame(as other: TextPattern) -> Bool {
        source == other.source && isCaseSensitive == other.isCaseSensitive
    }
}
