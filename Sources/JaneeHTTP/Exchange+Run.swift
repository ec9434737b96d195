import AsyncHTTPClient
import JaneeSecrets
import NIOCore

extension Exchange {
    /// Carries this exchange out, once.
    ///
    /// - Parameters:
    ///   - client: one whose connections find their exchanges in `exchanges`.
    ///   - carrier: what to give to the client.
    func run(
        on client: HTTPClient,
        of exchanges: ExchangeTable,
        carrier: Carrier,
        until deadline: NIODeadline
    ) async throws(Failure) -> InboundResponse {
        guard !Task.isCancelled else { throw .failed(.cancelled(requestMayHaveBeenSent: false)) }
        let number = exchanges.insert(self)
        defer { exchanges.remove(number) }
        do {
            let task = client.execute(request: try carrier.request(for: self, number: number), delegate: EndOfAnswer())
            // The library's own deadline takes a timer of the event loop, which has to be woken for it twice.
            let alarm = TimeSource.system.alarm(after: .nanoseconds((deadline - .now()).nanoseconds)) {
                task.fail(reason: HTTPClientError.deadlineExceeded)
            }
            defer { alarm.cancel() }
            try await withTaskCancellationHandler {
                try await task.futureResult.get()
            } onCancel: {
                cancel()
                task.cancel()
            }
        } catch {
            // Once the answer is complete, the fate of the connection does not matter any more.
            if let answer { return answer }
            throw failure(for: error)
        }
        guard let answer else { throw .failed(.incompleteAnswer) }
        return answer
    }
}

/// Waits for the end of an answer of which there is nothing to see, without a hop between threads on the way.
///
/// The connection is back in the pool or closed by then.
private final class EndOfAnswer: HTTPClientResponseDelegate {
    func didFinishRequest(task: HTTPClient.Task<Void>) {}
}
