/// Kleene's truth values in their order: what is unknown lies between false and true.
public enum Truth: Int8, Sendable, Hashable, Comparable, CaseIterable {
    case `false`, unknown, `true`

    /// `true`, `false`, `unknown`.
    public var name: String { "\(self)" }

    package init(_ value: Bool) { self = value ? .true : .false }

    public static func < (left: Truth, right: Truth) -> Bool { left.rawValue < right.rawValue }

    package static func && (left: Truth, right: Truth) -> Truth { min(left, right) }
    package static func || (left: Truth, right: Truth) -> Truth { max(left, right) }

    /// Not unknown is unknown.
    package static prefix func ! (value: Truth) -> Truth {
        switch value {
        case .false: .true
        case .unknown: .unknown
        case .true: .false
        }
    }
}
