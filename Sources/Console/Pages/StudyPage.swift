internal import CustodyLog
internal import Host
internal import Registry
internal import RuleEngine
internal import RuleLanguage

/// One study: what it is called, by what, and what became of it.
enum StudyPage {
    static func show(_ exchange: Exchange) throws -> ConsoleAnswer {
        let uid = exchange.values["study"] ?? ""
        let record = try exchange.study(uid)
        guard !record.instances.isEmpty else { throw ConsoleProblem.notFound }
        let sight = try exchange.sight(ofStudy: uid), person = try exchange.person()
        let seesPatients = sight != nil
        // Written down before anything is shown.
        try exchange.console.record(
            .viewed, by: person.name, at: exchange.time,
            [("what", "study"), ("patient", seesPatients ? "yes" : "no")] + (sight?.facts ?? []),
            personal: [("StudyInstanceUID", uid)], about: [.study(uid)])
        let holds = try exchange.registry.holds(inForceForStudy: uid, at: exchange.time)
        let labels = try labels(record, exchange)
        let decided = try lastDecisions(record, exchange)
        let explanations = decided.values.flatMap { $0 }.compactMap { RecordedExplanation($0.explanation) }
        let removed = record.instances.filter { $0.removed != nil }.count
        var values: [String: Any] = [
            "uid": uid, "path": PercentText.encode(uid), "seesPatients": seesPatients,
            "instances": Words.count(record.instances.count, "instance", "instances"),
            "removed": removed > 0 ? "\(removed)" : "",
            "tiers": ladder(explanations, exchange.console.ruleSet), "noTiers": explanations.isEmpty,
            "unreadable": explanations.count < decided.values.joined().count,
            "vocabulary": exchange.console.vocabulary, "noVocabulary": exchange.console.vocabulary.isEmpty,
            "labels": try labels.map { try row($0, exchange, seesPatients: seesPatients) }, "noLabels": labels.isEmpty,
            "holds": exchange.may(.seeHolds)
                ? holds.map { ["id": "\($0.id)", "matter": $0.matter, "custodian": $0.custodian] } : [],
            "mayHold": exchange.may(.placeHolds), "seesHolds": exchange.may(.seeHolds),
            "decisions": decisions(decided), "noDecisions": decided.isEmpty,
            "mayKeep": exchange.may(.keepStudies), "mayAsk": exchange.may(.askForGlass),
            "mayLabel": exchange.may(.giveLabels), "onePatient": record.patients.count == 1,
            "history": try history(uid, exchange),
        ]
        if record.instances.count > mostInstances { values["cut"] = "\(mostInstances)" }
        values["ways"] = try ways(uid, decided, labels, exchange)
        if seesPatients { addPictures(of: record, explanations, to: &values, exchange) }
        // That something is held is for those who see holds.
        if exchange.may(.seeHolds), !holds.isEmpty { values["held"] = Words.count(holds.count, "hold", "holds") }
        if case .grant(let id) = sight { values["grant"] = "\(id)" }
        values["facts"] = facts(record, seesPatients: seesPatients)
        return exchange.page("study", "Study", values.compactMapValues { $0 })
    }

    /// Of what was kept for its pixels boxes are drawn around what looks like text.
    private static func addPictures(
        of record: StudyRecord, _ explanations: [RecordedExplanation], to values: inout [String: Any],
        _ exchange: Exchange
    ) {
        let uid = exchange.values["study"] ?? ""
        let (pictures, series) = PictureChoice.of(record.instances)
        let isAboutPixels = explanations.contains { $0.reason?.contains("ixel") ?? false }
        let marksText = exchange.request.query["text"] == "yes" || isAboutPixels
        let shown = Set(pictures.map(\.series)).count
        values["hasPictures"] = true
        values["noPictures"] = pictures.isEmpty
        values["marksText"] = marksText
        values["pictures"] = pictures.map { $0.values(study: uid, marksText: marksText) }
        if series > shown { values["moreSeries"] = "\(series - shown)" }
    }

