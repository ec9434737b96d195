import AsyncHTTPClient
package import JaneeSecrets
import NIOCore
package import NIOPosix

/// The transport of the program: HTTP/1.1 over checked connections.
///
/// ``AddressCache`` resolves names; all addresses of a name are checked before one of them is dialled. AsyncHTTPClient
/// connects, encrypts and pools. What it is given of a request is the method, the origin, the body and a number; the
/// head with target, headers and credentials is written by ``WireHandler`` on a connection whose peer
/// ``ConnectionGuard`` has approved, and ``ResponseCollector`` hands back complete answers only. Nothing of the request
/// can therefore turn up in the library's errors, logs or spans, and it is known at any time whether a byte of it may
/// have left.
package final class GuardedHTTPClient: HTTPTransport {
    /// How often a request is handed to a connection that turns out to be closed before any byte of it was written.
    private static let maximumAttempts = 3

    private let exchanges: ExchangeTable
    private let clients: ClientPool
    private let names: AddressCache

    /// Makes a client that opens connections when they are needed.
    ///
    /// - Parameters:
    ///   - eventLoopGroup: where connections live.
    ///   - trust: the authorities that may sign the certificates of servers, where a request names no others.
    ///   - resolver: tells the addresses of names.
    ///   - time: tells how old these are.
    ///   - maximumClients: how many combinations of pool, origin and policy keep connections at a time.
    ///   - idleConnection: how long a connection is kept that nobody uses; the default is shorter than what common servers
    ///     grant, so that reused connections are rarely about to be closed.
    ///   - maximumAnswerBytes: how much the bodies of answers may take together until they are let go.
    package init(
        eventLoopGroup: MultiThreadedEventLoopGroup = .singleton,
        trust: TLSTrust = .system,
        resolver: any AddressResolver = SystemResolver(),
        time: TimeSource = .system,
        maximumClients: Int = 256,
        maximumAnswerBytes: Int = 256 << 20,
        idleConnection: Duration = .seconds(30)
    ) {
        exchanges = ExchangeTable(budget: AnswerBudget(bytes: maximumAnswerBytes))
        clients = ClientPool(
            eventLoopGroup: eventLoopGroup,
            trust: trust,
            exchanges: exchanges,
            maximumClients: maximumClients,
            idleConnection: idleConnection
        )
        names = AddressCache(resolver: resolver, time: time, eventLoopGroup: eventLoopGroup)
    }

    package func send(_ request: OutboundRequest) async throws(HTTPTransportError) -> InboundResponse {
        try request.validate()
        let deadline = NIODeadline.now() + TimeAmount(clamping: request.limits.total)
        var answer = try await addresses(for: request, until: deadline)
        var mayAskAgain = answer.isKept
        while true {
            do {
                return try await send(request, toOneOf: answer, until: deadline)
            } catch  where mayAskAgain && error.concernsAnswer {
                mayAskAgain = false
                names.drop(answer)
                answer = try await addresses(for: request, until: deadline)
            } catch {
                throw error.transportError
            }
        }
    }

    /// The addresses of the endpoint, all of them allowed: one that is not makes all of them suspicious.
    private func addresses(
        for request: OutboundRequest,
        until deadline: NIODeadline
    ) async throws(HTTPTransportError) -> AddressAnswer {
        let answer: AddressAnswer
        if request.endpoint.socketPath != nil {
            // Nothing is looked up or dialled; the policy still has to allow this machine.
            answer = AddressAnswer(literal: IPAddress(ipv4: (127, 0, 0, 1)))
        } else if let address = request.endpoint.ipAddress {
            answer = AddressAnswer(literal: address)
        } else {
            let limit = min(TimeAmount(clamping: request.limits.connect), deadline - .now())
            answer = try await names.addresses(of: request.endpoint.host, within: limit)
        }
        for address in answer.addresses {
            guard let refusal = request.addresses.check(address) else { continue }
            names.drop(answer)
            throw .refused(refusal)
        }
        return answer
    }

    /// Tries one address after the other until there is a connection.
    private func send(
        _ request: OutboundRequest,
        toOneOf answer: AddressAnswer,
        until deadline: NIODeadline
    ) async throws(Exchange.Failure) -> InboundResponse {
        var failure: Exchange.Failure?
        for address in answer.addresses {
            do {
                let connect = answer.timeToConnect(to: address, limit: request.limits.connect)
                let key = ClientKey(request, address: address, connect: connect)
                let response = try await send(request, with: key, until: deadline)
                if failure != nil { names.prefer(address, of: answer) }
                return response
            } catch  where error.concernsAddress {
                // The first address is the one that was expected to work, so its failure says most.
                failure = failure ?? error
            }
        }
        throw failure ?? .failed(.nameNotResolved)
    }

    private func send(
        _ request: OutboundRequest,
        with key: ClientKey,
        until deadline: NIODeadline
    ) async throws(Exchange.Failure) -> InboundResponse {
        let entry: ClientPool.Entry
        do { entry = try clients.lease(key) } catch { throw .failed(error) }
        defer { clients.release(entry) }

        var attempt = 1
        while true {
            do {
                return try await Exchange(request)
                    .run(on: entry.client, of: exchanges, carrier: entry.carrier, until: deadline)
            } catch .connectionWasClosed where attempt < Self.maximumAttempts {
                attempt += 1
            }
        }
    }

    /// Closes all connections; requests under way fail, later ones are refused.
    package func shutdown() async {
        await clients.shutdown()
    }
}
