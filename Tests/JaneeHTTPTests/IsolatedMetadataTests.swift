import AsyncHTTPClient
import HTTPTypes
import JaneeSecrets
import NIOCore
import NIOPosix
import Testing

@testable import JaneeHTTP

/// Every address here leads to this machine, and all of the ports of the platforms are free.
@Suite("Credential sources, in a network of their own", .enabled(if: IsolatedNetwork.isHere), .serialized)
struct IsolatedMetadataTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    struct Source: Sendable {
        let service: MetadataService
        let environment: [String: String]
        let host: String
        let header: String

        init(_ service: MetadataService, _ environment: [String: String] = [:], at host: String, header: String = "") {
            self.service = service
            self.environment = environment
            self.host = host
            self.header = header.isEmpty ? host : header
        }
    }

    @Test(
        "are reached at the addresses of the platforms, of which the client for upstreams reaches none",
        arguments: [
            Source(.awsInstance, at: "169.254.169.254"),
            Source(
                .awsInstance,
                ["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv6"],
                at: "fd00:ec2::254",
                header: "[fd00:ec2::254]"
            ),
            Source(.awsContainer, ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/"], at: "169.254.170.2"),
            Source(
                .awsContainer,
                ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/"],
                at: "169.254.170.23"
            ),
            Source(
                .awsContainer,
                ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://[fd00:ec2::23]/"],
                at: "fd00:ec2::23",
                header: "[fd00:ec2::23]"
            ),
            Source(.azureInstance, at: "169.254.169.254"),
            Source(.googleInstance, at: "169.254.169.254", header: "metadata.google.internal"),
        ]
    )
    func platforms(_ source: Source) async throws {
        try await LoopbackServer.serve(host: source.host, port: 80, Self.ok) { server in
            let endpoint = try MetadataEndpoint(source.service, environment: source.environment)
            let response = try await MetadataClient().send(MetadataRequest(.get, "/x", at: endpoint))
            #expect(response.status == 200)
            #expect(server.requests.map(\.requestLine) == ["GET /x HTTP/1.1"])
            #expect(server.requests.first?.header("Host") == [source.header])

            let open = AddressPolicy(allowedPrivate: ["0.0.0.0/0", "::/0"].compactMap(CIDRBlock.init), loopback: false)
            let resolver = ScriptedResolver([source.host], [source.host])
            try await withClient(resolver: resolver) { client in
                for host in [endpoint.url.authority, "upstream.test"] {
                    let request = try OutboundRequest.local(port: 80, host: host, addresses: open)
                    let error = await #expect(throws: HTTPTransportError.self) { try await client.send(request) }
                    #expect(error?.code == .addressRefused)
                }
            }
            #expect(server.connections == 1)
        }
    }

    @Test("are no other peer than the one that was dialled")
    func strangers() async throws {
        try await LoopbackServer.serve(host: "169.254.170.2", port: 80, Self.ok) { server in
            let exchanges = ExchangeTable(budget: AnswerBudget(bytes: 1 << 20))
            let connectionGuard = ConnectionGuard(
                peers: .only(IPAddress(ipv4: (169, 254, 169, 254))),
                certificateName: nil,
                pins: [],
                exchanges: exchanges
            )
            let client = HTTPClient(
                eventLoopGroup: .singletonMultiThreadedEventLoopGroup,
                configuration: .guarded(
                    by: connectionGuard,
                    connect: .seconds(5),
                    maximumResponseBytes: 1000,
                    dialling: ("metadata.google.internal", IPAddress(ipv4: (169, 254, 170, 2)))
                )
            )
            let exchange = Exchange(try .local(port: 80, host: "metadata.google.internal"))
            let carrier = try Carrier(origin: exchange.request.endpoint.origin)
            let failure = await #expect(throws: Exchange.Failure.self) {
                try await exchange.run(on: client, of: exchanges, carrier: carrier, until: .now() + .seconds(5))
            }
            #expect(failure?.transportError.code == .addressRefused)
            #expect(failure?.transportError.requestMayHaveBeenSent == false)
            try await client.shutdown()
            await server.wait(for: .closed(0))
            #expect(server.requests.isEmpty)
        }
    }
}
