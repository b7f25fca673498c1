internal import Host

/// Where a scope is found in an index: one attribute and value that whatever it is about must have. A scope has one, or one
/// for each UID of a list and day of a range; a scope that has none is looked at for each instance.
enum Anchor {
    /// Of what has no other anchor.
    static let none = "*"

    static func text(_ attribute: InstanceAttribute, _ key: String) -> String { "\(attribute.rawValue)=\(key)" }

    /// All anchors of an attribute lie between these, in the order of bytes.
    static func range(of attribute: InstanceAttribute) -> Range<String> {
        "\(attribute.rawValue)="..<"\(attribute.rawValue)>"
    }

    /// A range of dates that is longer is looked at for each instance.
    static let mostDays = 400

    static func of(_ scope: Scope) -> [String] {
        switch scope {
        case .patient(let patient): [text(.patientID, FoldedText.key(patient.id))]
        case .study(let uid): [text(.studyInstanceUID, FoldedText.trimmed(uid))]
        case .instance(let uid): [text(.sopInstanceUID, FoldedText.trimmed(uid))]
        case .query(let query): of(query)
        }
    }

    private static func of(_ query: InstanceQuery) -> [String] {
        for attribute in InstanceAttribute.bySelectivity {
            for term in query.terms where term.attribute == attribute {
                switch TermPattern(term) {
                case .oneOf(let keys)?: return keys.sorted().map { text(attribute, $0) }
                case .dates(let range)?:
                    if let days = days(range) { return days.map { text(attribute, $0) } }
                case .universal?, .wildcard?, nil: break
                }
            }
        }
        return [none]
    }

    private static func days(_ range: ClosedRange<String>) -> [String]? {
        func instant(_ date: String) -> Instant? {
            Instant("\(date.prefix(4))-\(date.dropFirst(4).prefix(2))-\(date.suffix(2))")
        }
        guard var day = instant(range.lowerBound), let last = instant(range.upperBound) else { return nil }
        var days: [String] = []
        while day <= last {
            guard days.count < mostDays else { return nil }
            days.append(String(day.description.prefix(10).filter { $0 != "-" }))
            day = day.adding(seconds: 86_400)
        }
        return days
    }

    /// What a scope that is about an instance may be anchored at.
    struct Places {
        var anchors: Set<String> = [Anchor.none]
        /// Attributes that may have any value, as they cannot be read.
        var attributes: Set<InstanceAttribute> = []
    }

    static func places(
        of instance: Instance, patients: [PatientIdentity], aliases: [PatientIdentity] = []
    ) -> Places {
        var places = Places(attributes: instance.unreadable)
        for attribute in InstanceAttribute.allCases {
            for value in instance.values(of: attribute) {
                if let keys = attribute.kind.keys(of: value) {
                    for key in keys { places.anchors.insert(text(attribute, key)) }
                } else {
                    places.attributes.insert(attribute)
                }
            }
        }
        for patient in patients + aliases { places.anchors.insert(text(.patientID, FoldedText.key(patient.id))) }
        // A query may name the issuer alone.
        for issuer in aliases.compactMap(\.issuer) {
            places.anchors.insert(text(.issuerOfPatientID, FoldedText.key(issuer)))
        }
        return places
    }
}
