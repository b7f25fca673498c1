/// A coded statement about a study or a patient.
public struct Label: Sendable, Hashable {
    /// The dimensions of an HL7 security label (HCS). A study has exactly one effective confidentiality, the highest of
    /// those it was given; any number of the others.
    public enum Dimension: String, Sendable, Hashable, CaseIterable {
        case confidentiality, sensitivity, compartment, integrity, purpose, obligation, refrain
    }

    public var id: String
    /// 1 to 4.
    public var tier: Int
    /// Labels of lower tiers that come with this one.
    public var parents: [String]
    /// Labels that this one may lift, in clauses that name it in `unless`.
    public var lifts: [String]
    /// Coding scheme designator, `DCM`, `SCT`, `ActCode`; nil for a label without a code.
    public var system: String?
    public var code: String?
    public var meaning: String?
    public var dimension: Dimension?
    public var location: SourceLocation

    public init(
        id: String, tier: Int, parents: [String] = [], lifts: [String] = [], system: String? = nil,
        code: String? = nil, meaning: String? = nil, dimension: Dimension? = nil, location: SourceLocation
    ) {
        self.id = id
        self.tier = tier
        self.parents = parents
        self.lifts = lifts
        self.system = system
        self.code = code
        self.meaning = meaning
        self.dimension = dimension
        self.location = location
    }
}

extension [String: Label] {
    /// All labels that come with a label, by name; itself is not among them. A name that no label has comes with nothing.
    package func ancestors(of name: String) -> Set<String> {
        var found: Set<String> = []
        var open = self[name]?.parents ?? []
        while let next = open.popLast() {
            if found.insert(next).inserted { open += self[next]?.parents ?? [] }
        }
        return found
    }
}
