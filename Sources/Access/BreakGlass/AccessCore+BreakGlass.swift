public import Registry

extension AccessCore {
    /// What somebody asks for who breaks the glass.
    public struct EmergencyRequest: Hashable, Sendable {
        /// A patient or a study.
        public var scope: Scope
        public var reason: String
        /// At most the policy's; nil takes that.
        public var duration: Duration?

        public init(scope: Scope, reason: String, duration: Duration? = nil) {
            self.scope = scope
            self.reason = reason
            self.duration = duration
        }
    }
}
