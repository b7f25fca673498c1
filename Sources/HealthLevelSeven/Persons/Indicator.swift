/// What a message says in one place about how a person is to be protected.
public struct Indicator: Hashable, Sendable {
    /// Where it stood. Raw values are the standard's names of the fields.
    public enum Place: String, CaseIterable, Hashable, Sendable {
        /// VIP Indicator (table 0099, which a site fills).
        case vip = "PV1-16"
        /// Protection Indicator (table 0136: Y, N). Deprecated since 2.6, and sent.
        case protection = "PD1-12"
        /// Visit Protection Indicator.
        case visitProtection = "PV2-22"
        /// Access Restriction Value (table 0717).
        case restriction = "ARV-3"
        /// Access Restriction Reason (table 0719).
        case reason = "ARV-4"
        /// Security and Privacy Classification Tag and Handling (since 2.9).
        case classification = "ARV-7"
        case handling = "ARV-8"
        /// Meta.security of a FHIR resource.
        case security = "meta.security"
    }

    public enum Statement: Hashable, Sendable {
        /// The null value: there is none any more.
        case none
        /// Codes; nil for one that is there and cannot be read.
        case values([Value?])
    }

    public struct Value: Hashable, Sendable {
        public var code: String
        /// The coding system, where one is given.
        public var system: String?

        public init(code: String, system: String? = nil) {
            self.code = code
            self.system = system
        }
    }

    public var place: Place
    public var statement: Statement
    /// When it ends by itself (ARV-6.2): a moment after which it is surely over, whatever the sender's time zone.
    public var end: HL7Time?
    /// Whether the whole of what stands in this place is told, so that what is not told is no more. Of ARV each segment adds,
    /// or takes away with the action code D.
    public var isWhole: Bool
    /// Of what is about one visit and no other, its number as it stands (PV1-19); nil where none is given, and empty for one that
    /// cannot be read.
    public var visit: String?
    /// Of ARV with the action code D: what is no more.
    public var removed: [Value] = []

    public init(
        place: Place, statement: Statement, end: HL7Time? = nil, isWhole: Bool = true, visit: String? = nil
    ) {
        self.place = place
        self.statement = statement
        self.end = end
        self.isWhole = isWhole
        self.visit = visit
    }

    /// Nil for a field that is absent: it says nothing.
    init?(_ place: Place, _ field: Field, visit: String? = nil) {
        guard !field.isAbsent else { return nil }
        self.init(place: place, statement: field.isNull ? .none : .values(Self.values(field)), visit: visit)
    }

    /// Codes of IS, ID and CWE fields; of a field that cannot be read, and of a repetition without a code, nil. Never empty:
    /// a field of nothing but separators does not say that there is none.
    static func values(_ field: Field) -> [Value?] {
        let repetitions = field.repetitions.filter { !$0.raw.isEmpty }
        guard !field.isUnreadable, !repetitions.isEmpty else { return [nil] }
        return repetitions.map { repetition in
            // CWE: identifier, alternate identifier, text, original text.
            guard let place = [1, 4, 2, 9].first(where: { repetition[$0] != nil }), let code = repetition[place] else {
                return nil
            }
            return Value(code: code, system: place == 4 ? repetition[6] : repetition[3])
        }
    }
}
