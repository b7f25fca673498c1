public import DICOMCore

/// What happens to each attribute when a study is de-identified. Statements of the profiles it extends are part of it;
/// where both speak of the same selector, the extending profile's statement stands.
public struct Profile: Sendable {
    public var id: String
    public var title: String?
    /// The profiles that this one builds on, sorted. Where two of them differ, keeping gives way; other differences are
    /// errors unless the profile itself says what holds.
    public var parents: [String]
    /// All ancestors, sorted.
    public var ancestors: [String]
    /// Codes for De-identification Method Code Sequence (0012,0064): own and inherited, of CID 7050, sorted.
    public var methodCodes: [MethodCode]
    /// Own and inherited statements, at most one for a selector.
    public var statements: [ProfileStatement]
    /// Pixel data that claims or is likely to hold burned-in text: sequestered unless a site says otherwise.
    public var burnedInAnnotation: BurnedInPolicy
    public var settings = ProfileSettings()
    /// What is made black in pixels.
    public var pixels = PixelSettings()
    public var location: SourceLocation

    public enum BurnedInPolicy: String, Sendable, Hashable { case sequester, pass }

    public struct MethodCode: Sendable, Hashable, Comparable {
        public var system: String
        public var code: String
        public var meaning: String

        public init(system: String, code: String, meaning: String) {
            self.system = system
            self.code = code
            self.meaning = meaning
        }

        public static func < (left: MethodCode, right: MethodCode) -> Bool {
            (left.system, left.code) < (right.system, right.code)
        }
    }

    public init(
        id: String, title: String?, parents: [String], ancestors: [String], methodCodes: [MethodCode],
        statements: [ProfileStatement], burnedInAnnotation: BurnedInPolicy,
        settings: ProfileSettings = ProfileSettings(), location: SourceLocation
    ) {
        self.id = id
        self.title = title
        self.parents = parents
        self.ancestors = ancestors
        self.methodCodes = methodCodes
        self.statements = statements
        self.burnedInAnnotation = burnedInAnnotation
        self.settings = settings
        self.location = location
    }
}

/// One line of a profile: which elements, and what becomes of them.
public struct ProfileStatement: Sendable, Hashable {
    /// Which elements; the most specific statement wins, in the order of the cases.
    public enum Selector: Sendable, Hashable {
        /// A path with sequences in it.
        case path(PathPattern)
        /// One tag at any depth.
        case tag(Tag)
        /// `(60xx,3000)` at any depth.
        case repeating(group: UInt16, element: UInt16)
        /// `(0029,{creator}10)` at any depth.
        case privateElement(group: UInt16, creator: String, element: UInt8)
        /// All elements of a private creator.
        case creator(String)
        /// All elements of a group; `repeating` for `60xx`.
        case group(UInt16, repeating: Bool)
        /// All private elements.
        case privateGroups
        case vr(VR)
        case anything
    }

    public var selector: Selector
    public var action: ProfileAction
    public var location: SourceLocation

    public init(selector: Selector, action: ProfileAction, location: SourceLocation) {
        self.selector = selector
        self.action = action
        self.location = location
    }
}

/// What becomes of an element (PS3.15 Table E.1-1a, and what sites need beyond it).
public indirect enum ProfileAction: Sendable, Hashable {
    /// Stays as it is; a sequence stays and its items are treated by the profile.
    case keep
    /// Goes; a sequence with everything in it. On an attribute that the IOD requires (Type 1, 2) it becomes a dummy or
    /// empty, so that no object is made that breaks its IOD.
    case remove
    /// Stays without a value.
    case empty
    /// A fixed text.
    case replace(String)
    /// A value that is valid for the VR, the same for the same input.
    case dummy
    /// Identifying parts are taken out: of text by what is known of the patient and by patterns, of structured content by
    /// concept, of graphics and annotation by their text.
    case clean
    /// A new UID, the same for the same one wherever it stands.
    case uid
    /// The patient's pseudonym, in the form of `Profile.pseudonyms`.
    case pseudonym
    /// Dates and times move by the patient's offset (`Profile.dateShift`).
    case shiftDate
    /// What is finer than the precision becomes its first: `19380000`-like dates are not valid, so 1938-12-06 to the year
    /// is 1938-01-01.
    case truncateDate(DatePrecision)
    /// An age above so many years becomes one year more than it, and says no more: 089Y → 090Y and above.
    case capAge(years: Int)
    /// So many hexadecimal digits of a keyed hash of the value.
    case hash(digits: Int)
    /// What a list says for the value; what it does not have is treated by `otherwise`.
    case lookup(list: String, otherwise: ProfileAction)
    /// The original goes into Encrypted Attributes Sequence (0400,0500) for the profile's recipients, and the element is
    /// then treated by `then`.
    case encrypt(then: ProfileAction)
    /// By the attribute's Type in the instance's IOD (the compound codes of Table E.1-1).
    case byType(type1: ProfileAction, type2: ProfileAction, type3: ProfileAction)

    public enum DatePrecision: String, Sendable, Hashable { case year, month }
}
