#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The time as resilience sees it: how long it is since some beginning, what the calendar says, and how to wait.
///
/// It hides which clock is behind it, so that state machines are plain values which take times as durations.
public struct TimeSource: Sendable {
    private let elapsed: @Sendable () -> Duration
    private let calendar: @Sendable () -> Duration
    private let wait: @Sendable (Duration) async throws -> Void
    private let alarms: Alarms?

    /// Takes the time from a clock.
    ///
    /// - Parameters:
    ///   - clock: What durations are measured with; tests give one they move.
    ///   - calendar: The time since 1970 in UTC, which may jump. For what others' clocks say, such as expiry dates.
    public init<C: Clock>(_ clock: C, calendar: @escaping @Sendable () -> Duration) where C.Duration == Duration {
        self.init(clock, calendar: calendar, sharesTimer: false)
    }

    /// Takes the time from a clock.
    ///
    /// - Parameter sharesTimer: Whether one timer serves all alarms, so that the clock has sleepers although nobody waits;
    ///   otherwise every alarm has its own, as whoever moves a clock by hand expects.
    package init<C: Clock>(
        _ clock: C,
        calendar: @escaping @Sendable () -> Duration,
        sharesTimer: Bool
    ) where C.Duration == Duration {
        let beginning = clock.now
        let elapsed: @Sendable () -> Duration = { beginning.duration(to: clock.now) }
        let wait: @Sendable (Duration) async throws -> Void = {
            try await clock.sleep(until: clock.now.advanced(by: $0), tolerance: nil)
        }
        self.elapsed = elapsed
        self.calendar = calendar
        self.wait = wait
        alarms = sharesTimer ? Alarms(now: elapsed, sleep: wait) : nil
    }

    /// The time since the source was made; it never goes back.
    public var now: Duration { elapsed() }

    /// The time since 1970 in UTC; it may jump either way.
    public var sinceEpoch: Duration { calendar() }

    /// Waits; not at all if `duration` is not positive.
    ///
    /// - Throws: `CancellationError` if the task is cancelled.
    public func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        guard duration > .zero else { return }
        try await wait(duration)
    }

    /// Calls `action` once, when `duration` has passed.
    ///
    /// - Returns: What takes it back.
    package func alarm(after duration: Duration, _ action: @escaping @Sendable () -> Void) -> Alarm {
        if let alarms { return alarms.set(after: duration, action) }
        let task = Task { [self] in
            guard (try? await sleep(for: duration)) != nil else { return }
            action()
        }
        return Alarm { task.cancel() }
    }
}

extension TimeSource {
    /// The system's clocks; time spent suspended counts.
    public static let system = TimeSource(
        ContinuousClock(),
        calendar: {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
        },
        sharesTimer: true
    )
}
