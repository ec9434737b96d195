import HTTPTypes
import JaneeSecrets
import JaneeSecretsTesting
import Testing

@Suite("The scripted transport")
struct ScriptedTransportTests {
    private func request(
        _ method: HTTPRequest.Method,
        _ origin: String,
        _ target: String,
        token: SecretValue = SecretValue("token")
    ) throws -> OutboundRequest {
        OutboundRequest(
            method: method,
            endpoint: try EndpointURL(parsing: origin),
            target: target,
            headers: [(.authorization, .secret(prefix: "Bearer ", token))],
            addresses: AddressPolicy(allowedPrivate: [], loopback: false),
            pool: "test"
        )
    }

    @Test("requests that follow the script get its answers")
    func answers() async throws {
        let transport = ScriptedTransport([
            .answer("POST", "https://vault.example.com/v1/login", body: "{}"),
            .answer("GET", "/v1/secret?version=2", status: 404, headers: [.retryAfter: "3"]),
        ])
        let login = try await transport.send(try request(.post, "https://vault.example.com", "/v1/login"))
        #expect(login.status == 200)
        #expect(login.body == Array("{}".utf8))
        let read = try await transport.send(try request(.get, "https://any.example.com", "/v1/secret?version=2"))
        #expect(read.status == 404)
        #expect(read.headers[.retryAfter] == "3")
        #expect(transport.complaints == [])
        #expect(transport.requests.map(\.target) == ["/v1/login", "/v1/secret?version=2"])
    }

    @Test(
        "a request that was not asked for is refused and recorded",
        arguments: [
            ("DELETE", "https://vault.example.com", "/v1/a"), ("GET", "https://evil.example.com", "/v1/a"),
            ("GET", "http://vault.example.com", "/v1/a"), ("GET", "https://vault.example.com:8200", "/v1/a"),
            ("GET", "https://vault.example.com", "/v1/a/"), ("GET", "https://vault.example.com", "/v1/a?x=1"),
        ]
    )
    func refusal(method: String, origin: String, target: String) async throws {
        let transport = ScriptedTransport([.answer("GET", "https://vault.example.com/v1/a")])
        let request = try request(try #require(HTTPRequest.Method(method)), origin, target)
        let error = await #expect(throws: HTTPTransportError.self) { try await transport.send(request) }
        #expect(error?.code == .invalidRequest)
        #expect(error?.requestMayHaveBeenSent == false)
        #expect(transport.refused.count == 1)
        #expect(transport.requests.isEmpty)
        #expect(
            transport.complaints == [
                "not asked for: \(method) \(origin)\(target)", "never sent: GET https://vault.example.com/v1/a",
            ]
        )
    }

    @Test("a transport without a script refuses everything")
    func empty() async throws {
        let transport = ScriptedTransport()
        let request = try request(.get, "https://vault.example.com", "/")
        await #expect(throws: HTTPTransportError.self) { try await transport.send(request) }
    }

    @Test("the order counts, unless it does not", arguments: [ScriptedTransport.Order.strict, .any])
    func order(order: ScriptedTransport.Order) async throws {
        let transport = ScriptedTransport([.answer("GET", "/first"), .answer("GET", "/second")], order: order)
        let second = try request(.get, "https://a.example.com", "/second")
        let answer = try? await transport.send(second)
        #expect((answer != nil) == (order == .any))
        _ = try await transport.send(try request(.get, "https://a.example.com", "/first"))
        #expect(transport.complaints.isEmpty == (order == .any))
    }

    @Test("a step is for one request, and steps can be added")
    func steps() async throws {
        let transport = ScriptedTransport([.answer("GET", "/a")])
        let request = try request(.get, "https://a.example.com", "/a")
        _ = try await transport.send(request)
        await #expect(throws: HTTPTransportError.self) { try await transport.send(request) }
        transport.append([.answer("GET", "/a", status: 204)])
        #expect(try await transport.send(request).status == 204)
    }

    @Test("failures and answers made from the request are given as they are")
    func failuresAndHandlers() async throws {
        let transport = ScriptedTransport([
            .fail("GET", "/a", HTTPTransportError(.timedOut, "no answer", requestMayHaveBeenSent: true)),
            .answer("GET", "/a") { request throws(HTTPTransportError) in
                InboundResponse(status: request.headers.count, headers: [:], body: [])
            },
        ])
        let request = try request(.get, "https://a.example.com", "/a")
        let error = await #expect(throws: HTTPTransportError.self) { try await transport.send(request) }
        #expect(error?.code == .timedOut)
        #expect(try await transport.send(request).status == 1)
    }

    @Test("a silent step ends when its task is cancelled, and only then")
    func silence() async throws {
        let transport = ScriptedTransport([.silence("GET", "/a")])
        let request = try request(.get, "https://a.example.com", "/a")
        let task = Task { try await transport.send(request) }
        await transport.untilRequested()
        #expect(transport.requests.count == 1)
        task.cancel()
        let error = await #expect(throws: HTTPTransportError.self) { try await task.value }
        #expect(error?.code == .cancelled)
    }

    @Test("complaints hold no header")
    func complaints() async throws {
        let canary = SecretCanary()
        let transport = ScriptedTransport()
        let request = try request(.get, "https://a.example.com", "/a", token: canary.value)
        let error = await #expect(throws: HTTPTransportError.self) { try await transport.send(request) }
        for text in transport.complaints + ["\(String(describing: error))"] { #expect(canary.forms(in: text).isEmpty) }
    }
}
