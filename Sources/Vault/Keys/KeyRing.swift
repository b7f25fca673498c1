/// The keys of a vault, as they were read.
struct KeyRing: Sendable {
    let naming: SiteKey
    /// In ascending order; never empty. New objects are wrapped with the last.
    let wrapping: [SiteKey]
    /// No longer needed by any envelope that the last rotation saw, and kept for backups that are older.
    let retired: [SiteKey]

    let current: SiteKey

    /// Nil without a key to wrap with.
    init?(naming: SiteKey, wrapping: [SiteKey], retired: [SiteKey]) {
        guard let current = wrapping.last else { return nil }
        self.naming = naming
        self.wrapping = wrapping
        self.retired = retired
        self.current = current
    }

    /// The key that an envelope names.
    subscript(id: String) -> SiteKey? { (wrapping + retired).first { $0.id == id } }
}
