import DICOMCore

/// Reads profiles, and joins each with those that it extends.
struct ProfileParser {
    let log: FindingLog
    let settings: SettingsParser

    /// A profile as it is written.
    struct Written {
        var declared: Declarations.Named
        var parents: [XMLAttribute.Word]
        var contradicted: [XMLAttribute.Word]
        var methods: [Profile.MethodCode]
        var statements: [ProfileStatement.Selector: SettingsParser.Stated<ProfileStatement>]
        var settings: SettingsParser.Written

        /// Where it says what it extends.
        var extendsPlace: Place { declared.element.attribute("extends")?.place ?? declared.idPlace }
    }

    func parse(_ declarations: [Declarations.Named]) -> [String: Profile] {
        var written: [String: Written] = [:]
        for declared in declarations { written[declared.id] = self.written(declared) }
        let family = ProfileFamily(written, log: log)
        var profiles: [String: ProfileInheritance.Joined] = [:]
        for id in family.order {
            // Of one that is wrong has been spoken; those that extend it would only repeat it.
            guard let own = written[id], own.parents.allSatisfy({ profiles[$0.text] != nil }) else { continue }
            profiles[id] = ProfileInheritance(own, family: family, known: profiles, log: log).joined()
        }
        return profiles.mapValues(\.profile)
    }

    // MARK: - One profile

    private func written(_ declared: Declarations.Named) -> Written {
        let element = declared.element
        let parser = StatementParser(log: log, actions: settings.actions)
        var statements: [ProfileStatement.Selector: SettingsParser.Stated<ProfileStatement>] = [:]
        for child in element.children
        where child.name != "method" && child.name != "description" && !SettingsParser.names.contains(child.name) {
            guard let parsed = parser.parse(child) else { continue }
            let selector = parsed.statement.selector
            if let other = statements[selector] {
                log.error(
                    .duplicateStatement, "the profile `\(declared.id)` says two things of the same attributes",
                    at: child.place, hint: "the other stands at \(other.place.location)")
                continue
            }
            statements[selector] = SettingsParser.Stated(
                value: parsed.statement, text: parsed.text, place: parsed.place)
        }
        return Written(
            declared: declared, parents: parents(element),
            contradicted: element.attribute("contradicts")?.words ?? [],
            methods: element.children(named: "method").compactMap { method($0) }, statements: statements,
            settings: settings.parse(element))
    }

    private func parents(_ element: XMLElement) -> [XMLAttribute.Word] {
        var parents: [XMLAttribute.Word] = []
        for word in element.attribute("extends")?.words ?? [] {
            if parents.contains(where: { $0.text == word.text }) {
                log.error(.duplicateName, "the profile `\(word.text)` is named twice", at: word.place)
            } else {
                parents.append(word)
            }
        }
        return parents
    }

    private func method(_ element: XMLElement) -> Profile.MethodCode? {
        guard let system = element.attribute("system")?.trimmed, let code = element.attribute("code"),
            let value = code.trimmed, let meaning = element.attribute("meaning")?.trimmed
        else { return nil }
        if system == "DCM", !DeidentificationMethods.codes.contains(value) {
            log.error(
                .unknownMethod, "(\(value), DCM) is no de-identification method of CID 7050", at: code.place,
                hint: "its codes are 113100 to 113112")
        }
        return Profile.MethodCode(system: system, code: value, meaning: meaning)
    }
}

/// CID 7050 De-identification Method (PS3.16).
enum DeidentificationMethods {
    static let codes: [String] = (113100...113112).map(String.init)
}
