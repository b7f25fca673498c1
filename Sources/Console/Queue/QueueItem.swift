internal import CustodyLog
internal import Host
internal import Registry

/// A study that an audience does not get, as somebody picks it by the number of a decision.
struct QueueItem: Sendable {
    var study: String
    var audience: String
    /// The newest decision that keeps something of it back.
    var decision: Int64

    /// Picked at once.
    static let most = 50

    /// - Throws: `ConsoleProblem` where it is not kept back any more, or was decided anew since somebody looked.
    init(decision id: Int64, _ exchange: Exchange) throws {
        guard let entry = try exchange.registry.decision(id), entry.disposition == "sequester",
            let record = try exchange.registry.instance(entry.instance),
            let last = try exchange.registry.decisions(ofInstance: entry.instance).last(where: {
                $0.audience == entry.audience && $0.ruleSet == entry.ruleSet
            }), last.id == id
        else { throw ConsoleProblem.invalid("It was decided anew since you looked. Look again.") }
        guard let uid = record.instance.attributes[.studyInstanceUID], !uid.isEmpty else {
            throw ConsoleProblem.invalid("It names no study, so that nothing can be said of one.")
        }
        study = uid
        audience = entry.audience
        decision = id
    }

    /// What was picked in a form, each once; what cannot be is told.
    static func picked(_ exchange: Exchange) throws -> (items: [QueueItem], refused: [(number: Int64, why: String)]) {
        var numbers: [Int64] = []
        for text in exchange.request.form.all("pick") {
            guard let number = Int64(text), number > 0 else {
                throw ConsoleProblem.invalid("What was picked is unknown.")
            }
            if !numbers.contains(number) { numbers.append(number) }
        }
        guard !numbers.isEmpty else { throw ConsoleProblem.invalid("Pick something first: tick the box in its row.") }
        guard numbers.count <= most else {
            throw ConsoleProblem.invalid("That is more than \(most) at once. Pick fewer.")
        }
        var items: [QueueItem] = [], refused: [(Int64, String)] = []
        for number in numbers {
            do { items.append(try QueueItem(decision: number, exchange)) } catch let problem as ConsoleProblem {
                refused.append((number, problem.detail))
            }
        }
        return (items, refused)
    }

    /// The labels that are still to be given so that it goes, or why it does not.
    func missingLabels(_ exchange: Exchange) throws -> Result<[String], ConsoleProblem> {
        guard let ruleSet = exchange.console.ruleSet else {
            return .failure(.invalid("The console knows no rule set: nobody can tell what would let it go."))
        }
        let record = try exchange.study(study)
        let kept = try StudyPage.lastDecisions(record, exchange)[audience, default: []].filter {
            $0.disposition == "sequester"
        }
        // What was kept back since, perhaps by something else, was not seen by whoever picked this.
        guard kept.allSatisfy({ $0.id <= decision }) else {
            return .failure(.invalid("A newer decision keeps some of it back. Look again at the newest."))
        }
        let given = try StudyPage.labels(record, exchange).map(\.label)
        return LiftingLabels(kept, audience: audience, given: Set(given), in: ruleSet).missing
    }
}
