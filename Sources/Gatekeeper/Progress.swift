import Glibc
import Synchronization

/// How far a run has come, for somebody who watches a terminal. Says nothing anywhere else.
public final class Progress: Sendable {
    private let done = Atomic<Int>(0)
    private let stage: Mutex<(title: String, total: Int, start: Double)>
    private let isShown: Bool

    /// - Parameter isQuiet: draws nothing, on a terminal either.
    public init(isQuiet: Bool = false) {
        isShown = !isQuiet && isatty(STDERR_FILENO) == 1
        stage = Mutex(("", 0, Self.now))
    }

    package func begin(_ title: String, total: Int) {
        stage.withLock { $0 = (title, total, Self.now) }
        done.store(0, ordering: .relaxed)
        show()
    }

    package func advance() { done.add(1, ordering: .relaxed) }

    /// How many are done, for who counts himself.
    package func set(_ count: Int) { done.store(count, ordering: .relaxed) }

    /// Draws the bar.
    package func show() {
        guard isShown else { return }
        let (title, total, start) = stage.withLock { $0 }
        guard total > 0 else { return }
        Self.print("\r" + Self.line(title, done: done.load(ordering: .relaxed), of: total, seconds: Self.now - start))
    }

    /// Takes the bar away.
    package func end() {
        guard isShown else { return }
        Self.print("\r\u{1B}[K")
    }

    /// `reading   [#####     ]  52%  5200 of 10000  830/s  6 s left`
    static func line(_ title: String, done: Int, of total: Int, seconds: Double) -> String {
        let width = 24
        let filled = min(width, done * width / max(1, total))
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
        var line = "\(title) [\(bar)] \(done * 100 / max(1, total))%  \(done) of \(total)"
        if done > 0, seconds > 0.5 {
            let rate = Double(done) / seconds
            line += "  \(Int(rate.rounded()))/s"
            if done < total { line += "  \(duration(Double(total - done) / rate)) left" }
        }
        return line + "\u{1B}[K"
    }

    static func duration(_ seconds: Double) -> String {
        let seconds = Int(min(seconds, 360_000).rounded(.up))
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3600 { return "\(seconds / 60) min" }
        return "\(seconds / 3600) h \(seconds / 60 % 60) min"
    }

    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func print(_ text: String) {
        var text = text
        text.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
