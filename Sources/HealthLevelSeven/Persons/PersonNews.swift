/// What one message says of one person: who it is, who it was, and how he is to be protected.
public struct PersonNews: Hashable, Sendable {
    /// PID-3, then PID-2 and PID-4 of old messages.
    public var identifiers: [PersonIdentifier]
    /// MRG-1, then MRG-4 and MRG-2 of old messages: what the person was known by.
    public var formerIdentifiers: [PersonIdentifier]
    public var indicators: [Indicator]
    /// Places where an identifier stands that cannot be read.
    public var unreadable: [String]

    public init(
        identifiers: [PersonIdentifier], formerIdentifiers: [PersonIdentifier] = [], indicators: [Indicator] = [],
        unreadable: [String] = []
    ) {
        self.identifiers = identifiers
        self.formerIdentifiers = formerIdentifiers
        self.indicators = indicators
        self.unreadable = unreadable
    }

    init(_ segments: ArraySlice<Segment>, header restrictions: [Indicator]) {
        self.init(identifiers: [], indicators: restrictions)
        // PV2 is about the visit of the PV1 before it.
        var visit: String?
        for segment in segments {
            switch segment.name {
            case "PID":
                for field in [3, 2, 4] { identifiers += read(segment, field) }
            case "MRG":
                for field in [1, 4, 2] { formerIdentifiers += read(segment, field) }
            case "PD1": add(.protection, segment[12])
            case "PV1":
                let number = segment[19]
                visit = number.isAbsent || number.isNull ? nil : number.raw ?? ""
                add(.vip, segment[16], visit)
            case "PV2": add(.visitProtection, segment[22], visit)
            case "ARV": indicators += Self.restrictions(segment)
            default: break
            }
        }
    }

    private mutating func add(_ place: Indicator.Place, _ field: Field, _ visit: String? = nil) {
        if let indicator = Indicator(place, field, visit: visit) { indicators.append(indicator) }
    }

    private mutating func read(_ segment: Segment, _ field: Int) -> [PersonIdentifier] {
        let place = "\(segment.name)-\(field)"
        let field = segment[field]
        if field.isUnreadable { unreadable.append(place) }
        return field.repetitions.compactMap { repetition in
            if let identifier = PersonIdentifier(repetition, place: place) { return identifier }
            // An identifier that is escaped in a way that cannot be told.
            if !repetition.isEmpty, !(repetition.raw.first.map { "^&\"".contains($0) } ?? true) {
                unreadable.append(place)
            }
            return nil
        }
    }

    /// Of an ARV segment (3.4.14): its action code says whether the restriction is added or taken away.
    static func restrictions(_ segment: Segment) -> [Indicator] {
        let action = segment[2].text
        let isRemoval = action == "D"
        let end = segment[6].repetitions.first?[2].flatMap { HL7Time($0) }
        let places: [(Indicator.Place, Int)] = [(.restriction, 3), (.reason, 4), (.classification, 7), (.handling, 8)]
        return places.compactMap { place, number in
            let field = segment[number]
            guard !field.isAbsent else { return nil }
            if field.isNull { return Indicator(place: place, statement: .none) }
            // What is taken away cannot be told where it cannot be read: nothing is.
            let values = Indicator.values(field)
            return isRemoval
                ? Indicator(place: place, removing: values.compactMap { $0 })
                : Indicator(place: place, statement: .values(values), end: end, isWhole: false)
        }
    }
}

extension Indicator {
    /// What an ARV segment with the action code D takes away.
    init(place: Place, removing values: [Value]) {
        self.init(place: place, statement: .values([]), isWhole: false)
        removed = values
    }
}
