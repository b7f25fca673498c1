import RuleLanguage

/// Another tool's rules as a rule set of ours: its text, the lists that belong beside it, and what became of every
/// statement. Where something cannot be said in our language, what stands in its place lets no more pass (P2).
package struct ImportedRules: Sendable {
    /// A file beside the rule set.
    package struct ListFile: Sendable, Hashable {
        /// Relative to the rule set.
        package var name: String
        package var text: String
    }

    package var text: String
    package var lists: [ListFile]
    package var report: ImportReport
}

/// A file as it was given.
package struct ImportSource: Sendable {
    /// As findings and comments name it.
    package var name: String
    package var bytes: [UInt8]

    package init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    /// Without its folders.
    var baseName: String { name.split(separator: "/").last.map(String.init) ?? name }

    /// A script of this size holds a hundred thousand rules (P9).
    package static let maximumSize = 8 << 20
}

extension ImportedRules {
    /// Settles what was converted with the language, and writes it.
    init(_ set: ConvertedRuleSet, log: ImportLog) throws(ImportFailure) {
        var set = set
        let text = try LanguageCheck(log: log).settle(&set)
        let files = set.lists.map { ListFile(name: $0.fileName, text: $0.csv) }
        self.init(text: text, lists: files, report: log.report())
    }

    /// A name of a rule set from that of a file.
    static func identifier(_ name: String, _ tool: String) -> String {
        let base = name.split(separator: "/").last.map(String.init) ?? name
        return "\(tool)-\(CTPContext.name(base).lowercased())"
    }

    /// Before each comment: the line, with the file where there are several.
    static func origin(_ sources: [ImportSource], _ log: ImportLog) -> (ImportLog.ID) -> String {
        let isSingle = sources.count == 1
        return { id in
            let location = log.location(of: id)
            guard !isSingle else { return "\(location.line): " }
            let file = location.file.split(separator: "/").last.map(String.init) ?? location.file
            return "\(file):\(location.line): "
        }
    }
}
