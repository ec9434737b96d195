import JaneeSecrets

/// The time of day.
package enum WallClock {
    /// Milliseconds since 1970 in UTC.
    package static var milliseconds: Int64 {
        let (seconds, attoseconds) = TimeSource.system.sinceEpoch.components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
