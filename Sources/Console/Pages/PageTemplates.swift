internal import Mustache

/// The pages' templates, from `Templates/`, read once.
struct PageTemplates: Sendable {
    private let library: MustacheLibrary

    /// By the name that pages give.
    private static let sources: [String: [UInt8]] = [
        "layout": PackageResources.layout_mustache, "problem": PackageResources.problem_mustache,
        "login": PackageResources.login_mustache, "home": PackageResources.home_mustache,
        "queue": PackageResources.queue_mustache, "operations": PackageResources.operations_mustache,
        "rules": PackageResources.rules_mustache,
        "account": PackageResources.account_mustache, "codes": PackageResources.codes_mustache,
        "accounts": PackageResources.accounts_mustache, "holds": PackageResources.holds_mustache,
        "hold": PackageResources.hold_mustache, "hold-new": PackageResources.hold_new_mustache,
        "studies": PackageResources.studies_mustache, "study": PackageResources.study_mustache,
        "queue-confirm": PackageResources.queue_confirm_mustache,
        "queue-done": PackageResources.queue_done_mustache, "emergency": PackageResources.emergency_mustache,
        "productions": PackageResources.productions_mustache,
        "candidate": PackageResources.candidate_mustache, "rules-try": PackageResources.rules_try_mustache,
        "log": PackageResources.log_mustache, "entry": PackageResources.entry_mustache,
        "token": PackageResources.token_mustache, "signed-out": PackageResources.signed_out_mustache,
        "onward": PackageResources.onward_mustache,
        "grants": PackageResources.grants_mustache, "grant": PackageResources.grant_mustache,
    ]

    init() throws {
        var library = MustacheLibrary()
        for (name, bytes) in Self.sources {
            library.register(try MustacheTemplate(string: String(decoding: bytes, as: UTF8.self)), named: name)
        }
        self.library = library
    }

    /// Values are escaped for HTML wherever a template has them in two braces; a test sees to it that none has three.
    func html(_ name: String, _ values: [String: Any]) -> String {
        library.render(Self.settled(values), withTemplate: name) ?? ""
    }

    /// An empty text opens no section.
    private static func settled(_ value: Any) -> Any {
        switch value {
        case let text as String: text.isEmpty ? Blank() : separated(text)
        case let values as [String: Any]: values.mapValues { settled($0) }
        case let values as [Any]: values.map { settled($0) }
        default: value
        }
    }

    /// The library escapes characters as people see them, and a quotation mark with an accent on it is none to it, but one to a
    /// browser: what joins with a character of HTML's is parted from it.
    private static func separated(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text }
        var separated = ""
        for character in text {
            let scalars = character.unicodeScalars
            guard scalars.count > 1, scalars.contains(where: { "<>&\"'".unicodeScalars.contains($0) }) else {
                separated.append(character)
                continue
            }
            for scalar in scalars {
                separated.unicodeScalars.append(scalar)
                separated.unicodeScalars.append("\u{200B}")
            }
        }
        return separated
    }

    private struct Blank: MustacheCustomRenderable {
        let renderText = ""
        let isNull = true
    }
}
