import JaneeHTTP
import JaneeSecrets
import JaneeSecretsTesting
import NIOCore
import Testing

/// Addresses that are dialled lead to this machine.
///
/// So do those that are refused, were they dialled by mistake, but for 169.254.169.254: `IsolatedAddressTests` has the
/// same where that is harmless.
@Suite("Resolving names")
struct ResolutionTests {
    private static let closing = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    private static let name = "upstream.test"

    private func request(
        port: Int,
        addresses: AddressPolicy = .loopbackOnly,
        limits: HTTPTransportLimits = .unhurried
    ) throws -> OutboundRequest {
        try .local(port: port, host: Self.name, addresses: addresses, limits: limits)
    }

    private func expectFailure(
        _ code: HTTPTransportError.Code,
        _ client: GuardedHTTPClient,
        _ request: OutboundRequest
    ) async {
        let error = await #expect(throws: HTTPTransportError.self) { try await client.send(request) }
        #expect(error?.code == code)
        #expect(error?.requestMayHaveBeenSent == false)
    }

    // MARK: Keeping

    @Test("happens once in a minute, and connections outlive it")
    func keeping() async throws {
        let resolver = ScriptedResolver(["127.0.0.1"], ["127.0.0.1"], ["127.0.0.1"])
        let clock = ManualClock()
        try await LoopbackServer.serve(Self.ok) { server in
            try await withClient(resolver: resolver, clock: clock) { client in
                for seconds in [0, 30, 29] {
                    clock.advance(by: .seconds(seconds))
                    _ = try await client.send(request(port: server.port))
                }
                #expect(resolver.questions == [Self.name])
                clock.advance(by: .seconds(1))
                _ = try await client.send(request(port: server.port))
                #expect(resolver.questions == [Self.name, Self.name])
                #expect(server.connections == 1)
                #expect(server.requests.first?.header("Host") == ["\(Self.name):\(server.port)"])
            }
        }
    }

    @Test("does not happen for an address")
    func literal() async throws {
        let resolver = ScriptedResolver()
        try await LoopbackServer.serve(Self.ok) { server in
            try await withClient(resolver: resolver) { client in
                _ = try await client.send(.local(port: server.port))
                #expect(resolver.questions.isEmpty)
            }
        }
    }

