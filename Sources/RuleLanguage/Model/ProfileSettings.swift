/// What the actions of a profile work with, once for all its statements. Own settings replace inherited ones; two parents
/// that set the same differently are an error unless the profile sets it itself. Words that are kept add up.
public struct ProfileSettings: Sendable, Hashable {
    /// For `shift-date`. Nil: dates that a statement shifts cannot be, and the rule set does not load.
    public var dateShift: DateShift?
    /// For `pseudonym`. Nil: twelve digits and consonants.
    public var pseudonyms: PseudonymForm?
    /// For `clean` of text.
    public var text = TextCleaning()
    /// For `clean` of structured content (PS3.15 Table E.3.4-1): by concept name, what becomes of the item; content whose
    /// concept no statement names is treated by value type. Sorted.
    public var concepts: [ConceptStatement] = []
    /// Whether private elements that the data set itself declares to be safe (0008,0300) may stay, and are treated as its
    /// Deidentification Action Sequence says (PS3.15 E.3.10).
    public var honoursPrivateCharacteristics = false
    /// Who can read what `encrypt` puts away. Sorted by path.
    public var recipients: [Recipient] = []
    /// Whether the original of everything that the profile changes is encrypted, so that all of it can be given back.
    public var encryptsChanges = false

    public init() {}
}

/// How far dates move: one offset for each patient, from the site's key, uniform over the range without zero.
public struct DateShift: Sendable, Hashable {
    public enum Unit: String, Sendable, Hashable { case days, weeks }
    public var unit: Unit
    /// In units, both included; the past is negative.
    public var range: ClosedRange<Int>

    public init(unit: Unit, range: ClosedRange<Int>) {
        self.unit = unit
        self.range = range
    }
}

/// What pseudonyms look like.
public struct PseudonymForm: Sendable, Hashable {
    public enum Alphabet: String, Sendable, Hashable { case digits, consonants }
    public var prefix: String
    public var alphabet: Alphabet
    /// Characters after the prefix.
    public var length: Int
    /// A list with a value column that says pseudonyms by Patient ID (and issuer); who is not on it is sequestered.
    public var list: String?

    public init(prefix: String, alphabet: Alphabet, length: Int, list: String?) {
        self.prefix = prefix
        self.alphabet = alphabet
        self.length = length
        self.list = list
    }
}

/// What cleaning takes out of text beside what is known of the patient.
public struct TextCleaning: Sendable, Hashable {
    /// Lists with words and phrases that stay: eponyms, anatomy, drugs. Sorted.
    public var keptWords: [String] = []
    /// Patterns of what goes: numbers of the forms that a site gives. Sorted.
    public var patterns: [Pattern] = []

    public struct Pattern: Sendable, Hashable {
        /// What stands in its place in the record, never the text itself: `ward`.
        public var name: String
        public var pattern: String
        public var isCaseSensitive: Bool

        public init(name: String, pattern: String, isCaseSensitive: Bool) {
            self.name = name
            self.pattern = pattern
            self.isCaseSensitive = isCaseSensitive
        }
    }

    public init() {}
}

/// What becomes of content items whose Concept Name Code Sequence (0040,A043) is this code.
public struct ConceptStatement: Sendable, Hashable {
    public var system: String
    public var code: String
    /// Value Type (0040,A040) of the items that are meant; nil for those of any type. A statement with a type comes
    /// before one without.
    public var valueType: String?
    public var action: ProfileAction
    public var location: SourceLocation

    public init(
        system: String, code: String, valueType: String? = nil, action: ProfileAction, location: SourceLocation
    ) {
        self.system = system
        self.code = code
        self.valueType = valueType
        self.action = action
        self.location = location
    }
}

/// A certificate for whose private key originals are encrypted (PS3.15 E.1.2).
public struct Recipient: Sendable, Hashable {
    /// Beside the rule file that names it.
    public var path: String
    /// X.509, PEM.
    public var certificate: [UInt8]

    public init(path: String, certificate: [UInt8]) {
        self.path = path
        self.certificate = certificate
    }
}
