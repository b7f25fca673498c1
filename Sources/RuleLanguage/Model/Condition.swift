public import DICOMCore

/// What is asked of an instance. Evaluates to true, false or unknown; `Kind` says how.
public struct Condition: Sendable {
    public var kind: Kind
    public var location: SourceLocation

    public init(_ kind: Kind, at location: SourceLocation) {
        self.kind = kind
        self.location = location
    }

    public indirect enum Kind: Sendable {
        case all([Condition])
        case any([Condition])
        case not(Condition)
        /// The attribute is there, with or without a value.
        case present(AttributeReference)
        /// The attribute is not there.
        case absent(AttributeReference)
        /// The attribute is there and has no value.
        case empty(AttributeReference)
        /// Any value compares. One text is `equals`, `contains`, `starts-with`; several are `one-of`.
        case compareText(AttributeReference, TextComparison, [String], Folding)
        /// The pattern is found anywhere in a value, in linear time.
        case matches(AttributeReference, TextPattern)
        case compareNumber(AttributeReference, Order, Double)
        /// A date of DA or DT against `YYYYMMDD` as year, month, day.
        case compareDate(AttributeReference, Order, CalendarDate)
        /// An age (AS) against an age, in days of the mean Gregorian year.
        case compareAge(AttributeReference, Order, Double)
        /// A row of the list agrees in all its key columns. One attribute for each key column, in the list's order.
        case inList(String, [AttributeReference])
        /// The study or the patient has the label, by rules of lower tiers. Never within `item`.
        case labelled(String)
        /// A hold of the registry is in force for the instance, its study or its patient; of a matter, or any. Never within
        /// `item`.
        case held(matter: String?)
        /// Where the instance came from. Only what is given is compared.
        case source(Source)
        case preamble(Preamble)
        /// What the digital signatures of the data set come to. Never within `item`: they are of the instance.
        case signature(Signature)
        /// Whether some or every item of a sequence fulfils a condition, whose paths begin in the item.
        case item(Quantifier, of: AttributeReference, Condition)
    }

    public enum TextComparison: String, Sendable, Hashable { case equals, contains, startsWith }
    public enum Order: String, Sendable, Hashable { case less, lessOrEqual, equal, greaterOrEqual, greater, unequal }
    public enum Quantifier: String, Sendable, Hashable { case some, every }

    /// What the first 128 bytes of a file are (PS3.10 7.1, CVE-2019-11687).
    public enum Preamble: String, Sendable, Hashable, CaseIterable { case zero, tiff, executable, other, none }

    /// What the digital signatures of a data set come to (PS3.15 Annex C): the worst of them.
    public enum Signature: String, Sendable, Hashable, CaseIterable { case valid, invalid, unverifiable, none }

    /// Which differences of writing do not count.
    public struct Folding: OptionSet, Sendable, Hashable {
        public let rawValue: Int
        public init(rawValue: Int) { self.rawValue = rawValue }
        public static let letterCase = Folding(rawValue: 1)
        public static let accents = Folding(rawValue: 2)
    }

    public struct Source: Sendable, Hashable {
        public var aeTitle: String?
        public var address: String?
        public var user: String?
        public var role: String?

        public init(aeTitle: String? = nil, address: String? = nil, user: String? = nil, role: String? = nil) {
            self.aeTitle = aeTitle
            self.address = address
            self.user = user
            self.role = role
        }
    }
}

extension Condition {
    /// Whether anything in it asks the registry for holds.
    var asksForHolds: Bool {
        switch kind {
        case .held: true
        case .all(let parts), .any(let parts): parts.contains(where: \.asksForHolds)
        case .not(let part), .item(_, _, let part): part.asksForHolds
        case .present, .absent, .empty, .compareText, .matches, .compareNumber, .compareDate, .compareAge, .inList,
            .labelled, .source, .preamble, .signature:
            false
        }
    }
}

/// An attribute as a condition names it: where it is, and which part of a person name is meant.
public struct AttributeReference: Sendable, Hashable {
    public var path: PathPattern
    /// As the file spells it: `PatientName`, `(0010,0010)`.
    public var text: String
    /// VR by dictionary; nil for private elements that the dictionary does not know.
    public var vr: VR?
    public var component: NameComponent?
    public var group: NameGroup?

    public init(
        path: PathPattern, text: String, vr: VR?, component: NameComponent? = nil, group: NameGroup? = nil
    ) {
        self.path = path
        self.text = text
        self.vr = vr
        self.component = component
        self.group = group
    }

    /// PS3.5 6.2.1.1, in the order of the standard.
    public enum NameComponent: Int, Sendable, Hashable, CaseIterable { case family, given, middle, prefix, suffix }
    /// PS3.5 6.2.1.2, in the order of the standard.
    public enum NameGroup: Int, Sendable, Hashable, CaseIterable { case alphabetic, ideographic, phonetic }
}

/// A day of the Gregorian calendar, compared by year, month, day.
public struct CalendarDate: Sendable, Hashable, Comparable {
    public var year: Int
    public var month: Int
    public var day: Int

    public init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    public static func < (left: CalendarDate, right: CalendarDate) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }
}
