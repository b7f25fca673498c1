/// Whether something is meant: as certain as can be told.
enum Agreement: Int, Comparable {
    case no, unknown, yes

    static func < (left: Agreement, right: Agreement) -> Bool { left.rawValue < right.rawValue }
}
