internal import Host
internal import Registry
internal import Synchronization

/// Decisions of the last day by the hour, or of the last month by the day, drawn here: bars of what left in some form, and on them what was
/// kept back; and the same as a table for who does not see it.
struct DecisionChart: Sendable {
    enum Span: Int, CaseIterable, Sendable {
        case day, month

        var width: Int64 { self == .day ? 3_600_000 : 86_400_000 }
        var count: Int { self == .day ? 24 : 30 }
        var title: String { self == .day ? "The last day, by the hour" : "The last month, by the day" }
    }

    /// Decisions that are counted at most.
    static let newest: Int64 = 200_000

    let span: Span
    /// One for each step, the oldest first; empty ones too.
    let steps: [DecisionCount]

    init(_ span: Span, _ registry: Registry, at time: Instant) throws {
        self.span = span
        let last = time.milliseconds / span.width
        let first = last - Int64(span.count) + 1
        let counted = try registry.decisionCounts(
            since: Instant(milliseconds: first * span.width), width: span.width, newest: Self.newest)
        let known = Dictionary(counted.map { ($0.start, $0) }, uniquingKeysWith: { $1 })
        steps = (first...last).map { number in
            let start = Instant(milliseconds: number * span.width)
            return known[start] ?? DecisionCount(start: start, count: 0, kept: 0)
        }
    }

    /// Of the drawing, in its own units.
    private static let width = 720, height = 180, left = 48, base = 150, top = 16

    var values: [String: Any] {
        let most = steps.map(\.count).max() ?? 0
        let ceiling = Self.ceiling(most)
        let room = Self.base - Self.top, step = (Self.width - Self.left - 8) / steps.count
        func length(_ count: Int) -> Int { count * room / ceiling }
        let bars = steps.enumerated().map { place, count -> [String: Any] in
            let x = Self.left + place * step
            let went = length(count.count - count.kept), kept = length(count.kept)
            return [
                "x": x, "width": max(2, step - 3), "wentY": Self.base - went, "went": went,
                "keptY": Self.base - went - kept, "kept": kept,
            ]
        }
        let every = span == .day ? 6 : 5
        let labels = steps.enumerated().filter { $0.offset % every == 0 }.map { place, count in
            ["x": Self.left + place * step, "text": word(count.start)] as [String: Any]
        }
        let total = steps.reduce(0) { $0 + $1.count }, kept = steps.reduce(0) { $0 + $1.kept }
        return [
            "id": span == .day ? "day" : "month", "title": span.title, "bars": bars, "labels": labels,
            "grid": [0, ceiling / 2, ceiling].map { ["y": Self.base - length($0), "text": "\($0)"] as [String: Any] },
            "summary":
                "\(Words.count(total, "decision", "decisions")), \(kept) of which keep something back; at most \(most) in one \(span == .day ? "hour" : "day")",
            "rows": steps.filter { $0.count > 0 }.map {
                ["time": word($0.start, isFull: true), "count": "\($0.count)", "kept": "\($0.kept)"]
            }, "empty": total == 0,
        ]
    }

    /// A number that halves well, at least as large.
    private static func ceiling(_ most: Int) -> Int {
        var step = 2
        while step < most {
            for factor in [2, 4, 10] where step * factor / 2 >= most { return step * factor / 2 }
            step *= 10
        }
        return max(2, step)
    }

    private func word(_ time: Instant, isFull: Bool = false) -> String {
        let text = time.description
        if span == .day {
            return isFull
                ? String(text.prefix(13)).replacing("T", with: " ") + ":00" : text.dropFirst(11).prefix(2) + ":00"
        }
        return isFull ? String(text.prefix(10)) : String(text.dropFirst(5).prefix(5))
    }
}

/// Charts of some minutes ago, so that pages wait for no count.
final class ChartDesk: Sendable {
    private let known = Mutex<(charts: [DecisionChart], time: Instant)?>(nil)
    /// In seconds.
    private static let lasts: Int64 = 120

    func charts(_ registry: Registry, at time: Instant) throws -> [DecisionChart] {
        // One counts, and the others wait for it.
        try known.withLock { known in
            if let known, known.time <= time, time < known.time.adding(seconds: Self.lasts) { return known.charts }
            let charts = try DecisionChart.Span.allCases.map { try DecisionChart($0, registry, at: time) }
            known = (charts, time)
            return charts
        }
    }
}
