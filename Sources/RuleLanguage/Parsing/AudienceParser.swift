/// Reads audiences, and checks that their clauses can be joined.
struct AudienceParser {
    let log: FindingLog
    let labels: [String: Label]
    let profiles: [String: Profile]
    /// Of all that are declared, those that are wrong included.
    let profileNames: [String]
    /// Of the site.
    let tier: Int

    func parse(_ declared: Declarations.Named) -> Audience? {
        let element = declared.element
        let all = element.children(named: "always")
        if let second = all.dropFirst().first {
            log.error(.badConsequence, "an audience has one `always`", at: second.place)
        }
        let clauses = element.children(named: "on").compactMap { clause($0) }
        guard let first = all.first else {
            log.error(
                .noAlways, "the audience `\(declared.id)` does not say what applies to every study",
                at: element.place, hint: "write <always><sequester/></always>, or another disposition")
            return nil
        }
        guard let always = consequence(first) else { return nil }
        let audience = Audience(
            id: declared.id, purpose: element.attribute("purpose")?.trimmed,
            title: element.attribute("title")?.value, always: always.consequence,
            clauses: clauses.map(\.clause).sorted { Self.key($0) < Self.key($1) }, location: element.location)
        ProfileMeetingCheck(log: log, profiles: profiles).check([always] + clauses.map(\.written))
        checkUse(of: clauses, beside: always.consequence)
        let coverage = TierCoverage(labels: labels, profiles: profiles, tier: tier)
        for (clause, written) in clauses {
            guard let open = coverage.openLabels(of: clause, in: audience).first else { continue }
            log.error(
                .clauseAboveTier, coverage.message(open), at: written.place, hint: coverage.hint(open, clause))
        }
        return audience
    }

    /// A consequence with the place of the profile that it names.
    struct Written {
        var consequence: Audience.Consequence
        var profilePlace: Place?
        var place: Place
    }

    // MARK: - Clauses

    private func clause(_ element: XMLElement) -> (clause: Audience.Clause, written: Written)? {
        let consequence = consequence(element)
        let words = element.attribute("label")?.words ?? []
        for word in words where labels[word.text] == nil { log.unknownLabel(word, among: labels) }
        let unless = element.attribute("unless")?.words.first
        if let unless { checkLift(unless, words) }
        guard let consequence, !words.isEmpty else { return nil }
        let clause = Audience.Clause(
            labels: element.names("label"), unless: unless?.text, consequence: consequence.consequence,
            location: element.location)
        return (clause, consequence)
    }

    private func checkLift(_ unless: XMLAttribute.Word, _ words: [XMLAttribute.Word]) {
        guard let lifting = labels[unless.text] else { return log.unknownLabel(unless, among: labels) }
        let missing = words.map(\.text).filter { labels[$0] != nil && !lifting.lifts.contains($0) }
        guard !missing.isEmpty else { return }
        let all = Set(lifting.lifts).union(missing).sorted().joined(separator: " ")
        log.error(
            .doesNotLift,
            "`\(lifting.id)` does not say that it lifts \(Spelling.list(missing, conjunction: "and"))",
            at: unless.place, hint: "write lifts=\"\(all)\" at the label, or split the clause")
    }

    private func consequence(_ element: XMLElement) -> Written? {
        var dispositions: [(element: XMLElement, disposition: Disposition)] = []
        var obligations: Set<Audience.Obligation> = []
        for child in element.children {
            if let disposition = Disposition.allCases.first(where: { $0.name == child.name }) {
                dispositions.append((child, disposition))
            } else if child.name == "oblige", let system = child.attribute("system")?.trimmed,
                let code = child.attribute("code")?.trimmed
            {
                obligations.insert(Audience.Obligation(system: system, code: code))
            }
        }
        guard let (chosen, disposition) = dispositions.first, dispositions.count == 1 else {
            let names = Disposition.allCases.map(\.name)
            log.error(
                .badConsequence, "`\(element.name)` holds exactly one of \(Spelling.list(names, conjunction: "and"))",
                at: dispositions.dropFirst().first?.element.place ?? element.place)
            return nil
        }
        let profile = chosen.attribute("profile")?.words.first
        if let profile {
            if let used = profiles[profile.text] {
                ProfileUseCheck(log: log).check(used, at: profile.place)
            } else if !profileNames.contains(profile.text) {
                // One that is there and is wrong has been spoken of where it stands.
                log.error(
                    .unknownProfile, "there is no profile `\(profile.text)`", at: profile.place,
                    hint: Spelling.suggestion(for: profile.text, among: profileNames))
            }
        }
        return Written(
            consequence: Audience.Consequence(
                disposition: disposition, profile: disposition == .deidentify ? profile?.text : nil,
                carriesLabels: chosen.attribute("carry") != nil, obligations: obligations.sorted()),
            profilePlace: profile?.place, place: element.place)
    }

    /// A clause can only restrict further: one that is weaker than `always` does nothing.
    private func checkUse(
        of clauses: [(clause: Audience.Clause, written: Written)], beside always: Audience.Consequence
    ) {
        for (clause, written) in clauses {
            let own = clause.consequence
            let adds =
                own.disposition > always.disposition || own.carriesLabels && !always.carriesLabels
                || own.profile != nil && own.profile != always.profile && always.disposition <= .deidentify
                || !Set(own.obligations).isSubset(of: always.obligations)
            guard !adds else { continue }
            log.warning(
                .uselessClause,
                "the clause changes nothing: `\(own.disposition.name)` is no more than `always` asks for",
                at: written.place,
                hint: "clauses can only restrict further")
        }
    }

    /// An order that the file cannot change (P4).
    private static func key(_ clause: Audience.Clause) -> String {
        let own = clause.consequence
        return clause.labels.joined(separator: " ")
            + "|\(clause.unless ?? "")|\(own.disposition.rawValue)|\(own.profile ?? "")|\(clause.location)"
    }
}
