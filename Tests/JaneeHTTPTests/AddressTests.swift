import JaneeHTTP
import JaneeSecrets
import Testing

@Suite("Addresses")
struct AddressTests {
    @Test(
        "that are not allowed are not dialled",
        arguments: [
            "169.254.169.254", "[fd00:ec2::254]", "100.100.100.200", "168.63.129.16", "0.0.0.0", "[::]", "10.1.2.3",
            "192.168.0.1", "[fe80::1]", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "127.0.0.1", "[::1]",
            "127.255.255.254",
        ]
    )
    func literals(_ host: String) async throws {
        for scheme in [EndpointURL.Scheme.http, .https] {
            let error = await failure(try .local(port: 9, scheme: scheme, host: host, addresses: .publicOnly))
            #expect(error?.code == .addressRefused)
            #expect(error?.requestMayHaveBeenSent == false)
        }
    }

    @Test("other than loopback are not dialled for a loopback host", arguments: ["192.0.2.1", "[2001:db8::1]"])
    func loopbackOnly(_ host: String) async throws {
        let error = await failure(try .local(port: 9, host: host))
        #expect(error?.code == .addressRefused)
    }

    @Test("that a name resolves to are checked on the connection, before a byte of the request", arguments: [1, 20])
    func names(_ requests: Int) async throws {
        try await LoopbackServer.serve("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") { server in
            try await withClient { client in
                let request = try OutboundRequest.local(port: server.port, host: "localhost", addresses: .publicOnly)
                await withTaskGroup { group in
                    for _ in 0..<requests {
                        group.addTask {
                            let error = await #expect(throws: HTTPTransportError.self) {
                                try await client.send(request)
                            }
                            #expect(error?.code == .addressRefused)
                            #expect(error?.requestMayHaveBeenSent == false)
                            #expect(error?.message.contains("127.0.0.1") == true)
                        }
                    }
                }
                await server.wait(for: .closed(0))
                #expect(server.requests.isEmpty)
            }
        }
    }

    @Test("that a name resolves to are checked on an encrypted connection as well")
    func encrypted() async throws {
        let tls = try Certificates.serverContext(Certificates.valid)
        let trust = try #require(TLSTrust(pem: Array(Certificates.authority.utf8)))
        try await LoopbackServer.serve(tls: tls, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") { server in
            let error = await failure(
                try .local(port: server.port, scheme: .https, host: "localhost", addresses: .publicOnly),
                trust: trust
            )
            #expect(error?.code == .addressRefused)
            #expect(error?.requestMayHaveBeenSent == false)
            #expect(server.requests.isEmpty)
        }
    }

    @Test("of a connection are not taken over by a request with another policy")
    func policies() async throws {
        try await LoopbackServer.serve("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") { server in
            try await withClient { client in
                _ = try await client.send(.local(port: server.port, host: "localhost"))
                await #expect(throws: HTTPTransportError.self) {
                    try await client.send(.local(port: server.port, host: "localhost", addresses: .publicOnly))
                }
                #expect(server.requests.count == 1)
            }
        }
    }
}
