import JaneeTestSupport
import Testing

@Suite("The server of a double")
struct DoubleServerTests {
    /// Answers with what it is asked.
    private struct Echo: HTTPDouble {
        var behaviour = DoubleAnswer.Behaviour.send

        func answer(_ request: DoubleRequest) -> DoubleAnswer {
            let text = "\(request.method) \(request.target) \(request.clientCertificateCommonName ?? "nobody")"
            return DoubleAnswer(
                status: request.target == "/nothing" ? 204 : 200,
                headers: [("X-Double", "yes")],
                body: Array(text.utf8),
                behaviour: behaviour
            )
        }
    }

    @Test("It answers over HTTP")
    func plain() async throws {
        try await DoubleServer.serve(Echo()) { server in
            let answer = try await RawClient.get("/a%20b?c=d", at: .port(server.port))
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\nX-Double: yes\r\n"))
            #expect(answer.contains("\r\nContent-Length: 21\r\n"))
            #expect(answer.hasSuffix("\r\n\r\nGET /a%20b?c=d nobody"))
        }
    }

    @Test("Requests follow one another on one connection")
    func keepAlive() async throws {
        try await DoubleServer.serve(Echo()) { server in
            let first = "GET /1 HTTP/1.1\r\nHost: localhost\r\n\r\n"
            let last = "GET /2 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            let answers = try await RawClient.say(first + last, at: .port(server.port))
            #expect(answers.contains("GET /1 nobody") && answers.hasSuffix("GET /2 nobody"))
        }
    }

    @Test("An answer without content has no body and no length")
    func noContent() async throws {
        try await DoubleServer.serve(Echo()) { server in
            let answer = try await RawClient.get("/nothing", at: .port(server.port))
            #expect(answer.hasPrefix("HTTP/1.1 204 No Content\r\n"))
            #expect(answer.hasSuffix("\r\n\r\n") && !answer.contains("Content-Length"))
        }
    }

    @Test("It answers on a Unix socket")
    func socket() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path(of: "s")
        try await DoubleServer.serve(Echo(), socket: path) { _ in
            let answer = try await RawClient.get("/", at: .socket(path))
            #expect(answer.hasSuffix("GET / nobody"))
        }
    }

    @Test("Over TLS it proves who it is")
    func encrypted() async throws {
        try await DoubleServer.serve(Echo(), tls: DoubleServer.TLS()) { server in
            let tls = try RawClient.tls(isKnown: false)
            #expect(try await RawClient.get("/", at: .port(server.port), tls: tls).hasSuffix("GET / nobody"))
        }
    }

    @Test("A certificate for another host, or that has expired, is not accepted", arguments: [true, false])
    func wrongCertificate(isExpired: Bool) async throws {
        let certificate = isExpired ? TestCertificates.expired : TestCertificates.wrongHost
        try await DoubleServer.serve(Echo(), tls: DoubleServer.TLS(certificate: certificate)) { server in
            let tls = try RawClient.tls(isKnown: false)
            await #expect(throws: (any Error).self) {
                try await RawClient.get("/", at: .port(server.port), tls: tls)
            }
        }
    }

    @Test("Where clients need a certificate, the double learns their name")
    func mutual() async throws {
        try await DoubleServer.serve(Echo(), tls: .mutual) { server in
            let known = try RawClient.tls(isKnown: true)
            #expect(try await RawClient.get("/", at: .port(server.port), tls: known).hasSuffix("GET / client"))
            let unknown = try RawClient.tls(isKnown: false)
            await #expect(throws: (any Error).self) {
                try await RawClient.get("/", at: .port(server.port), tls: unknown)
            }
        }
    }

    @Test("A truncated answer is shorter than it says")
    func truncated() async throws {
        try await DoubleServer.serve(Echo(behaviour: .truncate)) { server in
            let answer = try await RawClient.get("/", at: .port(server.port))
            #expect(answer.contains("Content-Length: 1012\r\n") && answer.hasSuffix("GET / nobody"))
        }
    }

    @Test("A closed connection says nothing")
    func closed() async throws {
        try await DoubleServer.serve(Echo(behaviour: .close)) { server in
            let answer = try await RawClient.get("/", at: .port(server.port))
            #expect(answer.isEmpty)
        }
    }

    @Test("When it goes, so do its connections")
    func going() async throws {
        let server = try await DoubleServer.serve(Echo(behaviour: .hang))
        async let answer = RawClient.get("/", at: .port(server.port))
        while server.connectionCount == 0 { try await Task.sleep(for: .milliseconds(1)) }
        try await server.close()
        // What the client has not been answered yet may be the reason to reset the connection.
        let heard = try? await answer
        #expect(heard ?? "" == "")
    }
}
