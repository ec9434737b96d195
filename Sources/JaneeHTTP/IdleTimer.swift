import NIOCore

/// Notices silence on a connection; confined to the connection's event loop.
///
/// Activity only notes the time. The timer looks at the note when it fires, and goes on for the rest if it must.
final class IdleTimer {
    private let eventLoop: any EventLoop
    private var lastActivity: NIODeadline
    private var scheduled: Scheduled<Void>?

    init(on eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        lastActivity = eventLoop.now
    }

    /// Calls `expired` once after `limit` without activity, unless stopped.
    func start(limit: TimeAmount, expired: @escaping () -> Void) {
        stop()
        noteActivity()
        schedule(in: limit, limit: limit, expired: expired)
    }

    func noteActivity() {
        lastActivity = eventLoop.now
    }

    func stop() {
        scheduled?.cancel()
        scheduled = nil
    }

    private func schedule(in delay: TimeAmount, limit: TimeAmount, expired: @escaping () -> Void) {
        scheduled = eventLoop.assumeIsolated()
            .scheduleTask(in: delay) {
                let rest = self.lastActivity + limit - self.eventLoop.now
                if rest > .zero {
                    self.schedule(in: rest, limit: limit, expired: expired)
                } else {
                    self.scheduled = nil
                    expired()
                }
            }
    }
}

@available(*, unavailable)
extension IdleTimer: Sendable {}
