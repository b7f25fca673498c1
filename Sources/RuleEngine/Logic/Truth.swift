/// Kleene's truth values in their order: what is unknown lies between false and true.
enum Truth: Int8, Sendable, Hashable, Comparable, CaseIterable {
    case `false`, unknown, `true`

    init(_ value: Bool) { self = value ? .true : .false }

    static func < (left: Truth, right: Truth) -> Bool { left.rawValue < right.rawValue }

    static func && (left: Truth, right: Truth) -> Truth { min(left, right) }
    static func || (left: Truth, right: Truth) -> Truth { max(left, right) }

    /// Not unknown is unknown.
    static prefix func ! (value: Truth) -> Truth {
        switch value {
        case .false: .true
        case .unknown: .unknown
        case .true: .false
        }
    }
}
