internal import CustodyLog
public import Host

/// One human may have several names: an account of the console, and what an identity provider calls them. Where two people must act, all of
/// their names count as one.
extension Registry {
    /// Says that two names are one human's. What either has signed counts as signed by both from then on, earlier signatures too. It makes
    /// less possible and never more, so that nothing undoes it.
    public func link(_ one: Person, with other: Person, by person: Person, at time: Instant) throws {
        guard !one.isSame(as: other) else {
            throw RegistryError(.invalid, "both names are the same", advice: "give two names")
        }
        try storage.write { transaction in
            guard try !transaction.isOne(one, other) else {
                throw RegistryError(.conflict, "these names are one person's already", advice: "")
            }
            let same = try transaction.representative(of: one)
            try transaction.append(
                CustodyEvent(
                    .accountChanged, time: time, actor: person.name,
                    facts: [
                        CustodyEvent.Fact("account", one.name), CustodyEvent.Fact("change", "same-person"),
                        CustodyEvent.Fact("name", other.name),
                    ]))
            try transaction.setSame([one.name, other.name], as: same)
        }
    }

    /// Whether both names are one human's, as far as anybody has said so.
    public func isOne(_ one: Person, _ other: Person) throws -> Bool { try storage.read { try $0.isOne(one, other) } }

    /// Whether any of the names is this human's, all of them looked at at once.
    public func isAny(_ names: [Person], _ person: Person) throws -> Bool {
        guard !names.isEmpty else { return false }
        return try storage.read { transaction in try names.contains { try transaction.isOne($0, person) } }
    }

    /// Names of people who have several, those of each together.
    public func linkedPersons() throws -> [[Person]] {
        let names = try storage.read { transaction in try transaction.linkedNames().map { [$0.name, $0.same] } }
        return Dictionary(grouping: names, by: { $0[1] }).sorted { $0.key < $1.key }.map { _, names in
            names.compactMap { Person($0[0]) }
        }
    }
}

extension StorageReading {
    func representative(of person: Person) throws -> String {
        let key = FoldedText.key(person.name)
        return try representative(ofPerson: key) ?? key
    }

    /// Whether both are one human.
    func isOne(_ one: Person, _ other: Person) throws -> Bool {
        if one.isSame(as: other) { return true }
        return try representative(of: one) == representative(of: other)
    }
}
