import JaneeHTTP
import JaneeSecrets
import JaneeTestSupport
import NIOSSL
import Testing

@Suite("TLS settings")
struct TLSSettingsTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    private static let otherPin = "sha256/" + String(repeating: "A", count: 43) + "="

    private let directory: TemporaryDirectory
    private let caFile: String

    init() throws {
        directory = try TemporaryDirectory()
        caFile = try directory.write(Certificates.authority, to: "ca.pem")
    }

    private func serve(
        _ certificate: String = Certificates.valid,
        key: String = Certificates.serverKey,
        clientAuthority: String? = nil,
        maximumTLSVersion: TLSVersion? = nil,
        _ body: (LoopbackServer) async throws -> Void
    ) async throws {
        let tls = try Certificates.serverContext(
            certificate,
            key: key,
            clientAuthority: clientAuthority,
            maximumTLSVersion: maximumTLSVersion
        )
        try await LoopbackServer.serve(tls: tls, Self.ok, body)
    }

    private func request(
        _ server: LoopbackServer,
        host: String = "localhost",
        _ tls: TLSSettings
    ) throws -> OutboundRequest {
        try .local(port: server.port, scheme: .https, host: host, tls: tls)
    }

    private func expectAnswer(_ server: LoopbackServer, host: String = "localhost", _ tls: TLSSettings) async throws {
        let requests = server.requests.count
        #expect(try await send(request(server, host: host, tls)).status == 200)
        #expect(server.requests.count == requests + 1)
    }

    private func expectRefusal(_ server: LoopbackServer, host: String = "localhost", _ tls: TLSSettings) async throws {
        #expect(try await refusal(server, host: host, tls)?.code == .tlsFailed)
    }

    /// The error of a request that the server does not get to see.
    private func refusal(
        _ server: LoopbackServer,
        host: String = "localhost",
        _ tls: TLSSettings,
        isKnownBefore: Bool = true
    ) async throws -> HTTPTransportError? {
        let requests = server.requests.count
        let error = await failure(try request(server, host: host, tls))
        if isKnownBefore { #expect(error?.requestMayHaveBeenSent == false) }
        #expect(server.requests.count == requests)
        return error
    }

    // MARK: Authorities

    @Test("name the authorities to trust instead of the system's")
    func authorities() async throws {
        try await serve { server in
            try await expectAnswer(server, TLSSettings(caFile: caFile))
            let error = try await refusal(server, TLSSettings())
            #expect(error?.code == .tlsFailed)
            #expect(server.requests.count == 1)
        }
    }

    @Test("accept a self-signed certificate only where its file is named")
    func selfSigned() async throws {
        let own = try directory.write(Certificates.selfSigned, to: "own.pem")
        try await serve(Certificates.selfSigned) { server in
            try await expectRefusal(server, TLSSettings())
            try await expectRefusal(server, TLSSettings(caFile: caFile))
            try await expectAnswer(server, TLSSettings(caFile: own))
        }
    }

    @Test("are read again when a file changes, for new connections; requests under way go on")
    func rotation() async throws {
        let gate = Gate()
        let tls = try Certificates.serverContext(Certificates.valid)
        try await LoopbackServer.serve(
            tls: tls,
            LoopbackServer.Script { _, number in number == 1 ? [.wait(gate), .text(Self.ok)] : [.text(Self.ok)] }
        ) { server in
            try await withClient { client in
                let request = try request(server, TLSSettings(caFile: caFile))
                _ = try await client.send(request)
                let underWay = Task { try await client.send(request) }
                await server.wait(for: .request(1))

                // The connection of the first request is there, but was made under the old file.
                try directory.write(Certificates.selfSigned, to: "ca.pem")
                let refused = await #expect(throws: HTTPTransportError.self) { try await client.send(request) }
                #expect(refused?.code == .tlsFailed)
                #expect(refused?.message.contains("no trusted issuer") == true)

                gate.open()
                #expect(try await underWay.value.status == 200)
                // Nobody will use the old connections again.
                await server.wait(for: .closed(0))

                try directory.write(Certificates.authority, to: "ca.pem")
                #expect(try await client.send(request).status == 200)
                #expect(try await client.send(request).status == 200)
                #expect(server.requests.map(\.connection).prefix(2) == [0, 0])
                #expect(server.requests[2].connection == server.requests[3].connection)
            }
        }
    }

    @Test("fail closed while a file that was good is gone or broken", arguments: [nil, "", "-----BEGIN CERTI"])
    func disappearance(_ content: String?) async throws {
        try await serve { server in
            try await withClient { client in
                let request = try request(server, TLSSettings(caFile: caFile))
                _ = try await client.send(request)
                if let content { try directory.write(content, to: "ca.pem") } else { directory.empty() }
                let error = await #expect(throws: HTTPTransportError.self) { try await client.send(request) }
                #expect(error?.code == .tlsFailed)
                #expect(error?.message.hasPrefix("tls.caFile") == true)
                try directory.write(Certificates.authority, to: "ca.pem")
                #expect(try await client.send(request).status == 200)
            }
        }
    }

    // MARK: Our certificate

    @Test("show our certificate to a server that asks for one", arguments: [TLSVersion.tlsv12, .tlsv13])
    func clientCertificate(_ version: TLSVersion) async throws {
        let tls = TLSSettings(
            caFile: caFile,
            clientCertificateFile: try directory.write(Certificates.client, to: "client.pem"),
            clientKeyFile: try directory.write(Certificates.clientKey, to: "client.key")
        )
        try await serve(clientAuthority: Certificates.clientAuthority, maximumTLSVersion: version) { server in
            try await expectAnswer(server, tls)
        }
    }

    @Test(
        "that show no certificate, or one of a stranger, are refused by such a server",
        arguments: [TLSVersion.tlsv12, .tlsv13],
        [false, true]
    )
    func noClientCertificate(_ version: TLSVersion, _ isStranger: Bool) async throws {
        var tls = TLSSettings(caFile: caFile)
        if isStranger {
            tls.clientCertificateFile = try directory.write(Certificates.stranger, to: "client.pem")
            tls.clientKeyFile = try directory.write(Certificates.strangerKey, to: "client.key")
        }
        try await serve(clientAuthority: Certificates.clientAuthority, maximumTLSVersion: version) { server in
            // In version 1.3 the server judges our certificate when the handshake has ended for us.
            let error = try await refusal(server, tls, isKnownBefore: version == .tlsv12)
            #expect(error?.code == .tlsFailed)
            #expect(error?.message.contains("tls.clientCertFile") == true)
        }
    }

    @Test("show the certificate that is in the file at the time")
    func clientRotation() async throws {
        let tls = TLSSettings(
            caFile: caFile,
            clientCertificateFile: try directory.write(Certificates.client, to: "client.pem"),
            clientKeyFile: try directory.write(Certificates.clientKey, to: "client.key")
        )
        try await serve(clientAuthority: Certificates.clientAuthority, maximumTLSVersion: .tlsv12) { server in
            try await withClient { client in
                let request = try request(server, tls)
                #expect(try await client.send(request).status == 200)

                try directory.write(Certificates.stranger, to: "client.pem")
                let torn = await #expect(throws: HTTPTransportError.self) { try await client.send(request) }
                #expect(torn?.message.contains("tls.clientKeyFile is not the key") == true)
                try directory.write(Certificates.strangerKey, to: "client.key")
                let refused = await #expect(throws: HTTPTransportError.self) { try await client.send(request) }
                for error in [torn, refused] {
                    #expect(error?.code == .tlsFailed)
                    #expect(error?.requestMayHaveBeenSent == false)
                }
                #expect(server.requests.count == 1)

                try directory.write(Certificates.client, to: "client.pem")
                try directory.write(Certificates.clientKey, to: "client.key")
                #expect(try await client.send(request).status == 200)
                #expect(server.requests.count == 2)
            }
        }
    }

    // MARK: Pins

    @Test("accept a key that is one of the pins", arguments: [[0], [0, 1], [1, 0]])
    func pins(_ order: [Int]) async throws {
        let choices = ["sha256/" + Certificates.pin, Self.otherPin]
        try await serve { server in
            let tls = TLSSettings(caFile: caFile, pins: order.map { choices[$0] })
            for host in ["localhost", "127.0.0.1"] {
                try await expectAnswer(server, host: host, tls)
            }
        }
    }

    @Test("accept a pinned RSA key")
    func rsaPin() async throws {
        let own = try directory.write(Certificates.rsa, to: "rsa.pem")
        try await serve(Certificates.rsa, key: Certificates.rsaKey) { server in
            let good = TLSSettings(caFile: own, pins: [Certificates.rsaPin, Self.otherPin])
            try await expectAnswer(server, good)
            let bad = TLSSettings(caFile: own, pins: [Certificates.pin, Self.otherPin])
            try await expectRefusal(server, bad)
        }
    }

    @Test("refuse a key that is none of the pins, before a byte of the request", arguments: [1, 20])
    func wrongPin(_ requests: Int) async throws {
        try await serve { server in
            let request = try request(server, TLSSettings(caFile: caFile, pins: [Self.otherPin, Certificates.rsaPin]))
            try await withClient { client in
                await withTaskGroup { group in
                    for _ in 0..<requests {
                        group.addTask {
                            let error = await #expect(throws: HTTPTransportError.self) {
                                try await client.send(request)
                            }
                            #expect(error?.code == .tlsFailed)
                            #expect(error?.message.contains("tls.pins") == true)
                            #expect(error?.requestMayHaveBeenSent == false)
                        }
                    }
                }
            }
            await server.wait(for: .closed(0))
            #expect(server.requests.isEmpty)
        }
    }

    @Test("verify the chain also where the key is pinned")
    func pinIsNoTrust() async throws {
        try await serve(Certificates.selfSigned) { server in
            let error = try await refusal(server, TLSSettings(caFile: caFile, pins: [Certificates.pin]))
            #expect(error?.message.contains("no trusted issuer") == true)
        }
    }

    // MARK: Names

    @Test("may name another host for the certificate", arguments: ["127.0.0.1", "localhost"])
    func serverName(_ host: String) async throws {
        try await serve(Certificates.wrongHost) { server in
            let tls = TLSSettings(caFile: caFile, serverName: "Elsewhere.Example")
            try await expectAnswer(server, host: host, tls)
            #expect(server.requests.first?.header("Host") == ["\(host):\(server.port)"])
            try await expectRefusal(server, host: host, TLSSettings(caFile: caFile))
        }
        // A certificate for the address of the peer is not one for the name.
        try await serve { server in
            let error = await failure(
                try request(server, host: host, TLSSettings(caFile: caFile, serverName: "elsewhere.example"))
            )
            #expect(error?.code == .tlsFailed)
            #expect(error?.message.contains("another host name") == true)
        }
    }

    // MARK: Mistakes

    @Test("that cannot be used fail the request with the name of the field and nothing of a file")
    func mistakes() async throws {
        let canary = try directory.write("canary", to: "canary.pem")
        let directoryPath = try directory.makeDirectory("canary.d")
        let client = try directory.write(Certificates.client, to: "client.pem")
        let key = try directory.write(Certificates.clientKey, to: "client.key")
        let encrypted = try directory.write(Certificates.encryptedClientKey, to: "encrypted.key")
        let otherKey = try directory.write(Certificates.strangerKey, to: "other.key")
        let missing = directory.path(of: "canary-missing")
        let broken = try directory.write(
            Certificates.authority + "\n-----BEGIN CERTIFICATE-----\ncanary\n-----END CERTIFICATE-----\n",
            to: "broken.pem"
        )
        let mistakes: [(settings: TLSSettings, field: String)] = [
            (TLSSettings(caFile: canary), "tls.caFile"),
            (TLSSettings(caFile: missing), "tls.caFile cannot be read: it does not exist"),
            (TLSSettings(caFile: directoryPath), "tls.caFile cannot be read: it is not a regular file"),
            (TLSSettings(caFile: "canary\0"), "tls.caFile"),
            (TLSSettings(caFile: ""), "tls.caFile"),
            (TLSSettings(caFile: key), "tls.caFile"),
            (TLSSettings(caFile: broken), "tls.caFile"),
            (TLSSettings(clientCertificateFile: client), "tls.clientKeyFile is missing"),
            (TLSSettings(clientKeyFile: key), "tls.clientCertFile is missing"),
            (TLSSettings(clientCertificateFile: canary, clientKeyFile: key), "tls.clientCertFile holds"),
            (TLSSettings(clientCertificateFile: missing, clientKeyFile: key), "tls.clientCertFile cannot"),
            (TLSSettings(clientCertificateFile: client, clientKeyFile: canary), "tls.clientKeyFile"),
            (TLSSettings(clientCertificateFile: client, clientKeyFile: missing), "tls.clientKeyFile cannot be read"),
            (TLSSettings(clientCertificateFile: client, clientKeyFile: encrypted), "tls.clientKeyFile"),
            (TLSSettings(clientCertificateFile: client, clientKeyFile: otherKey), "tls.clientKeyFile is not the key"),
            (TLSSettings(pins: [Certificates.pin, "canary"]), "tls.pins"),
            (TLSSettings(serverName: "canary example"), "tls.serverName"),
            (TLSSettings(serverName: "*.canary.example"), "tls.serverName"),
            (TLSSettings(serverName: "canary.example:443"), "tls.serverName"),
            (TLSSettings(serverName: "https://canary.example"), "tls.serverName"),
            (TLSSettings(serverName: "127.0.0.1"), "tls.serverName"),
            (TLSSettings(serverName: "[::1]"), "tls.serverName"),
            (TLSSettings(serverName: ""), "tls.serverName"),
        ]
        try await serve { server in
            for (settings, field) in mistakes {
                let error = try await refusal(server, settings)
                #expect(error?.code == .tlsFailed)
                #expect(error?.requestMayHaveBeenSent == false)
                #expect(error?.message.hasPrefix(field) == true, "\(field): \(error?.message ?? "no error")")
                #expect(error?.message.contains("canary") == false)
            }
            #expect(server.connections == 0)
        }
    }

    @Test("are refused for plain http, where they would not hold")
    func plainHTTP() async throws {
        try await LoopbackServer.serve(Self.ok) { server in
            let error = await failure(try .local(port: server.port, tls: TLSSettings(pins: [Certificates.pin])))
            #expect(error?.code == .tlsFailed)
            #expect(server.connections == 0)
        }
    }
}
