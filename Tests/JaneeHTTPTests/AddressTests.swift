import JaneeSecrets
import NIOCore
import NIOPosix
import Testing

@testable import JaneeHTTP

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

    @Test("that a name resolves to are checked before one is dialled", arguments: [EndpointURL.Scheme.http, .https])
    func names(_ scheme: EndpointURL.Scheme) async throws {
        try await LoopbackServer.serve("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") { server in
            let error = await failure(
                try .local(port: server.port, scheme: scheme, host: "localhost", addresses: .publicOnly)
            )
            #expect(error?.code == .addressRefused)
            #expect(error?.requestMayHaveBeenSent == false)
            #expect(error?.message.contains("loopback address") == true)
            #expect(server.connections == 0)
        }
    }

    @Test("of peers are checked on every connection, whatever was dialled")
    func peers() async throws {
        try await LoopbackServer.serve("") { server in
            let connectionGuard = ConnectionGuard(
                peers: .allowed(by: .publicOnly),
                certificateName: nil,
                pins: [],
                exchanges: ExchangeTable(budget: AnswerBudget(bytes: 0))
            )
            let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(host: "127.0.0.1", port: server.port).get()
            let error = await #expect(throws: HTTPTransportError.self) {
                try await channel.eventLoop.flatSubmit { connectionGuard.approve(channel) }.get()
            }
            #expect(error?.code == .addressRefused)
            #expect(error?.message.contains("127.0.0.1") == true)
            await server.wait(for: .closed(0))
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