    private static func facts(_ record: StudyRecord, seesPatients: Bool) -> [[String: String]] {
        func all(_ attribute: InstanceAttribute) -> String {
            Set(record.instances.compactMap { $0.instance.attributes[attribute] }).sorted().joined(separator: ", ")
        }
        func dates(_ attribute: InstanceAttribute) -> String {
            all(attribute).split(separator: ", ").map { Words.studyDate(String($0)) }.joined(separator: ", ")
        }
        var rows: [(String, String)] = []
        if seesPatients {
            rows += [
                (
                    "Patient ID",
                    record.patients.map { "\($0.id)\($0.issuer.map { " of \($0)" } ?? "")" }.joined(separator: ", ")
                ),
                ("Name", all(.patientName)), ("Born", dates(.patientBirthDate)),
                ("Accession number", all(.accessionNumber)),
                ("Description", all(.studyDescription)), ("Referring physician", all(.referringPhysicianName)),
            ]
        }
        rows += [
            ("Study date", dates(.studyDate)), ("Modality", all(.modality)), ("Body part", all(.bodyPartExamined)),
            ("Institution", all(.institutionName)), ("Station", all(.stationName)),
            ("Came from", Set(record.instances.map(\.instance.source)).sorted().joined(separator: ", ")),
            ("First received", record.instances.map(\.instance.received).min().map(Words.time) ?? ""),
        ]
        return rows.filter { !$0.1.isEmpty }.map { ["name": $0.0, "value": $0.1] }
    }

    // MARK: - Labels

    /// In force for any instance of the study, each once, by number.
    static func labels(_ record: StudyRecord, _ exchange: Exchange) throws -> [LabelRecord] {
        // What is about the study or its patients reaches every instance; what is about one, or a query, is found at it.
        try exchange.registry.labels(
            forAny: record.instances.prefix(mostInstances).map(\.instance), at: exchange.time)
    }

    private static func row(
        _ label: LabelRecord, _ exchange: Exchange, seesPatients: Bool
    ) throws -> [String: Any] {
        let source =
            switch label.source {
            case .person: "a person"
            case .rule: "a rule"
            case .list: "a list"
            case .dataSet: "the data set"
            case .hold: "a hold"
            case .feed: "another system"
            }
        let about =
            switch label.scope {
            case .study: "this study"
            case .patient: "the patient"
            case .instance, .query: label.scope.words(showsValues: false)
            }
        var values: [String: Any] = [
            "id": "\(label.id)", "label": label.label, "about": about,
            "by": "\(source), \(label.author)", "time": Words.time(label.time), "tellsOfHold": label.tellsOfHold,
            "expires": label.expires.map(Words.day) ?? "", "reason": seesPatients ? label.reason : "",
        ]
        if let wish = label.withdrawalRequest {
            values["wish"] = "\(wish.person) asked for its withdrawal: somebody else withdraws it"
            values["isOwnWish"] =
                try exchange.session.map { try exchange.registry.isOne(wish.person, $0.person) } ?? false
        }
        return values
    }

    /// Labels that the last decisions were made by, tier by tier, the lowest first. Without a rule set nobody knows their tiers.
    private static func ladder(_ explanations: [RecordedExplanation], _ ruleSet: RuleSet?) -> [[String: Any]] {
        var labels: [String: RecordedExplanation.Label] = [:]
        for label in explanations.flatMap({ $0.labels ?? [] }) {
            guard var known = labels[label.label] else {
                labels[label.label] = label
                continue
            }
            known.certain = known.certain || label.certain
            known.reasons += label.reasons.filter { !known.reasons.contains($0) }
            labels[label.label] = known
        }
        let tiers = Dictionary(grouping: labels.values) { ruleSet?.labels[$0.label]?.tier ?? 0 }
        let steps = [
            (1, "Tier 1: sensitive or not"), (2, "Tier 2: category"), (3, "Tier 3: detail and combination"),
            (4, "Tier 4: security label"),
            (0, ruleSet == nil ? "Labels" : "Labels that the rule set does not have any more"),
        ]
        return steps.compactMap { tier, name in
            let labels = (tiers[tier] ?? []).sorted { $0.label < $1.label }
            // A site that knows no tiers shows none, and what is in no tier is rare.
            if labels.isEmpty, tier == 0 || ruleSet == nil || tier > (ruleSet?.tier ?? 0) { return nil }
            return [
                "name": name, "empty": labels.isEmpty,
                "labels": labels.map { label -> [String: Any] in
                    [
                        "label": label.label, "meaning": ruleSet?.labels[label.label]?.meaning ?? "",
                        "uncertain": !label.certain, "reasons": label.reasons.prefix(20).map { words($0, ruleSet) },
                    ]
                },
            ]
        }
    }

