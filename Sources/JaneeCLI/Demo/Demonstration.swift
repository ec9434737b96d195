import Foundation
import JaneeJSON

/// A whole call and three attacks, with everything that can be observed of them.
///
/// Nothing of it is scripted: what is printed is what the parties sent and received, and what should hold is checked.
struct Demonstration {
    private let home: String
    private let secret: String
    private var failures: [String] = []

    init(home: String) {
        self.home = home
        secret = "sk_demo_" + (0..<24).map { _ in String(UInt8.random(in: 0..<36), radix: 36) }.joined()
    }

    mutating func run() async throws {
        let upstream = try await DemoUpstream.start()
        let janee = DemoProcess(home: home, agent: "demo-agent")
        try prepare(janee, upstream)
        let session = try janee.serve()
        try showCall(session, upstream)
        try showAttacks(session, upstream)
        try session.end()
        check(!contains(session.receivedBytes), "nothing the agent received holds the key")
        say("  In all, the agent received \(session.receivedBytes.count) bytes; the key is in none of them.")
        try showAudit(janee)
        await upstream.stop()
        guard failures.isEmpty else {
            throw CommandFailure("The demonstration did not go as it must:\n  " + failures.joined(separator: "\n  "))
        }
    }

    private func prepare(_ janee: DemoProcess, _ upstream: DemoUpstream) throws {
        title("A home, a secret, a policy")
        _ = try janee.run(["init"])
        say("  $ janee secret set demo-key --from-stdin    (a key made up for this demonstration: \(secret))")
        say("  " + (try janee.run(["secret", "set", "demo-key", "--from-stdin"], input: secret + "\n")).trimmed)
        let config = """
            services:
              shop:
                baseUrl: http://127.0.0.1:\(upstream.port)/api
                auth: { type: bearer, key: demo-key }
            capabilities:
              shop-read:
                service: shop
                allowedAgents: [demo-agent]
                rules:
                  allow: ["GET /v1/customers", "GET /v1/customers/*", "POST /v1/refunds/*"]
                  deny: ["* /v1/charges", "* /v1/charges/*"]
            """
        try Data(config.utf8).write(to: URL(fileURLWithPath: home + "/config.yaml"))
        say(config.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n"))
        let validation = try janee.run(["config", "validate"])
        say(
            "  $ janee config validate\n"
                + validation.trimmed.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
        )
    }

    private mutating func showCall(_ session: DemoSession, _ upstream: DemoUpstream) throws {
        title("An agent calls the API through 'janee serve' (MCP over stdio)")
        let arguments: JSONValue = ["capability": "shop-read", "method": "GET", "path": "/v1/customers?limit=2"]
        say("  The agent sent:      execute \(arguments.serialized())")
        let answer = try session.call("execute", arguments)
        for request in upstream.received {
            say("  The API received:    \(request.method) \(request.target)")
            say("                       Authorization: \(request.authorization)")
        }
        say("  The agent received:\n" + answer.text.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n"))
        check(upstream.received.map(\.authorization) == ["Bearer \(secret)"], "the API received the key")
        check(!answer.isError && answer.text.contains("[REDACTED]"), "the echoed key was removed")
    }

    private mutating func showAttacks(_ session: DemoSession, _ upstream: DemoUpstream) throws {
        let attacks: [(name: String, arguments: JSONValue)] = [
            (
                "a path that climbs out of an allowed one",
                [
                    "capability": "shop-read", "method": "POST", "path": "/v1/refunds/%2e%2e/charges/ch_1",
                    "body": "{}",
                ]
            ),
            (
                "a Host header that sends the key elsewhere",
                [
                    "capability": "shop-read", "method": "GET", "path": "/v1/customers",
                    "headers": ["Host": "attacker.example"],
                ]
            ),
            (
                "a forbidden path in disguise",
                [
                    "capability": "shop-read", "method": "GET", "path": "/v1/%63harges/ch_1",
                    "headers": [:],
                ]
            ),
        ]
        title("Three attacks")
        for (name, arguments) in attacks {
            let before = upstream.received.count
            say("  \(name)\n    The agent sent:      execute \(arguments.serialized())")
            let answer = try session.call("execute", arguments)
            let document = try JSONReader.parse(answer.text)
            let code = document["denial"]?["reasonCode"]?.stringValue ?? "(no denial)"
            let reached = upstream.received.count - before
            say("    The agent received:  \(code): \(document["error"]?.stringValue ?? "")")
            say("    The API received:    \(reached == 0 ? "nothing" : "\(reached) request(s)")")
            check(answer.isError && reached == 0, "refused: \(name)")
        }
    }

    private mutating func showAudit(_ janee: DemoProcess) throws {
        title("What the audit log holds")
        say(
            "  $ janee logs\n"
                + (try janee.run(["logs"])).trimmed.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
        )
        say("  $ janee logs verify\n  " + (try janee.run(["logs", "verify"])).trimmed)
        for file in try FileManager.default.contentsOfDirectory(atPath: home + "/logs") {
            let content = try Data(contentsOf: URL(fileURLWithPath: "\(home)/logs/\(file)"))
            check(!contains(content), "the audit log does not hold the key")
        }
    }

    private func contains(_ data: Data) -> Bool {
        data.firstRange(of: Data(secret.utf8)) != nil
            || data.firstRange(of: Data(Data(secret.utf8).base64EncodedString().utf8)) != nil
    }

    private mutating func check(_ holds: Bool, _ claim: String) {
        if !holds { failures.append("not true: \(claim)") }
    }

    private func title(_ text: String) {
        say("\n\(text)\n\(String(repeating: "-", count: text.count))")
    }

    private func say(_ text: String) {
        StandardOutput.write(Array((text + "\n").utf8))
    }
}

extension String {
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
