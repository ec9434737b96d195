import AsyncHTTPClient
import JaneeSecrets
import NIOCore

extension Exchange {
    /// Carries this exchange out, once.
    ///
    /// - Parameters:
    ///   - client: one whose connections find their exchanges in `exchanges`.
    ///   - origin: the one to give to the client.
    func run(
        on client: HTTPClient,
        of exchanges: ExchangeTable,
        origin: String,
        until deadline: NIODeadline
    ) async throws(Failure) -> InboundResponse {
        guard !Task.isCancelled else { throw .failed(.cancelled(requestMayHaveBeenSent: false)) }
        let number = exchanges.insert(self)
        defer { exchanges.remove(number) }
        do {
            try await withTaskCancellationHandler {
                let response = try await client.execute(carrier(number: number, origin: origin), deadline: deadline)
                await Self.waitForEnd(of: response)
            } onCancel: {
                cancel()
            }
        } catch {
            throw failure(for: error)
        }
        return try response()
    }

    /// Waits until the connection is back in the pool or closed.
    ///
    /// The answer is complete by then, so that the fate of the connection does not matter any more.
    private static func waitForEnd(of response: HTTPClientResponse) async {
        do {
            for try await _ in response.body {}
        } catch {
            return
        }
    }
}