    static func words(_ reason: RecordedExplanation.Reason, _ ruleSet: RuleSet?) -> String {
        let id = reason.id ?? ""
        var words =
            switch reason.kind {
            case "rule": ruleSet?.rules.first { $0.id == id }?.inWords ?? "the rule \(id)"
            case "impliedBy": "comes with \(id)"
            case "registry": "the registry has it"
            case "incomingCode": "the sender marked it so"
            case "unknownCode": "the sender marked it with a code that nobody knows here"
            case "unreadableCode", "unreadableIdentity": "something in it cannot be read"
            default: "\(reason.kind) \(id)"
            }
        var attributes: [String] = []
        for evidence in reason.evidence ?? [] where !attributes.contains(evidence.attribute) {
            attributes.append(AttributeName.of(evidence.attribute) + (evidence.problem.map { " (\($0))" } ?? ""))
        }
        if !attributes.isEmpty { words += ", by " + attributes.prefix(5).joined(separator: ", ") }
        if let file = reason.file, let line = reason.line { words += " [\(lastStep(file)):\(line)]" }
        return words
    }

    private static func lastStep(_ path: String) -> Substring { path.split(separator: "/").last ?? "" }

    // MARK: - Decisions

    /// What was decided last for each audience, for each of the first instances: by the site's rule set, where one is named.
    static func lastDecisions(
        _ record: StudyRecord, _ exchange: Exchange
    ) throws -> [String: [DecisionEntry]] {
        let entries = try exchange.registry.lastDecisions(
            ofInstances: record.instances.prefix(mostInstances).map(\.instance.digest),
            ruleSet: exchange.console.ruleSet?.id)
        return Dictionary(grouping: entries, by: \.audience)
    }

    /// Of larger studies it is said that not all were looked at.
    static let mostInstances = 200

    private static func decisions(_ decided: [String: [DecisionEntry]]) -> [[String: Any]] {
        decided.sorted { $0.key < $1.key }.map { audience, entries -> [String: Any] in
            let revisions = Set(entries.map { "\($0.ruleSet) revision \($0.revision)" })
            return [
                "audience": audience, "parts": parts(entries), "ruleSet": revisions.sorted().joined(separator: ", "),
                "reasons": clauses(entries), "time": entries.map(\.time).max().map(Words.time) ?? "",
            ]
        }
    }

    /// How many instances have which disposition, the most restrictive first.
    private static func parts(_ entries: [DecisionEntry]) -> [[String: Any]] {
        let counts = Dictionary(grouping: entries, by: \.disposition)
        return ["sequester", "deidentify", "flag", "release"].compactMap { name in
            counts[name].map {
                [
                    "disposition": name, "kept": name == "sequester",
                    "count": Words.count($0.count, "instance", "instances"),
                ]
            }
        }
    }

    /// What decided, in words, each once.
    static func clauses(_ entries: [DecisionEntry]) -> [String] {
        var words: Set<String> = []
        for explanation in entries.compactMap({ RecordedExplanation($0.explanation) }) {
            if let reason = explanation.reason { words.insert(reason) }
            guard let clause = explanation.clauses?.first else { continue }
            let cause = clause.labels.map { "because of \($0.joined(separator: " and "))" } ?? "always"
            let place = clause.file.map { " [\(lastStep($0)):\(clause.line ?? 0)]" } ?? ""
            words.insert("\(cause): \(clause.disposition)\(place)")
        }
        return words.sorted()
    }

