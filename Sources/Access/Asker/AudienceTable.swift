/// Which audience an asker is: the table of the configuration. Who is in no row sees nothing.
///
/// The order of rows means nothing. Of the rows that match, one that asks for all that another asks for, and for more, takes
/// its place; of those that remain each counts, and a study is shown as the most restrictive of their audiences has it.
public struct AudienceTable: Hashable, Sendable {
    /// What an asker must be, all of it, to be of an audience.
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
        case callingAETitle(String)
        case calledAETitle(String)
        /// An address, or a network in CIDR notation.
        case address(AddressRange)
        case certificateSubject(String)
        case certificateFingerprint(String)
        /// A DIMSE user whose identity was proved.
        case user(String)
        case issuer(String)
        case subject(String)
        case role(String)
        case claim(name: String, value: String)
        case acr(String)
        case amr(String)
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
        case .callingAETitle(let title): return Self.same(principal.callingAETitle, title)
        case .calledAETitle(let title): return Self.same(principal.calledAETitle, title)
        case .address(let range): return principal.address.map(range.contains) ?? false
        case .certificateSubject(let subject): return principal.certificate?.subject == subject
        case .certificateFingerprint(let print):
            return principal.certificate.map { Self.digits($0.fingerprint) == Self.digits(print) } ?? false
        case .user(let name): return principal.user.map { $0.isProved && $0.name == name } ?? false
        case .issuer(let issuer): return principal.token?.issuer == issuer
        case .subject(let subject): return principal.token?.subject == subject
        case .role(let role): return principal.token?.roles.contains(role) ?? false
        case .claim(let name, let value): return principal.token?.claims[name]?.contains(value) ?? false
        case .acr(let acr): return principal.token?.acr == acr
        case .amr(let method): return principal.token?.amr.contains(method) ?? false
        }
    }

    /// AE titles: without the blanks around them (PS3.5 6.2), with case.
    private static func same(_ own: String?, _ wanted: String) -> Bool {
        func trimmed(_ text: String) -> Substring {
            var text = text[...]
            while text.last == " " { text.removeLast() }
            while text.first == " " { text.removeFirst() }
            return text
        }
        return own.map { !trimmed($0).isEmpty && trimmed($0) == trimmed(wanted) } ?? false
    }

    /// `AB:CD…` and `abcd…` are one fingerprint.
    private static func digits(_ text: String) -> String { text.lowercased().filter { $0 != ":" } }
}
