internal import CustodyLog
internal import Host
internal import Registry
internal import RuleLanguage

/// The registry, study by study.
enum StudyPages {
    /// Instances of one answer. Who has more asks for less.
    static let most = 2000

    static let routes: [ConsoleRoute] = [
        .page("/studies", .seeStudies, search),
        .page("/studies/{study}", .seeStudies, StudyPage.show),
        .action("/studies/{study}/labels", .giveLabels, needsCode: true, when: mayLetGo, give),
        .action("/studies/{study}/labels/{label}/withdraw", .giveLabels, needsCode: true, withdraw),
    ]

    // MARK: - Searching

    private static func search(_ exchange: Exchange) throws -> ConsoleAnswer {
        let query = exchange.request.query
        let seesPatients = exchange.may(.seePatients)
        var values: [String: Any] = [
            "study": query["study"] ?? "", "accession": query["accession"] ?? "", "seesPatients": seesPatients,
            "patient": seesPatients ? query["patient"] ?? "" : "", "issuer": seesPatients ? query["issuer"] ?? "" : "",
        ]
        if let scope = scope(query, seesPatients: seesPatients) {
            // Written down before anything is shown.
            try exchange.console.record(
                .queried, by: exchange.person().name, at: exchange.time, [("what", "studies")],
                personal: [("query", scope.words(showsValues: true))], about: [scope])
            let found = try exchange.registry.instances(matching: scope, limit: most)
            let studies = Dictionary(grouping: found) { $0.instance.attributes[.studyInstanceUID] ?? "" }
            let rows = studies.map { row($0.key, $0.value, seesPatients: seesPatients) }
            values["found"] =
                [
                    "rows": rows.sorted { $0.date > $1.date }.map(\.values),
                    "count": Words.count(rows.count, "study", "studies"),
                ] as [String: Any]
            values["none"] = rows.isEmpty
            values["cut"] = found.count == most
        }
        return exchange.page("studies", "Studies", values)
    }

    static func scope(_ query: FormFields, seesPatients: Bool) -> Scope? {
        if let uid = query["study"] { return .study(uid) }
        if let number = query["accession"] {
            return .query(InstanceQuery(terms: [InstanceQuery.Term(attribute: .accessionNumber, value: number)]))
        }
        if seesPatients, let id = query["patient"] { return .patient(PatientIdentity(id: id, issuer: query["issuer"])) }
        return nil
    }

    private static func row(
        _ uid: String, _ records: [RecordedInstance], seesPatients: Bool
    ) -> (date: String, values: [String: Any]) {
        func all(_ attribute: InstanceAttribute) -> String {
            Set(records.compactMap { $0.instance.attributes[attribute] }).sorted().joined(separator: ", ")
        }
        let date = all(.studyDate)
        var values: [String: Any] = [
            "uid": uid, "path": PercentText.encode(uid), "withoutUID": uid.isEmpty, "modality": all(.modality),
            "date": date.split(separator: ", ").map { Words.studyDate(String($0)) }.joined(separator: ", "),
            "instances": records.count, "received": records.map(\.instance.received).max().map(Words.time) ?? "",
        ]
        if seesPatients {
            values["patient"] = all(.patientID)
            values["name"] = all(.patientName)
            values["description"] = all(.studyDescription)
        }
        return (date, values)
    }

    // MARK: - Labels

    /// A label by which something may leave, or that comes with one by which it may, asks for what letting go in the queue asks for. One that
    /// only restricts is given at once: who protects somebody is not kept waiting. Without rules nobody can tell.
    private static func mayLetGo(_ exchange: Exchange) -> Bool {
        guard let ruleSet = exchange.console.ruleSet, let name = exchange.request.form["label"] else { return true }
        return !ruleSet.labels.ancestors(of: name).union([name]).isDisjoint(with: ruleSet.labelsThatLetGo)
    }

    private static func give(_ exchange: Exchange) throws -> ConsoleAnswer {
        let uid = exchange.values["study"] ?? ""
        let record = try exchange.study(uid)
        guard !record.instances.isEmpty else { throw ConsoleProblem.notFound }
        let scope: Scope
        if exchange.request.form["on"] == "patient" {
            guard record.patients.count == 1, let patient = record.patients.first else {
                throw ConsoleProblem.invalid(
                    "The study names \(Words.count(record.patients.count, "patient", "patients")), so that nobody can tell whose label it would be. Label the study."
                )
            }
            scope = .patient(patient)
        } else {
            scope = .study(uid)
        }
        let label = try exchange.registry.label(
            exchange.field("label", "The label"), on: scope, tellsOfHold: exchange.request.form["tells-of-hold"] != nil,
            reason: exchange.field("reason", "The reason"), expires: exchange.date("expires", "The end"),
            by: exchange.person(), at: exchange.time)
        return exchange.done("Label \(label.id), “\(label.label)”, is given.", path(uid))
    }

    private static func withdraw(_ exchange: Exchange) throws -> ConsoleAnswer {
        let uid = exchange.values["study"] ?? "", id = try exchange.number("label")
        let reason = try exchange.field("reason", "The reason")
        // Only what the page shows.
        guard try StudyPage.labels(exchange.study(uid), exchange).contains(where: { $0.id == id })
        else {
            throw ConsoleProblem.notFound
        }
        switch try exchange.registry.withdraw(label: id, reason: reason, by: exchange.person(), at: exchange.time) {
        case .withdrawn: return exchange.done("Label \(id) is withdrawn.", path(uid))
        case .requested:
            return exchange.done(
                "The withdrawal of label \(id) is asked for. It tells of a hold: somebody else withdraws it, too.",
                path(uid))
        }
    }

    static func path(_ uid: String) -> String { "/studies/" + PercentText.encode(uid) }
}
