import RuleLanguage

/// Imports what a pipeline of CTP is made of: scripts of its anonymizer, its filter and its pixel anonymizer. Several become
/// one rule set.
package struct CTPImport {
    package enum Kind: String, Sendable, CaseIterable { case anonymizer, filter, pixels }

    /// Values of parameters that are given from outside, in place of the script's.
    package var parameters: [String: String] = [:]
    /// CTP's local look-up table.
    package var lookupTable: ImportSource?
    /// What the files are; by their contents when it is not said.
    package var kind: Kind?

    package init() {}

    package func convert(_ sources: [ImportSource]) throws(ImportFailure) -> ImportedRules {
        let log = ImportLog()
        var table: CTPLookupTable?
        if let lookupTable { table = try CTPLookupTable(lookupTable.bytes, file: lookupTable.name) }
        let origin = ImportedRules.origin(sources, log)
        let names = sources.map(\.baseName).joined(separator: ", ")
        var set = ConvertedRuleSet(
            title: "Imported from CTP: \(ImportLog.shown(names))",
            id: ImportedRules.identifier(sources.first?.name ?? "script", "ctp"))
        set.preface = [
            "Made by `cordon import ctp` of \(ImportLog.shown(names)). A number in a comment is a line there."
        ]
        let pixelScripts = sources.count { (kind ?? Self.kind(of: $0)) == .pixels }
        for source in sources {
            switch kind ?? Self.kind(of: source) {
            case .anonymizer:
                guard set.profile == nil else {
                    throw ImportFailure(
                        "two-anonymizers", "one anonymizer script makes one profile, and this is the second",
                        at: SourceLocation(file: source.name, line: 1), hint: "import them one at a time")
                }
                try add(anonymizer: source, to: &set, table, log, origin)
            case .filter:
                let text = try Self.text(source)
                let expression = try FilterParser.parse(text, 0..<source.bytes.count, log: log)
                set.rules += HeldBack(log: log, origin: origin).rules(filter: expression, file: source.baseName)
            case .pixels:
                let script = try PixelScript(try Self.text(source), log: log)
                set.rules += HeldBack(log: log, origin: origin)
                    .rules(pixels: script, file: source.baseName, single: pixelScripts == 1)
            }
        }
        label(&set)
        remark(set, log)
        return try ImportedRules(set, log: log)
    }

    private func add(
        anonymizer source: ImportSource, to set: inout ConvertedRuleSet, _ table: CTPLookupTable?, _ log: ImportLog,
        _ origin: @escaping (ImportLog.ID) -> String
    ) throws(ImportFailure) {
        let script = try CTPScript(source.bytes, file: source.name, log: log)
        let translation = CTPProfile(script, parameters: parameters, table: table, log: log, origin: origin)
        let converted = translation.converted(id: "ctp", title: "Imported from \(ImportLog.shown(source.baseName))")
        set.profile = converted.profile
        set.lists += converted.lists
        set.rules += translation.rules
    }

    // MARK: - The whole

    private static let labels = [
        ("ctp-quarantined", "CTP's anonymizer would quarantine it"),
        ("ctp-skipped", "CTP's anonymizer would pass it as it is"),
        ("filtered-out", "CTP's filter would not let it pass"),
        ("burned-in-text", "CTP's pixel anonymizer would redact it"),
    ]

    private func label(_ set: inout ConvertedRuleSet) {
        let given = Set(set.rules.map(\.label))
        set.labels = Self.labels.filter { given.contains($0.0) }.map { (id: $0.0, meaning: $0.1) }
    }

    private func remark(_ set: ConvertedRuleSet, _ log: ImportLog) {
        if set.profile != nil {
            log.remark(
                "rules apply at every depth; CTP leaves sequences without a rule of their own as they are, with what is in them"
            )
            log.remark(
                "what an IOD requires becomes a dummy or empty where CTP removes it, and an element that is missing is not added"
            )
            if set.profile?.keepsPrivateElements == true {
                log.remark(
                    "UIDs in private elements that stay are new ones, where CTP leaves those that lead back to the original"
                )
            }
            log.remark(
                "images that are likely to have text burned in are sequestered; burned-in=\"pass\" lets them pass, as CTP's anonymizer does"
            )
        } else {
            log.remark(
                "no anonymizer script is among the files: what the rules do not hold back is released as it is, as a filter of CTP does"
            )
        }
        if !set.rules.isEmpty {
            log.remark("a study is judged as a whole: one object that CTP would hold back holds back all of its study")
        }
    }

    // MARK: - Reading

    /// By what it holds: XML or lines of a properties file, signatures in braces, or an expression.
    static func kind(of source: ImportSource) -> Kind {
        if CTPScript.isXML(source.bytes) { return .anonymizer }
        let text = ScriptText(file: source.name, bytes: source.bytes)
        let keys = ["param.", "set.", "keep.", "remove.", "#set.", "#keep.", "#remove.", "set,", "SET."]
        for line in text.lines.prefix(2000) {
            let trimmed = line.text.trimmed
            if keys.contains(where: { trimmed.hasPrefix($0) }) { return .anonymizer }
        }
        return hasRegion(source.bytes) ? .pixels : .filter
    }

    /// Whether a parenthesis follows a closing brace: a region behind a signature.
    private static func hasRegion(_ bytes: [UInt8]) -> Bool {
        var isBehindBrace = false
        for byte in bytes {
            if byte == UInt8(ascii: "}") {
                isBehindBrace = true
            } else if isBehindBrace, byte == UInt8(ascii: "(") {
                return true
            } else if byte > 0x20 {
                isBehindBrace = false
            }
        }
        return false
    }

    private static func text(_ source: ImportSource) throws(ImportFailure) -> ScriptText {
        let text = ScriptText(file: source.name, bytes: source.bytes)
        if let bad = text.firstBadByte() {
            throw ImportFailure(
                "wrong-encoding", "the bytes from \(bad) on are not UTF-8", at: text.location(at: bad),
                hint: "save the file as UTF-8")
        }
        return text
    }
}
