import HTTPTypes
import JaneeHTTP
import JaneeSecrets

extension AddressPolicy {
    static let loopbackOnly = AddressPolicy(allowedPrivate: [], loopback: true)
    static let publicOnly = AddressPolicy(allowedPrivate: [], loopback: false)
}

extension HTTPTransportLimits {
    /// Does not mind that many tests run at once.
    static let unhurried = HTTPTransportLimits(connect: .seconds(60))
}

extension OutboundRequest {
    /// A request to this machine with the limits of the tests.
    static func local(
        _ method: HTTPRequest.Method = .get,
        _ target: String = "/",
        port: Int,
        scheme: EndpointURL.Scheme = .http,
        host: String = "127.0.0.1",
        headers: [(name: HTTPField.Name, value: HeaderValue)] = [],
        body: [UInt8]? = nil,
        addresses: AddressPolicy = .loopbackOnly,
        tls: TLSSettings = TLSSettings(),
        limits: HTTPTransportLimits = .unhurried,
        pool: String = "test"
    ) throws -> OutboundRequest {
        OutboundRequest(
            method: method,
            endpoint: try EndpointURL(parsing: "\(scheme.rawValue)://\(host):\(port)"),
            target: target,
            headers: headers,
            body: body,
            addresses: addresses,
            tls: tls,
            limits: limits,
            pool: pool
        )
    }
}

/// Runs `body` with a client and shuts it down afterwards.
func withClient<Result>(
    trust: TLSTrust = .system,
    resolver: any AddressResolver = SystemResolver(),
    clock: any Clock<Duration> = ContinuousClock(),
    maximumClients: Int = 256,
    _ body: (GuardedHTTPClient) async throws -> Result
) async throws -> Result {
    let time = TimeSource(clock) { .zero }
    let client = GuardedHTTPClient(
        trust: trust,
        resolver: resolver,
        time: time,
        maximumClients: maximumClients,
        // Between two steps of a test, a busy machine may do much else.
        idleConnection: .seconds(600)
    )
    do {
        let result = try await body(client)
        await client.shutdown()
        return result
    } catch {
        await client.shutdown()
        throw error
    }
}

/// Sends `request` with a client of its own.
func send(_ request: OutboundRequest, trust: TLSTrust = .system) async throws -> InboundResponse {
    try await withClient(trust: trust) { try await $0.send(request) }
}

/// The error that sending `request` brings; nil for an answer.
func failure(_ request: OutboundRequest, trust: TLSTrust = .system) async -> HTTPTransportError? {
    do {
        _ = try await send(request, trust: trust)
        return nil
    } catch {
        return error as? HTTPTransportError
    }
}
