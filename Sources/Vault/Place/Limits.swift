import Host

/// How much the vault may take. Kept in the file `limits`.
public struct Limits: Hashable, Sendable {
    static let title = "cordon vault limits 1"

    /// Bytes of objects in the vault's own folder; nil for as many as fit.
    public var bytes: Int64?
    /// Bytes of the file system that stay free; nil for a twentieth of it, and 10 GiB at most.
    public var reserve: Int64?
    /// Refuses, once full, until so many hundredths of the limit are free again, or the reserve and so many hundredths of
    /// it: else a vault at its limit would take one object and refuse the next for hours.
    public var slack: Int64

    public init(bytes: Int64? = nil, reserve: Int64? = nil, slack: Int64 = 5) {
        self.bytes = bytes
        self.reserve = reserve
        self.slack = slack
    }

    init?(_ text: CheckedText) {
        guard let slack = text["slack"].flatMap({ Int64($0) }), (0...100).contains(slack) else { return nil }
        self.init(
            bytes: text["bytes"].flatMap { Int64($0) }, reserve: text["reserve"].flatMap { Int64($0) }, slack: slack)
    }

    var text: CheckedText {
        var lines: [CheckedText.Line] = []
        if let bytes { lines.append(.init("bytes", String(bytes))) }
        if let reserve { lines.append(.init("reserve", String(reserve))) }
        return CheckedText(title: Self.title, lines: lines + [.init("slack", String(slack))])
    }

    /// What stays free on a file system of so many bytes.
    func reserve(of total: Int64) -> Int64 { reserve ?? min(total / 20, 10 << 30) }
}

/// How much is taken, in the vault's own folder.
public struct Usage: Hashable, Sendable {
    /// On disk, objects alone.
    public var bytes: Int64
    public var count: Int64
    /// Free on the file system, for who is not root.
    public var free: Int64
    /// What of it stays free.
    public var reserve: Int64
    /// Nothing is taken until there is slack again.
    public var isFull: Bool
}
