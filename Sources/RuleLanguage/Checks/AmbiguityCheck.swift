import DICOMCore

/// Finds statements of a profile that are equally specific, choose a common element, and do different things to it.
/// Same selectors are found where a profile is read; here are paths that overlap, and groups.
struct AmbiguityCheck {
    let log: FindingLog

    typealias Statement = SettingsParser.Stated<ProfileStatement>

    func check(_ statements: [Statement], own: ProfileParser.Written, parents: [Profile]) {
        var paths: [(path: PathPattern, statement: Statement)] = []
        let withPaths = statements.filter { if case .path = $0.value.selector { true } else { false } }
        for statement in withPaths.sorted(by: { $0.place.location < $1.place.location }) {
            guard case .path(let path) = statement.value.selector else { continue }
            for other in paths where other.statement.value.action != statement.value.action {
                if Self.overlap(path, other.path) { report(statement, other.statement, own, parents) }
            }
            paths.append((path, statement))
        }
        checkGroups(statements, own, parents)
    }

    private func checkGroups(_ statements: [Statement], _ own: ProfileParser.Written, _ parents: [Profile]) {
        let repeating = statements.filter {
            if case .group(_, repeating: true) = $0.value.selector { true } else { false }
        }
        for statement in statements {
            guard case .group(let group, repeating: false) = statement.value.selector else { continue }
            for other in repeating where other.value.action != statement.value.action {
                guard case .group(let first, _) = other.value.selector, group & 0xFF00 == first else { continue }
                report(statement, other, own, parents)
            }
        }
    }

    private func report(
        _ statement: Statement, _ other: Statement, _ own: ProfileParser.Written, _ parents: [Profile]
    ) {
        // Of an inherited and an own statement, the own one is what can be changed. Of two inherited ones, their coming
        // together is, unless they have come together before.
        let isOwn = own.statements[statement.value.selector]?.place.location == statement.place.location
        let isOtherOwn = own.statements[other.value.selector]?.place.location == other.place.location
        guard isOwn || isOtherOwn else {
            let isKnown = parents.contains { parent in
                [statement, other].allSatisfy { inherited in
                    parent.statements.contains { $0.location == inherited.value.location }
                }
            }
            guard !isKnown else { return }
            log.error(
                .ambiguousStatement, "two inherited statements choose the same element and neither is more specific",
                at: own.extendsPlace,
                hint:
                    "they stand at \(other.place.location) and \(statement.place.location); make one of them name what it means"
            )
            return
        }
        let (shown, hidden) = isOwn ? (statement, other) : (other, statement)
        log.error(
            .ambiguousStatement, "two statements choose the same element and neither is more specific",
            at: shown.place, hint: "the other stands at \(hidden.place.location); make one of them name what it means")
    }

    /// Whether one element of some data set is meant by both.
    static func overlap(_ left: PathPattern, _ right: PathPattern) -> Bool {
        meet(left.element, right.element) && overlap(left.steps[...], right.steps[...])
    }

    private static func overlap(_ left: ArraySlice<PathPattern.Step>, _ right: ArraySlice<PathPattern.Step>) -> Bool {
        guard let first = left.first else { return right.allSatisfy { $0 == .anyDepth } }
        guard let second = right.first else { return left.allSatisfy { $0 == .anyDepth } }
        switch (first, second) {
        case (.anyDepth, _): return overlap(left.dropFirst(), right) || overlap(left, right.dropFirst())
        case (_, .anyDepth): return overlap(left, right.dropFirst()) || overlap(left.dropFirst(), right)
        case (.sequence(let a, let item), .sequence(let b, let other)):
            let sameItem = item == nil || other == nil || item == other
            return sameItem && meet(a, b) && overlap(left.dropFirst(), right.dropFirst())
        }
    }

    private static func meet(_ left: PathPattern.Element, _ right: PathPattern.Element) -> Bool {
        switch (left, right) {
        case (.standard(let tag), .repeating(let group, let element)),
            (.repeating(let group, let element), .standard(let tag)):
            tag.group & 0xFF00 == group && tag.element == element
        default: left == right
        }
    }
}
