import JaneeHTTP
import JaneeSecrets
import NIOSSL
import Testing

@Suite("TLS")
struct TLSTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    private func trust(_ pem: String = Certificates.authority) throws -> TLSTrust {
        try #require(TLSTrust(pem: Array(pem.utf8)))
    }

    /// Expects the handshake to fail with words about `subject`.
    private func expectFailure(
        _ certificate: String,
        host: String = "localhost",
        trust: TLSTrust,
        subject: String
    ) async throws {
        try await LoopbackServer.serve(tls: Certificates.serverContext(certificate), Self.ok) { server in
            let error = await failure(try .local(port: server.port, scheme: .https, host: host), trust: trust)
            #expect(error?.code == .tlsFailed)
            #expect(error?.requestMayHaveBeenSent == false)
            #expect(error?.message.contains(subject) == true)
            #expect(server.requests.isEmpty)
        }
    }

    @Test("reaches a server with a trusted certificate for its name or address", arguments: ["localhost", "127.0.0.1"])
    func valid(_ host: String) async throws {
        try await LoopbackServer.serve(tls: Certificates.serverContext(Certificates.valid), Self.ok) { server in
            let response = try await send(.local(port: server.port, scheme: .https, host: host), trust: trust())
            #expect(response.body == Array("ok".utf8))
        }
    }

    @Test("accepts a self-signed certificate that is named as trusted")
    func namedSelfSigned() async throws {
        try await LoopbackServer.serve(tls: Certificates.serverContext(Certificates.selfSigned), Self.ok) { server in
            let request = try OutboundRequest.local(port: server.port, scheme: .https, host: "localhost")
            #expect(try await send(request, trust: trust(Certificates.selfSigned)).status == 200)
        }
    }

    @Test("refuses a certificate for another name or address", arguments: ["localhost", "127.0.0.1"])
    func wrongHost(_ host: String) async throws {
        try await expectFailure(Certificates.wrongHost, host: host, trust: trust(), subject: "another host")
    }

    @Test(
        "refuses a certificate that is expired or that nobody trusted signed",
        arguments: [Certificates.expired, Certificates.selfSigned]
    )
    func untrusted(_ certificate: String) async throws {
        try await expectFailure(certificate, trust: trust(), subject: "no trusted issuer, or is expired")
    }

    @Test("does not trust the tests' authority by itself, nor the system's ones where others are named")
    func system() async throws {
        try await expectFailure(Certificates.valid, trust: .system, subject: "trusted")
        try await expectFailure(Certificates.valid, trust: trust(Certificates.selfSigned), subject: "trusted")
    }

    @Test("needs version 1.2", arguments: [TLSVersion.tlsv1, .tlsv11])
    func version(_ version: TLSVersion) async throws {
        let tls = try Certificates.serverContext(Certificates.valid, maximumTLSVersion: version)
        try await LoopbackServer.serve(tls: tls, Self.ok) { server in
            let request = try OutboundRequest.local(port: server.port, scheme: .https, host: "localhost")
            let error = await failure(request, trust: try trust())
            #expect(error?.code == .tlsFailed)
            #expect(error?.message.contains("TLS 1.2") == true)
            #expect(error?.requestMayHaveBeenSent == false)
            #expect(server.requests.isEmpty)
        }
    }

    @Test("recognises a server that does not speak it")
    func plainServer() async throws {
        let trust = try trust()
        try await LoopbackServer.serve(greeting: "HTTP/1.1 400 Bad Request\r\n\r\n") { server in
            let error = await failure(try .local(port: server.port, scheme: .https), trust: trust)
            #expect(error?.code == .tlsFailed)
            #expect(error?.requestMayHaveBeenSent == false)
            #expect(error?.message.contains("does not speak TLS") == true)
        }
    }

    @Test("tells a truncated answer from one that the end of the connection ends")
    func truncation() async throws {
        let tls = try Certificates.serverContext(Certificates.valid)
        let trust = try trust()
        for ending in [LoopbackServer.Step.close, .abort] {
            try await LoopbackServer.serve(
                tls: tls,
                .always([.text("HTTP/1.1 200 OK\r\n\r\nhello"), ending])
            ) { server in
                let request = try OutboundRequest.local(port: server.port, scheme: .https, host: "localhost")
                switch ending {
                case .abort: #expect(await failure(request, trust: trust)?.code == .truncated)
                default:
                    let response = try await send(request, trust: trust)
                    #expect(response.body == Array("hello".utf8))
                }
            }
        }
    }

    @Test(
        "is not set up with a file that holds no certificate",
        arguments: ["", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
    )
    func badFile(_ pem: String) {
        #expect(TLSTrust(pem: Array(pem.utf8)) == nil)
    }
}
