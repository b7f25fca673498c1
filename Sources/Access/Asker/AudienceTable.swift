/// Which audience an asker is: the table of the configuration. Who is in no row sees nothing.
///
/// The order of rows means nothing. Of the rows that match, one that asks for all that another asks for, and for more, takes
/// its place; of those that remain each counts, and a study is shown as the most restrictive of their audiences has it.
public struct AudienceTable: Hashable, Sendable {
    /// What an asker must be, all of it, to be of an audience. In text `*` stands for any letters.
    public struct Row: Hashable, Sendable {
        public var audience: String
        public var criteria: Set<Criterion>

        /// - Parameter criteria: none at all matches everybody.
        public init(audience: String, criteria: Set<Criterion>) {
            self.audience = audience
            self.criteria = criteria
        }
    }

    public enum Criterion: Hashable, Sendable {
        /// One of these peers of the configuration.
        case peers(Set<String>)
        case callingAETitle(String)
        case certificateSubject(String)
        /// A DIMSE user whose identity was proved.
        case user(String)
        case claim(name: String, value: String)
    }

    public var rows: [Row]

    public init(rows: [Row]) { self.rows = rows }

    /// The audiences of an asker, sorted; none for who is in no row.
    public func audiences(of principal: Principal) -> [String] {
        let matching = rows.filter { row in row.criteria.allSatisfy { $0.isMet(by: principal) } }
        let telling = matching.filter { row in !matching.contains { row.criteria.isStrictSubset(of: $0.criteria) } }
        return Set(telling.map(\.audience)).sorted()
    }
}

extension AudienceTable.Criterion {
    func isMet(by principal: Principal) -> Bool {
        switch self {
        case .peers(let peers): !principal.peers.isDisjoint(with: peers)
        // AE titles: without the blanks around them (PS3.5 6.2), with case.
        case .callingAETitle(let title): Self.matches(principal.callingAETitle, title)
        case .certificateSubject(let subject):
            Self.matches(
                principal.certificate.map { Self.typed($0.subject, isPattern: false) },
                Self.typed(subject, isPattern: true))
        case .user(let name): principal.user.map { $0.isProved && Self.matches($0.name, name) } ?? false
        case .claim(let name, let value): principal.token?.claims[name]?.contains { Self.matches($0, value) } ?? false
        }
    }

    /// A distinguished name (RFC 4514) in which `=` stands behind types alone. Within a value it need not be escaped: a common name
    /// that reads `O=Research Office` says nothing of an organization.
    ///
    /// - Parameter isPattern: whether `*` may stand for the end of one attribute and the beginning of another.
    private static func typed(_ name: String, isPattern: Bool) -> String {
        var result = String.UnicodeScalarView()
        var isEscaped = false, isValue = false
        // By scalars: a mark that combines with what stands before hides nothing.
        for scalar in name.unicodeScalars {
            let isOfValue = scalar == "=" && (isValue || isEscaped)
            result.append(isOfValue ? "\0" : scalar)
            if isEscaped {
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == "," || scalar == "+" || isPattern && scalar == "*" {
                isValue = false
            } else if scalar == "=" {
                isValue = true
            }
        }
        return String(result)
    }

    /// An empty value is none, and matches nothing.
    private static func matches(_ own: String?, _ pattern: String) -> Bool {
        guard let own = own.map(trimmed), !own.isEmpty else { return false }
        return WildcardText.matches(own, trimmed(pattern))
    }

    private static func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.last == " " { text.removeLast() }
        while text.first == " " { text.removeFirst() }
        return String(text)
    }
}

/// `*` stands for any letters. In time that grows with the product of both lengths.
enum WildcardText {
    /// - Parameter one: stands for one letter; nil where nothing does.
    static func matches(_ text: String, _ pattern: String, one: Character? = nil) -> Bool {
        let text = Array(text), pattern = Array(pattern)
        var place = 0, next = 0, resume = 0
        var star: Int?
        while place < text.count {
            if next < pattern.count, pattern[next] == "*" {
                star = next
                resume = place
                next += 1
            } else if next < pattern.count, pattern[next] == text[place] || pattern[next] == one {
                place += 1
                next += 1
            } else if let star {
                next = star + 1
                resume += 1
                place = resume
            } else {
                return false
            }
        }
        return pattern[next...].allSatisfy { $0 == "*" }
    }
}
