internal import Registry

/// The reason of a grant that two people answer for: what the asker wrote, and behind it who granted it. It is so on record wherever the
/// grant is, in its audit message too.
enum GrantReason {
    static func text(_ reason: String, grantedBy person: Person) -> String { reason + ending(person) }

    /// What the asker wrote stands before it, and cannot take its place. Case makes nobody another: a provider may write a name
    /// otherwise than an account has it.
    static func isGranted(_ grant: Grant, by person: Person) -> Bool {
        grant.reason.foldedForComparison.hasSuffix(ending(person).foldedForComparison)
    }

    private static func ending(_ person: Person) -> String { " [granted by \(person.name)]" }
}
