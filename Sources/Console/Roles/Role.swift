/// What somebody is at a site. Somebody may be several.
public enum Role: String, CaseIterable, Hashable, Sendable {
    /// Runs it, and looks after accounts. Sees no patient.
    case administrator
    /// Looks at what was decided about studies, and labels them.
    case reviewer
    /// Places holds, reviews and releases them.
    case legal
    /// Looks at who did what.
    case auditor
    /// Sees how studies were decided, and no patient.
    case viewer
}
