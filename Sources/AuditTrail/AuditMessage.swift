/// One audit message (PS3.15 A.5).
public struct AuditMessage: Sendable {
    public init() {}
}
