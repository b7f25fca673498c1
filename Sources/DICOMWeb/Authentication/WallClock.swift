import Host

/// The time of day.
enum WallClock {
    /// Since 1970.
    static var seconds: Int64 { Instant.now.milliseconds / 1000 }
}
