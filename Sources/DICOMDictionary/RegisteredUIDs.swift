/// The UIDs that PS3.6 registers: SOP classes, transfer syntaxes, well-known instances and frames of reference. They
/// identify nobody and are never replaced.
public enum RegisteredUIDs {
    public struct Entry: Hashable, Sendable {
        public var name: String
        /// `SOP Class`, `Transfer Syntax`, `Well-known frame of reference`.
        public var kind: String

        public init(name: String, kind: String) {
            self.name = name
            self.kind = kind
        }
    }

    public static func entry(for uid: String) -> Entry? { nil }
}
