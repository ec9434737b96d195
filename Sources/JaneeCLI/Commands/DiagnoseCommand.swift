import ArgumentParser
import HTTPTypes
import JaneeConfig
import JaneeCore
import JaneeJSON
import JaneeTelemetry

struct DiagnoseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diagnose",
        abstract: "Find out why something is allowed or not",
        subcommands: [DiagnoseAccessCommand.self]
    )
}

struct DiagnoseAccessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "access",
        abstract: "Trace whether an agent may use a capability, and for which request",
        discussion: """
            Without --agent the question is asked for an agent without identity, which has the fewest rights. The exit \
            code is 1 if the answer is no.

            EXAMPLES
              janee diagnose access stripe-read --agent claude
              janee diagnose access stripe-read --agent claude --method GET --path /v1/customers
            """
    )

    @Argument(help: "The capability.") var capability: String
    @Option(help: "The agent's name.") var agent: String?
    @Option(help: "The method of a request.") var method: String?
    @Option(help: "The path of a request.") var path: String?
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (method == nil) == (path == nil) else {
            throw ValidationError("Give --method and --path together; rules are about both.")
        }
    }

    func run() async throws {
        try await output.print {
            let policy = try Installation.load().runtime.currentPolicy
            let request = policy.entries[capability].flatMap(request)
            let decision = policy.authorise(
                AccessQuery(capability: capability, agent: .named(agent), reason: "diagnosis", request: request)
            )
            return render(decision, request)
        }
    }

    private func request(_ entry: PolicySnapshot.Entry) -> Result<CanonicalRequest, RequestRefusal>? {
        guard let method, let path else { return nil }
        let call = AgentCall(capability: capability, method: method, path: path)
        return Result { () throws(RequestRefusal) in
            try CanonicalRequest(call, service: entry.service, owned: entry.ownedHeaders)
        }
    }

    private static func mark(_ result: AccessCheck.Result) -> String {
        switch result {
        case .pass: Terminal.styled("✓", .good)
        case .fail: Terminal.styled("✗", .bad)
        case .skip: Terminal.styled("–", .faint)
        }
    }

    private func render(_ decision: AccessDecision, _ request: Result<CanonicalRequest, RequestRefusal>?)
        -> CommandOutput
    {
        var json: JSONObject = [
            "agent": agent.map { .string($0) } ?? .null,
            "capability": .string(capability),
            "allowed": .bool(decision.isAllowed),
            "trace": .array(
                decision.trace.map { check in
                    [
                        "check": .string(check.name), "result": .string(check.result.rawValue),
                        "detail": .string(check.detail),
                    ]
                }
            ),
        ]
        let verdict = decision.isAllowed ? Terminal.styled("ALLOWED", .good) : Terminal.styled("DENIED", .bad)
        var lines = [
            "\(verdict): \(DisplayText.escaped(capability))", "Agent: \(DisplayText.escaped(agent ?? "(none)"))",
        ]
        if case .success(let request) = request {
            json["canonicalPath"] = .string(request.target.text)
            lines.append("Sent as: \(DisplayText.escaped("\(request.method.rawValue) \(request.wireTarget)"))")
        }
        lines += decision.trace.map { check in
            "  \(Self.mark(check.result)) \(check.name): \(DisplayText.escaped(check.detail))"
        }
        if let denial = decision.denial {
            let step = decision.trace.first { $0.result == .fail }?.detail ?? denial.nextStep
            json["reasonCode"] = .string(denial.code.rawValue)
            json["nextStep"] = .string(step)
            lines.append("→ \(DisplayText.escaped(step))")
        }
        return CommandOutput(
            json: .object(json),
            text: lines.joined(separator: "\n"),
            exitCode: decision.isAllowed ? .success : .failure
        )
    }
}
