import JaneeCore
import JaneeHTTP
import JaneeSecrets
import JaneeSecretsTesting
import NIOCore
import Testing

/// What a read does when its back end fails, through everything between the manager and the socket.
@Suite("A read whose back end fails")
struct FaultScriptTests {
    typealias Step = LoopbackServer.Step

    struct Fault: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let script: @Sendable (_ number: Int, _ canary: String) -> [Step]
        let answer: String
        let requests: Int
        /// The pauses in all, without what they are spread by.
        let delay: Double
        let retryAfter: Duration?
        /// Whether an attempt ends only because its time is up.
        let isEndless: Bool

        init(
            _ description: String,
            _ answer: String,
            requests: Int,
            delay: Double = 0,
            retryAfter: Duration? = nil,
            isEndless: Bool = false,
            _ script: @escaping @Sendable (_ number: Int, _ canary: String) -> [Step]
        ) {
            testDescription = description
            self.script = script
            self.answer = answer
            self.requests = requests
            self.delay = delay
            self.retryAfter = retryAfter
            self.isEndless = isEndless
        }
    }

    private static func head(_ status: Int, _ headers: String..., length: Int) -> String {
        let lines = ["HTTP/1.1 \(status) X", "Content-Length: \(length)"] + headers
        return lines.joined(separator: "\r\n") + "\r\n\r\n"
    }

    private static func answer(_ status: Int, _ headers: String..., body: String) -> [Step] {
        let lines = ["HTTP/1.1 \(status) X", "Content-Length: \(body.utf8.count)"] + headers
        return [.text(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)]
    }

    private static let octets = "Content-Type: application/octet-stream"
    private static let unavailable = "PROVIDER_UNAVAILABLE"
    private static let limited = "PROVIDER_RATE_LIMITED"
    private static let broken = "PROVIDER_INTERNAL_ERROR"

    /// Each answer says the token, as a back end does that repeats what it was sent.
    static let faults = [
        Fault("none", "value", requests: 1) { _, _ in answer(200, octets, body: "value") },
        Fault("reset instead of an answer", unavailable, requests: 3, delay: 0.3) { _, _ in [.abort] },
        Fault("closed instead of an answer", unavailable, requests: 3, delay: 0.3) { _, _ in [.close] },
        Fault("reset in the middle of the body", unavailable, requests: 3, delay: 0.3) { _, canary in
            [.text(head(200, octets, length: 2000) + canary), .abort]
        },
        Fault("closed in the middle of the body", unavailable, requests: 3, delay: 0.3) { _, canary in
            [.text(head(200, octets, length: 2000) + canary), .close]
        },
        Fault("a slow drip", unavailable, requests: 3, delay: 0.3, isEndless: true) { _, canary in
            [.text(head(200, octets, length: 4000) + canary), .drip(65, every: .milliseconds(20))]
        },
        Fault("silence", unavailable, requests: 3, delay: 0.3, isEndless: true) { _, _ in [.wait(Gate.closed)] },
        Fault("silence after the head", unavailable, requests: 3, delay: 0.3, isEndless: true) { _, _ in
            [.text(head(200, octets, length: 5)), .wait(Gate.closed)]
        },
        Fault("429 without a time", limited, requests: 3, delay: 0.3) { _, canary in answer(429, body: canary) },
        Fault("429 with seconds", limited, requests: 3, delay: 8, retryAfter: .seconds(4)) { _, canary in
            answer(429, "Retry-After: 4", body: canary)
        },
        Fault("429 with milliseconds", limited, requests: 3, delay: 1, retryAfter: .milliseconds(500)) { _, canary in
            answer(429, "x-ms-retry-after-ms: 500", body: canary)
        },
        // Three seconds after the first request, and past when the second one has been answered.
        Fault("429 with a date", limited, requests: 3, delay: 3, retryAfter: .zero) { _, canary in
            answer(429, "Retry-After: Thu, 12 Feb 2026 14:25:03 GMT", body: canary)
        },
        Fault("429 for longer than the read may take", limited, requests: 1, retryAfter: .seconds(90)) { _, canary in
            answer(429, "Retry-After: 90", body: canary)
        },
        Fault("503 for longer than the read may take", limited, requests: 1, retryAfter: .seconds(90)) { _, canary in
            answer(503, "Retry-After: 90", body: canary)
        },
        Fault("429 once", "value", requests: 2, delay: 2) { number, canary in
            number == 0 ? answer(429, "Retry-After: 2", body: canary) : answer(200, octets, body: "value")
        },
        Fault("500", unavailable, requests: 3, delay: 0.3) { _, canary in answer(500, body: canary) },
        Fault("502 twice", "value", requests: 3, delay: 0.3) { number, canary in
            number < 2 ? answer(502, body: canary) : answer(200, octets, body: "value")
        },
        Fault("a login page", broken, requests: 1) { _, canary in
            answer(200, "Content-Type: text/html", body: "<html>\(canary)</html>")
        },
        Fault("another content type", broken, requests: 1) { _, canary in
            answer(200, "Content-Type: application/json", body: "\"\(canary)\"")
        },
        Fault("a giant body", broken, requests: 1) { _, _ in
            [.text(head(200, octets, length: 1 << 30)), .flood(Array(repeating: 65, count: 65_536), times: 1000)]
        },
        Fault("gzip that is none", broken, requests: 1) { _, _ in
            answer(200, octets, "Content-Encoding: gzip", body: "not gzip")
        },
        Fault("no HTTP", broken, requests: 1) { _, canary in [.text("SSH-2.0-\(canary)\r\n\r\n"), .close] },
        Fault("a redirect", broken, requests: 1) { _, canary in
            answer(302, "Location: http://127.0.0.1:1/\(canary)", body: "")
        },
        Fault("401", "PROVIDER_AUTH_FAILED", requests: 1) { _, canary in answer(401, body: canary) },
        Fault("403", "PROVIDER_PERMISSION_DENIED", requests: 1) { _, canary in answer(403, body: canary) },
        Fault("404", "SECRET_NOT_FOUND", requests: 1) { _, canary in answer(404, body: canary) },
        Fault("400", broken, requests: 1) { _, canary in answer(400, body: canary) },
    ]

    private func expect(_ outcome: ScriptedRead.Outcome, _ read: ScriptedRead, _ fault: Fault) {
        #expect(outcome.answer == fault.answer)
        let delay = outcome.delay / .seconds(1)
        #expect(delay >= fault.delay * 0.999 && delay <= fault.delay * 1.1 + 0.001, "delay \(delay)")
        #expect(outcome.error?.retryAfter == fault.retryAfter)
        #expect(read.token.forms(in: outcome.words).isEmpty)
        #expect(read.token.forms(in: outcome.metrics).isEmpty && !outcome.metrics.contains("a/b"))
        let counted = outcome.error.map { $0.code.rawValue.lowercased() } ?? "success"
        let requests = "janee_provider_requests_total{provider=\"vault\",type=\"scripted\",operation=\"read\""
        #expect(outcome.metrics.contains("\(requests),outcome=\"\(counted)\"} 1\n"))
        #expect(outcome.accesses.count == 1)
        #expect(outcome.accesses.first?.code == outcome.error?.code)
        #expect(outcome.error == nil || outcome.error?.provider == "vault")
    }

    @Test("fails as is right, after as many requests and pauses as are right", arguments: Self.faults)
    func fails(fault: Fault) async throws {
        var read = ScriptedRead()
        if fault.isEndless { read.patience = .seconds(5) }
        let canary = try #require(read.token.text)
        let script = LoopbackServer.Script { _, number in fault.script(number, canary) }
        try await LoopbackServer.serve(script) { server in
            let outcome = try await withClient { client in
                try await read.run(try EndpointURL(parsing: "http://127.0.0.1:\(server.port)"), client)
            }
            expect(outcome, read, fault)
            #expect(server.requests.count == fault.requests)
            #expect(server.requests.allSatisfy { $0.header("authorization") == ["Bearer \(canary)"] })
        }
    }

    @Test("is unavailable if nobody listens")
    func refused() async throws {
        let port = try await LoopbackServer.deadPort(on: "127.0.2.4")
        let read = ScriptedRead()
        let outcome = try await withClient { client in
            try await read.run(try EndpointURL(parsing: "http://127.0.2.4:\(port)"), client)
        }
        expect(outcome, read, Fault("", Self.unavailable, requests: 0, delay: 0.3) { _, _ in [] })
    }

    @Test(
        "is a mistake of the configuration if the certificate is not right, and nothing is sent",
        arguments: [Certificates.wrongHost, Certificates.expired, Certificates.selfSigned]
    )
    func certificates(certificate: String) async throws {
        let trust = try #require(TLSTrust(pem: Array(Certificates.authority.utf8)))
        try await LoopbackServer.serve(tls: Certificates.serverContext(certificate), "") { server in
            let read = ScriptedRead()
            let outcome = try await withClient(trust: trust) { client in
                try await read.run(try EndpointURL(parsing: "https://localhost:\(server.port)"), client)
            }
            expect(outcome, read, Fault("", "PROVIDER_CONFIG_INVALID", requests: 0) { _, _ in [] })
            #expect(server.requests.isEmpty)
        }
    }

    @Test("is a mistake of the configuration if the key is not a pinned one; a second pin will do")
    func pins() async throws {
        let trust = try #require(TLSTrust(pem: Array(Certificates.authority.utf8)))
        let tls = try Certificates.serverContext(Certificates.valid)
        try await LoopbackServer.serve(tls: tls, .always(Self.answer(200, Self.octets, body: "value"))) { server in
            let endpoint = try EndpointURL(parsing: "https://localhost:\(server.port)")
            var read = ScriptedRead()
            read.tls.pins = [Certificates.rsaPin]
            let refused = try await withClient(trust: trust) { try await read.run(endpoint, $0) }
            expect(refused, read, Fault("", "PROVIDER_CONFIG_INVALID", requests: 0) { _, _ in [] })
            #expect(server.requests.isEmpty)
            read.tls.pins.append(Certificates.pin)
            #expect(try await withClient(trust: trust) { try await read.run(endpoint, $0) }.answer == "value")
        }
    }

    /// The second address is this machine, too, so that a broken guard would reach nothing else.
    @Test("is refused if the name suddenly has an address that nothing may reach, and nothing is sent")
    func rebinding() async throws {
        try await LoopbackServer.serve(.always(Self.answer(200, Self.octets, body: "value"))) { server in
            let endpoint = try EndpointURL(parsing: "http://vault.test:\(server.port)")
            let clock = ManualClock()
            let resolver = ScriptedResolver(["127.0.0.1"], ["0.0.0.0"])
            try await withClient(resolver: resolver, clock: clock) { client in
                #expect(try await ScriptedRead().run(endpoint, client).answer == "value")
                clock.advance(by: .seconds(60))
                let read = ScriptedRead()
                let outcome = try await read.run(endpoint, client)
                expect(outcome, read, Fault("", "PROVIDER_CONFIG_INVALID", requests: 0) { _, _ in [] })
            }
            #expect(server.requests.count == 1)
        }
    }

    @Test("the search for leaks finds a provider that repeats what it was told")
    func plantedLeak() async throws {
        var read = ScriptedRead()
        read.repeatsAnswers = true
        let canary = try #require(read.token.text)
        let server = LoopbackServer.Script { _, _ in Self.answer(403, body: "no entry with \(canary)") }
        let outcome = try await LoopbackServer.serve(server) { server in
            try await withClient { client in
                try await read.run(try EndpointURL(parsing: "http://127.0.0.1:\(server.port)"), client)
            }
        }
        #expect(!read.token.forms(in: outcome.words).isEmpty)
    }
}

extension Gate {
    /// One that nobody opens before the end of the process.
    static let closed = Gate()
}
