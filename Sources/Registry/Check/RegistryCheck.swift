/// What a check of a registry came to.
public struct RegistryCheck: Hashable, Sendable {
    /// What is not as it was written: where, and what was expected. Never a value.
    public var findings: [String] = []
    /// There were more than are told.
    public var isCutShort = false
    public var leaves = 0
    public var instances = 0
    /// Of the custody log, 64 hexadecimal digits; nil when it cannot be computed.
    public var root: String?

    public var isSound: Bool { findings.isEmpty }

    /// More would only hide the first ones.
    static let mostFindings = 1000

    mutating func find(_ finding: String) {
        if findings.count < Self.mostFindings { findings.append(finding) } else { isCutShort = true }
    }
}

extension Registry {
    /// Reads all of the registry and holds it against itself: the file, the tree against its leaves, each leaf against the
    /// record that it tells of, each record against its leaf, and every index against what it is of.
    public func check() throws -> RegistryCheck {
        var check = RegistryCheck()
        if let file = storage as? SQLiteStorage { check.findings = try file.integrityFindings() }
        // What is damaged below is not read above.
        guard check.isSound else { return check }
        return try storage.read { try $0.check() }
    }
}