    @Test("happens once for requests at the same time")
    func singleFlight() async throws {
        let gate = Gate()
        let resolver = ScriptedResolver(["127.0.0.1"], gate: gate)
        try await LoopbackServer.serve(Self.ok) { server in
            try await withClient(resolver: resolver) { client in
                let request = try request(port: server.port)
                let tasks = (0..<20).map { _ in Task { try await client.send(request).status } }
                // One of them must have asked; those that come later find the answer.
                while resolver.questions.isEmpty { await Task.yield() }
                gate.open()
                for task in tasks { #expect(try await task.value == 200) }
                #expect(resolver.questions.count == 1)
            }
        }
    }

    @Test("that fails is not kept")
    func failure() async throws {
        let resolver = ScriptedResolver([], ["127.0.0.1"])
        try await LoopbackServer.serve(Self.ok) { server in
            try await withClient(resolver: resolver) { client in
                let request = try request(port: server.port)
                await expectFailure(.nameNotResolved, client, request)
                #expect(try await client.send(request).status == 200)
                #expect(resolver.questions.count == 2)
            }
        }
    }

    // MARK: Refusing

    @Test(
        "refuses the whole answer for one address that is not allowed, wherever it stands",
        arguments: ["0.0.0.0", "::", "::ffff:127.0.0.1"],
        [0, 1, 2]
    )
    func forbidden(_ address: String, _ position: Int) async throws {
        var addresses = ["127.0.0.1", "::1"]
        addresses.insert(address, at: position)
        let resolver = ScriptedResolver(addresses)
        try await LoopbackServer.serve(Self.ok) { server in
            try await withClient(resolver: resolver) { client in
                await expectFailure(.addressRefused, client, try request(port: server.port))
            }
            #expect(server.connections == 0)
        }
    }

    @Test("refuses loopback for a name that does not say so")
    func loopback() async throws {
        let resolver = ScriptedResolver(["127.0.0.1"])
        try await LoopbackServer.serve(Self.ok) { server in
            try await withClient(resolver: resolver) { client in
                await expectFailure(.addressRefused, client, try request(port: server.port, addresses: .publicOnly))
            }
            #expect(server.connections == 0)
        }
    }

    @Test(
        "refuses a name that is bound to another address later, and asks again for the next request",
        arguments: ["0.0.0.0", "169.254.169.254"]
    )
    func rebinding(_ address: String) async throws {
        let resolver = ScriptedResolver(["127.0.0.1"], [address], ["127.0.0.1"])
        let clock = ManualClock()
        try await LoopbackServer.serve(Self.ok) { server in
            try await withClient(resolver: resolver, clock: clock) { client in
                let request = try request(port: server.port)
                _ = try await client.send(request)
                clock.advance(by: .seconds(60))
                // There is a connection to the old address.
                await expectFailure(.addressRefused, client, request)
                #expect(try await client.send(request).status == 200)
                #expect(resolver.questions.count == 3)
                #expect(server.requests.map(\.connection) == [0, 0])
            }
        }
    }

    @Test("keeps an answer for every policy to judge by itself")
    func policies() async throws {
        let resolver = ScriptedResolver(["127.0.0.1"], ["127.0.0.1"])
        try await LoopbackServer.serve(Self.ok) { server in
            try await withClient(resolver: resolver) { client in
                _ = try await client.send(request(port: server.port))
                await expectFailure(.addressRefused, client, try request(port: server.port, addresses: .publicOnly))
                _ = try await client.send(request(port: server.port))
                #expect(server.requests.count == 2)
            }
        }
    }

    // MARK: Falling over

    @Test("brings several addresses, which are tried in turn; the one that works is first from then on")
    func several() async throws {
        let dead = ["127.0.0.3", "127.0.0.2"]
        let resolver = ScriptedResolver(dead + ["127.0.0.1"], ["127.0.0.1"] + dead)
        let clock = ManualClock()
        try await LoopbackServer.serve(Self.closing) { server in
            try await withClient(resolver: resolver, clock: clock) { client in
                for _ in 0..<3 { _ = try await client.send(request(port: server.port)) }
                clock.advance(by: .seconds(60))
                _ = try await client.send(request(port: server.port))
                #expect(resolver.questions.count == 2)
                #expect(server.requests.count == 4)
            }
        }
    }

    @Test("happens again at once when no kept address answers")
    func failover() async throws {
        let resolver = ScriptedResolver(["127.0.3.1", "127.0.3.2"], ["127.0.3.3"])
        try await withClient(resolver: resolver) { client in
            let port = try await LoopbackServer.serve(host: "127.0.3.1", Self.closing) { server in
                _ = try await client.send(request(port: server.port))
                return server.port
            }
            try await LoopbackServer.serve(host: "127.0.3.3", port: port, Self.ok) { server in
                let request = try request(port: port)
                try await withThrowingTaskGroup { group in
                    for _ in 0..<10 { group.addTask { try await client.send(request).status } }
                    for try await status in group { #expect(status == 200) }
                }
                #expect(resolver.questions.count == 2)
            }
        }
    }

    @Test("does not happen twice for one request")
    func deadUpstream() async throws {
        let port = try await LoopbackServer.deadPort(on: "127.0.3.4")
        let resolver = ScriptedResolver(["127.0.3.4"], ["127.0.3.5"], ["127.0.3.4"], ["127.0.3.4"])
        try await withClient(resolver: resolver) { client in
            await expectFailure(.connectionFailed, client, try request(port: port))
            #expect(resolver.questions.count == 1)
            await expectFailure(.connectionFailed, client, try request(port: port))
            #expect(resolver.questions.count == 2)
        }
    }

    @Test("checks the addresses that it finds when the kept ones fail")
    func rebindingByFailure() async throws {
        let resolver = ScriptedResolver(["127.0.3.6"], ["0.0.0.0"])
        try await withClient(resolver: resolver) { client in
            let port = try await LoopbackServer.serve(host: "127.0.3.6", Self.closing) { server in
                _ = try await client.send(request(port: server.port))
                return server.port
            }
            await expectFailure(.addressRefused, client, try request(port: port))
            #expect(resolver.questions.count == 2)
        }
    }

    @Test("happens once more when the peer at a kept address has no certificate for the name")
    func movedAddress() async throws {
        let resolver = ScriptedResolver(["127.0.0.1"], ["127.0.0.2"])
        let trust = try #require(TLSTrust(pem: Array(Certificates.authority.utf8)))
        let stranger = try Certificates.serverContext(Certificates.wrongHost)
        let upstream = try Certificates.serverContext(Certificates.valid)
        try await LoopbackServer.serve(tls: stranger, Self.ok) { wrong in
            try await LoopbackServer.serve(tls: upstream, host: "127.0.0.2", port: wrong.port, Self.ok) { right in
                try await withClient(trust: trust, resolver: resolver) { client in
                    let request = try OutboundRequest.local(port: right.port, scheme: .https, host: "localhost")
                    await expectFailure(.tlsFailed, client, request)
                    #expect(resolver.questions.count == 1)
                    #expect(try await client.send(request).status == 200)
                    #expect(resolver.questions.count == 2)
                    #expect(wrong.requests.isEmpty)
                }
            }
        }
    }

    @Test("gives each of several silent addresses a share of the time for a connection")
    func silent() async throws {
        let resolver = ScriptedResolver(["127.0.0.1", "127.0.0.2"])
        let trust = try #require(TLSTrust(pem: Array(Certificates.authority.utf8)))
        // The first server leaves the handshake without an answer.
        try await LoopbackServer.serve("") { silent in
            let upstream = try Certificates.serverContext(Certificates.valid)
            try await LoopbackServer.serve(tls: upstream, host: "127.0.0.2", port: silent.port, Self.ok) { server in
                try await withClient(trust: trust, resolver: resolver) { client in
                    // Resolves the name, which is not under test.
                    try await LoopbackServer.serve(Self.closing) { other in
                        _ = try await client.send(.local(port: other.port, host: "localhost"))
                    }
                    let request = try OutboundRequest.local(
                        port: server.port,
                        scheme: .https,
                        host: "localhost",
                        limits: HTTPTransportLimits(connect: .seconds(2))
                    )
                    #expect(try await client.send(request).status == 200)
                    #expect(silent.requests.isEmpty)
                }
            }
        }
    }

    // MARK: Ending

    @Test("ends for a request that is cancelled, and goes on for the others")
    func cancellation() async throws {
        let gate = Gate()
        let resolver = ScriptedResolver(["127.0.0.1"], gate: gate)
        try await LoopbackServer.serve(Self.ok) { server in
            try await withClient(resolver: resolver) { client in
                let request = try request(port: server.port)
                let first = Task { try await client.send(request).status }
                while resolver.questions.isEmpty { await Task.yield() }
                let second = Task { try await client.send(request).status }
                first.cancel()
                let error = await #expect(throws: HTTPTransportError.self) { try await first.value }
                #expect(error?.code == .cancelled)
                #expect(error?.requestMayHaveBeenSent == false)
                gate.open()
                #expect(try await second.value == 200)
                #expect(resolver.questions.count == 1)
            }
        }
    }

    @Test("does not begin for a request that is cancelled already")
    func cancelledBefore() async throws {
        let resolver = ScriptedResolver(["127.0.0.1"])
        try await withClient(resolver: resolver) { client in
            let request = try request(port: 9)
            let gate = Gate()
            let task = Task {
                try await gate.future.get()
                return try await client.send(request).status
            }
            task.cancel()
            gate.open()
            let error = await #expect(throws: HTTPTransportError.self) { try await task.value }
            #expect(error?.code == .cancelled)
            #expect(resolver.questions.isEmpty)
        }
    }

    @Test(
        "that takes too long ends with the time for a connection, or of the exchange",
        arguments: [
            HTTPTransportLimits(connect: .milliseconds(100)), HTTPTransportLimits(total: .milliseconds(100)),
            HTTPTransportLimits(total: .zero),
        ]
    )
    func timeout(_ limits: HTTPTransportLimits) async throws {
        let gate = Gate()
        let resolver = ScriptedResolver(["127.0.0.1"], gate: gate)
        try await withClient(resolver: resolver) { client in
            await expectFailure(.timedOut, client, try request(port: 9, limits: limits))
        }
        gate.open()
    }
}
