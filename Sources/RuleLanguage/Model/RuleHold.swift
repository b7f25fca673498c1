/// A hold that a rule places in the registry. It names no patient: whom it is about, the instance says.
public struct RuleHold: Sendable, Hashable {
    public enum Scope: String, Sendable, Hashable { case study, patient }

    public var scope: Scope
    public var matter: String
    public var custodian: String
    /// Nil for the rule set itself.
    public var authority: String?
    public var reason: String

    public init(scope: Scope, matter: String, custodian: String, authority: String?, reason: String) {
        self.scope = scope
        self.matter = matter
        self.custodian = custodian
        self.authority = authority
        self.reason = reason
    }
}