    /// For each audience that is kept from it: what would let it go.
    static func ways(
        _ uid: String, _ decided: [String: [DecisionEntry]], _ labels: [LabelRecord], _ exchange: Exchange
    ) throws -> [[String: Any]] {
        guard let ruleSet = exchange.console.ruleSet else { return [] }
        let given = Set(labels.map(\.label))
        return try decided.sorted { $0.key < $1.key }.compactMap { audience, entries -> [String: Any]? in
            let kept = entries.filter { $0.disposition == "sequester" }
            guard let newest = kept.map(\.id).max() else { return nil }
            let lifting = LiftingLabels(kept, audience: audience, given: given, in: ruleSet)
            let ways = lifting.ways.map { way -> [String: Any] in
                [
                    "cause": way.cause, "lifting": way.label ?? "", "given": way.isGiven, "meaning": way.meaning ?? "",
                    "id": "\(audience)-\(way.label ?? "")",
                ]
            }
            var values: [String: Any] = [
                "audience": audience, "ways": ways, "noClause": ways.isEmpty, "decision": "\(newest)",
                "count": Words.count(kept.count, "instance is", "instances are"),
            ]
            if let known = try exchange.console.desk.kept(study: uid, audience: audience, since: newest) {
                values["kept"] = "\(known.person), \(Words.time(known.time)):"
                values["keptPath"] = exchange.may(.seeLog) ? "/log/\(known.leaf)" : ""
            }
            return values
        }
    }

    // MARK: - History

    /// The last entries of the custody log about a study that somebody may see, the newest first.
    static func entries(about uid: String, _ exchange: Exchange) throws -> [(Int, EventLeaf)] {
        let indices = try exchange.registry.leaves(about: .study(uid), last: 100)
        let leaves = try exchange.registry.readLog { log in try indices.map { ($0, try log.leaf(at: $0)) } }
        return leaves.reversed().filter { exchange.maySee($0.1.kind) }
    }

    private static func history(_ uid: String, _ exchange: Exchange) throws -> [[String: Any]] {
        let seesLog = exchange.may(.seeLog)
        // Looks of one person that follow each other are one line: else nothing else would be found.
        var lines: [(index: Int, leaf: EventLeaf, count: Int)] = []
        for (index, leaf) in try entries(about: uid, exchange) {
            if leaf.kind == .viewed, let last = lines.last, last.leaf.kind == .viewed, last.leaf.actor == leaf.actor {
                lines[lines.count - 1].count += 1
            } else {
                lines.append((index, leaf, 1))
            }
        }
        return lines.map { line in
            [
                "time": Words.time(line.leaf.time), "actor": line.leaf.actor,
                "kind": LogPages.words(line.leaf.kindName) + (line.count > 1 ? " \(line.count) times" : ""),
                "path": seesLog ? "/log/\(line.index)" : "", "index": line.index,
            ]
        }
    }
}

extension Exchange {
    /// Whether the history of a study tells somebody that such a thing happened: of holds and of broken glass it tells those alone who
    /// see them, and of what this version has no word for, those who see both.
    func maySee(_ kind: CustodyEvent.Kind?) -> Bool {
        guard let kind else { return may(.seeHolds) && may(.seeGrants) }
        switch kind {
        case .held, .holdReviewed, .releaseRequested, .released, .releaseDeclined, .forbidden, .produced, .verified:
            return may(.seeHolds)
        case .overrideRequested, .overrideDeclined, .overrideStarted, .overrideStopped, .overrideReviewed:
            return may(.seeGrants)
        default: return true
        }
    }
}

extension Rule {
    /// Its title; else what it asks, where that is one thing.
    fileprivate var inWords: String {
        if let title { return title }
        switch condition.kind {
        case .all, .any, .not, .item: return "the rule \(id)"
        default: return "the rule \(id): \(condition.words)"
        }
    }
}
