import DICOMCore

/// Reads profiles, and joins each with those that it extends.
struct ProfileParser {
    let log: FindingLog

    /// A profile as it is written.
    struct Written {
        var declared: Declarations.Named
        var parent: XMLAttribute.Word?
        var methods: [Profile.MethodCode]
        var statements: [Statement]
        var burnedIn: Profile.BurnedInPolicy?
    }

    struct Statement {
        var statement: ProfileStatement
        var place: Place
    }

    func parse(_ declarations: [Declarations.Named]) -> [String: Profile] {
        var written: [String: Written] = [:]
        for declared in declarations { written[declared.id] = self.written(declared) }
        var profiles: [String: Profile] = [:]
        for declared in declarations {
            guard let own = written[declared.id], let chain = chain(from: own, among: written) else { continue }
            profiles[declared.id] = joined(chain)
        }
        return profiles
    }

    // MARK: - One profile

    private func written(_ declared: Declarations.Named) -> Written {
        let element = declared.element
        let parser = StatementParser(log: log)
        var first: [ProfileStatement.Selector: Place] = [:]
        var statements: [Statement] = []
        for child in element.children where child.name != "method" && child.name != "description" {
            guard let statement = parser.parse(child) else { continue }
            if let other = first[statement.selector] {
                log.error(
                    .duplicateStatement, "the profile `\(declared.id)` says two things of the same attributes",
                    at: child.place, hint: "the other stands at \(other.location)")
                continue
            }
            first[statement.selector] = child.place
            statements.append(Statement(statement: statement, place: child.place))
        }
        return Written(
            declared: declared, parent: element.attribute("extends")?.words.first,
            methods: element.children(named: "method").compactMap { method($0) }, statements: statements,
            burnedIn: element.attribute("burned-in")?.trimmed.flatMap(Profile.BurnedInPolicy.init(rawValue:)))
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

    // MARK: - Inheritance

    /// The profile, its parent, and so on; nil when one is missing or extends itself.
    private func chain(from own: Written, among all: [String: Written]) -> [Written]? {
        var chain = [own]
        while let word = chain.last?.parent {
            guard let parent = all[word.text] else {
                // Said once, at the profile that names it.
                if chain.count == 1 {
                    log.error(
                        .unknownProfile, "there is no profile `\(word.text)`", at: word.place,
                        hint: Spelling.suggestion(for: word.text, among: all.keys))
                }
                return nil
            }
            if chain.contains(where: { $0.declared.id == parent.declared.id }) {
                let names = (chain + [parent]).map { "`\($0.declared.id)`" }
                if parent.declared.id == own.declared.id, let place = own.parent?.place {
                    log.error(
                        .profileCycle, "a profile extends itself: \(names.joined(separator: " → "))", at: place,
                        hint: "remove one of these `extends`")
                }
                return nil
            }
            chain.append(parent)
        }
        return chain
    }

    /// - Parameter chain: nearest first.
    private func joined(_ chain: [Written]) -> Profile? {
        guard let own = chain.first else { return nil }
        var statements: [ProfileStatement.Selector: Statement] = [:]
        for statement in chain.reversed().flatMap(\.statements) { statements[statement.statement.selector] = statement }
        if statements[.anything] == nil {
            log.error(
                .noAnything, "the profile `\(own.declared.id)` does not say what becomes of all other attributes",
                at: own.declared.idPlace, hint: "write <remove anything=\"true\"/>, or extend a profile that does")
        }
        AmbiguityCheck(log: log).check(statements.values.map { $0 }, own: own)
        let element = own.declared.element
        return Profile(
            id: own.declared.id, title: element.attribute("title")?.value, parents: own.parent.map { [$0.text] } ?? [],
            ancestors: chain.dropFirst().map(\.declared.id), methodCodes: Set(chain.flatMap(\.methods)).sorted(),
            statements: statements.values.map(\.statement).sorted { $0.selector < $1.selector },
            burnedInAnnotation: chain.lazy.compactMap(\.burnedIn).first ?? .sequester, location: element.location)
    }
}

/// CID 7050 De-identification Method (PS3.16).
enum DeidentificationMethods {
    static let codes: [String] = (113100...113112).map(String.init)
}

extension ProfileStatement.Selector: Comparable {
    /// The most specific first, then by what is chosen: an order that no file can change (P4).
    public static func < (left: Self, right: Self) -> Bool {
        (left.rank, left.text) < (right.rank, right.text)
    }

    private var rank: Int {
        switch self {
        case .path: 0
        case .tag: 1
        case .privateElement: 2
        case .repeating: 3
        case .creator: 4
        case .group: 5
        case .privateGroups: 6
        case .vr: 7
        case .anything: 8
        }
    }

    private var text: String {
        switch self {
        case .path(let path): "\(path)"
        case .tag(let tag): "\(tag)"
        case .privateElement(let group, let creator, let element):
            "\(PathPattern.Element.privateElement(group: group, creator: creator, element: element))"
        case .repeating(let group, let element): "\(PathPattern.Element.repeating(group: group, element: element))"
        case .creator(let creator): creator
        case .group(let group, let repeating): hexadecimal(group) + (repeating ? "xx" : "")
        case .privateGroups, .anything: ""
        case .vr(let vr): "\(vr)"
        }
    }
}
