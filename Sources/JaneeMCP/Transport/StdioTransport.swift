import Logging
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Serves one client over standard input and output, or two other descriptors.
///
/// Each line is a message. One thread reads lines and answers at once what it can; calls run at the same time in tasks of
/// their own, which write their answers themselves.
package final class StdioTransport: Sendable {
    package struct Options: Sendable {
        package var input: Int32
        package var output: Int32
        package var limits: SessionLimits

        /// How much unread output may pile up before no more input is read.
        package var maximumPendingBytes: Int

        /// How much unread output there may be; further answers of calls are replaced by an error.
        package var maximumUnreadBytes: Int

        /// How long running calls may go on after the end of the input before they are cancelled.
        package var grace: Duration

        /// The most time from the end of the input to the end of ``StdioTransport/run()``.
        package var shutdownLimit: Duration

        /// How long after the end of the input, or after ``StdioTransport/shutdown()``, ``onExpiry`` is called if
        /// ``StdioTransport/run()`` has not ended.
        package var expiry: Duration

        /// Called on a thread that waits for nobody; the place to end a process in which everything else is stuck.
        package var onExpiry: @Sendable () -> Void

        package init(
            input: Int32 = STDIN_FILENO,
            output: Int32 = STDOUT_FILENO,
            limits: SessionLimits = SessionLimits(),
            maximumPendingBytes: Int = 32 << 20,
            maximumUnreadBytes: Int = 128 << 20,
            grace: Duration = .milliseconds(250),
            shutdownLimit: Duration = .milliseconds(900),
            expiry: Duration = .seconds(3),
            onExpiry: @escaping @Sendable () -> Void = {}
        ) {
            self.input = input
            self.output = output
            self.limits = limits
            self.maximumPendingBytes = maximumPendingBytes
            self.maximumUnreadBytes = maximumUnreadBytes
            self.grace = grace
            self.shutdownLimit = shutdownLimit
            self.expiry = expiry
            self.onExpiry = onExpiry
        }
    }

    private let session: MCPSession
    private let options: Options
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let shutdownRequested = Latch()
    private let running = Mutex<StdioLoop?>(nil)

    package init(
        server: MCPServer,
        options: Options = Options(),
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.session = MCPSession(server: server, limits: options.limits)
        self.options = options
        self.clock = clock
        self.logger = server.logger
    }

    /// Asks ``run()`` to end, as the end of the input does; for use at SIGTERM and SIGINT, though not in the handler.
    package func shutdown() {
        shutdownRequested.open()
        running.withLock { $0 }?.expectEnd()
    }

    /// Serves until the input ends, the client is gone, ``shutdown()`` is called or the task is cancelled; once only.
    ///
    /// Ignores SIGPIPE in the whole process from then on.
    package func run() async throws(StdioTransportError) {
        signal(SIGPIPE, SIG_IGN)
        let loop = try StdioLoop(options)
        running.withLock { $0 = loop }
        if shutdownRequested.isOpen { loop.expectEnd() }
        let (calls, queue) = AsyncStream.makeStream(of: ToolInvocation.self)
        try loop.start(maximumLineBytes: options.limits.maximumMessageBytes) { [session] frame in
            let reaction =
                switch frame {
                case .line(let line): session.receive(line)
                case .overlong: session.receiveOverlongMessage()
                }
            switch reaction {
            case .nothing: break
            case .send(let message): loop.writer.send(message)
            // The session accepts a limited number of calls, so this queue is limited too.
            case .perform(let call): queue.yield(call)
            }
        }

        // A task of its own, because a task group waits for all of its tasks and a call that does not heed its
        // cancellation must not keep the process from ending. Nothing else would make this task outlive the function.
        let callsEnded = Latch()
        Task { [session, options] in
            await withDiscardingTaskGroup { group in
                for await call in calls {
                    group.addTask {
                        guard let answer = await session.perform(call) else { return }
                        let hasRoom = loop.writer.hasRoom(for: answer.count, limit: options.maximumUnreadBytes)
                        loop.writer.send(hasRoom ? answer : session.answerForSlowReader(of: call))
                    }
                }
            }
            callsEnded.open()
        }

        // Not in the caller's task either: when that is cancelled no wait in it lasts, and the end has its order.
        let service = Task { await serve(loop, queue, callsEnded) }
        await withTaskCancellationHandler {
            await service.value
        } onCancel: {
            shutdown()
        }
    }

    private func serve(
        _ loop: StdioLoop,
        _ queue: AsyncStream<ToolInvocation>.Continuation,
        _ callsEnded: Latch
    ) async {
        await Latch.waitForEither(loop.inputEnded, shutdownRequested)
        await withTaskGroup { group in
            let limitReached = Latch()
            group.addTask { [clock, options] in
                try? await clock.sleep(for: options.shutdownLimit)
                limitReached.open()
            }
            // Whoever has closed the input is gone, and waits for no answer to what is cancelled now.
            let isClientThere = !loop.inputEnded.isOpen
            loop.stopReading()
            await loop.inputEnded.wait()
            queue.finish()
            await end(loop, callsEnded, limitReached, answering: isClientThere)
            group.cancelAll()
        }
        loop.stop()
        await loop.stopped.wait()
    }

    /// Lets the running calls end, then makes them, then writes what is left.
    private func end(_ loop: StdioLoop, _ callsEnded: Latch, _ limitReached: Latch, answering: Bool) async {
        await callsEnded.wait(atMost: options.grace, clock)
        session.cancelAllCalls(answering: answering)
        await Latch.waitForEither(callsEnded, limitReached)
        if !callsEnded.isOpen {
            logger.warning("calls went on after they were cancelled")
        }
        for message in session.endSubscriptions() {
            loop.writer.send(message)
        }
        loop.writer.finish()
        await Latch.waitForEither(loop.writer.drained, limitReached)
    }
}
