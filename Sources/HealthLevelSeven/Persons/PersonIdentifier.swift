/// An identifier of a person, with whoever gave it (CX; 2A.14).
public struct PersonIdentifier: Hashable, Sendable {
    /// CX-1.
    public var id: String
    /// CX-4.1, a name that the site gives.
    public var namespace: String?
    /// CX-4.2 and CX-4.3: an OID, say, and that it is one.
    public var universalID: String?
    public var universalIDType: String?
    /// CX-5: MR, PI, SS, AN … (table 0203).
    public var type: String?
    /// Which field it stood in: `PID-3`.
    public var place: String

    public init(
        id: String, namespace: String? = nil, universalID: String? = nil, universalIDType: String? = nil,
        type: String? = nil, place: String
    ) {
        self.id = id
        self.namespace = namespace
        self.universalID = universalID
        self.universalIDType = universalIDType
        self.type = type
        self.place = place
    }

    /// Nil for a repetition without an identifier.
    init?(_ repetition: Field.Repetition, place: String) {
        guard let id = repetition[1] else { return nil }
        self.init(
            id: id, namespace: repetition.subcomponent(1, of: 4), universalID: repetition.subcomponent(2, of: 4),
            universalIDType: repetition.subcomponent(3, of: 4), type: repetition[5], place: place)
    }
}
