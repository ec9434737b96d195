import HTTPTypes
import JaneeHTTP
import JaneeSecrets
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("The client for credential sources of platforms")
struct MetadataClientTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    /// Does not mind that many tests run at once.
    private let client = MetadataClient(connectTimeout: .seconds(60), longestTimeout: .seconds(60))

    private func endpoint(_ server: LoopbackServer, host: String = "127.0.0.1") throws -> MetadataEndpoint {
        try MetadataEndpoint(.googleInstance, environment: ["GCE_METADATA_HOST": "\(host):\(server.port)"])
    }

    private func failure(_ request: MetadataRequest) async -> HTTPTransportError? {
        await #expect(throws: HTTPTransportError.self) { try await client.send(request) }
    }

    @Test("sends what it is told to the one place, on a connection of its own", arguments: ["127.0.0.1", "localhost"])
    func exchange(_ host: String) async throws {
        try await LoopbackServer.serve(Self.ok) { server in
            let name = try #require(HTTPField.Name("X-aws-ec2-metadata-token-ttl-seconds"))
            let request = MetadataRequest(
                .put,
                "/latest/api/token",
                at: try endpoint(server, host: host),
                headers: [(name, .plain("21600")), (.authorization, .secret(prefix: "", SecretValue("s3cr3t")))],
                timeout: .seconds(60)
            )
            for _ in 0..<2 {
                let response = try await client.send(request)
                #expect(response.status == 200)
                #expect(response.body == Array("ok".utf8))
            }
            #expect(server.requests.map(\.connection) == [0, 1])
            let received = try #require(server.requests.first)
            #expect(received.requestLine == "PUT /latest/api/token HTTP/1.1")
            #expect(received.header("Host") == ["\(host):\(server.port)"])
            #expect(received.header(name.rawName) == ["21600"])
            #expect(received.header("Authorization") == ["s3cr3t"])
            await server.wait(for: .closed(1))
        }
    }

    @Test("gives redirects back and does not follow them")
    func redirect() async throws {
        try await LoopbackServer.serve(Self.ok) { other in
            let answer = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:\(other.port)/\r\nContent-Length: 0\r\n\r\n"
            try await LoopbackServer.serve(answer) { server in
                let response = try await client.send(
                    MetadataRequest(.get, "/", at: endpoint(server), timeout: .seconds(60))
                )
                #expect(response.status == 302)
                #expect(server.requests.count == 1)
                #expect(other.connections == 0)
            }
        }
    }

    @Test("reads small answers only")
    func limits() async throws {
        let size = MetadataRequest.maximumResponseBytes
        for (count, code) in [(size, nil), (size + 1, HTTPTransportError.Code.tooLarge)] {
            let answer = "HTTP/1.1 200 OK\r\nContent-Length: \(count)\r\n\r\n" + String(repeating: "x", count: count)
            try await LoopbackServer.serve(answer) { server in
                let request = MetadataRequest(.get, "/", at: try endpoint(server), timeout: .seconds(60))
                if let code {
                    #expect(await failure(request)?.code == code)
                } else {
                    #expect(try await client.send(request).body.count == count)
                }
            }
        }
    }

    @Test("waits no longer than it is told, and never long")
    func timeouts() async throws {
        try await LoopbackServer.serve("") { server in
            let request = MetadataRequest(.get, "/", at: try endpoint(server), timeout: .milliseconds(300))
            let error = await failure(request)
            #expect(error?.code == .timedOut)
            await server.wait(for: .closed(0))
        }
        #expect(MetadataRequest.connectTimeout == .seconds(1))
        #expect(MetadataRequest.longestTimeout <= .seconds(10))
    }

    @Test("knows when nothing was sent")
    func refused() async throws {
        let port = try await LoopbackServer.deadPort(on: "127.0.2.3")
        let variables = ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.2.3:\(port)"]
        let endpoint = try MetadataEndpoint(.awsInstance, environment: variables)
        let refused = await failure(MetadataRequest(.get, "/", at: endpoint, timeout: .seconds(60)))
        #expect(refused?.code == .connectionFailed)
        #expect(refused?.requestMayHaveBeenSent == false)
        let invalid = await failure(MetadataRequest(.get, "no slash", at: endpoint))
        #expect(invalid?.code == .invalidRequest)
        #expect(invalid?.requestMayHaveBeenSent == false)
    }

    @Test("ends with its task")
    func cancellation() async throws {
        try await LoopbackServer.serve("") { server in
            let request = MetadataRequest(.get, "/", at: try endpoint(server), timeout: .seconds(60))
            let task = Task { [client] in try await client.send(request) }
            await server.wait(for: .request(0))
            task.cancel()
            let error = await #expect(throws: HTTPTransportError.self) { try await task.value }
            #expect(error?.code == .cancelled)
            await server.wait(for: .closed(0))
        }
    }

    // In a process of its own, whose environment nobody else reads.
    @Test("passes proxies by")
    func proxies() async throws {
        await #expect(processExitsWith: .success) {
            try await LoopbackServer.serve("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") { proxy in
                for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
                    setenv(name, "http://127.0.0.1:\(proxy.port)", 1)
                }
                try await LoopbackServer.serve("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") { server in
                    let variables = ["GCE_METADATA_HOST": "127.0.0.1:\(server.port)"]
                    let endpoint = try MetadataEndpoint(.googleInstance, environment: variables)
                    _ = try await MetadataClient().send(MetadataRequest(.get, "/", at: endpoint))
                    #expect(server.requests.count == 1)
                }
                #expect(proxy.connections == 0)
            }
        }
    }
}
