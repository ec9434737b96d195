import ArgumentParser
import JaneeConfig
import JaneeCore
import JaneeJSON
import JaneeSecrets
import JaneeTelemetry

struct AddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add a service, its credential and a capability for it",
        discussion: """
            What is not given is asked for. The credential is stored in the local store as SERVICE/NAME, or --key-ref \
            names one that is stored already; values never appear in arguments.

            EXAMPLES
              janee add github --url https://api.github.com --key-from-env GITHUB_TOKEN --allow 'GET /repos/*'
              janee add twilio -u https://api.twilio.com --auth-type basic --username AC123 --password-from-stdin
              janee add search -u https://api.example.com --auth-type headers --header X-Api-Key
              janee add stripe -u https://api.stripe.com --key-ref prodVault://mcp/stripe/api-key
            """
    )

    enum AuthType: String, ExpressibleByArgument, CaseIterable {
        case bearer
        case basic
        case headers
    }

    @Argument(help: "The name of the service.") var service: String?
    @Option(name: .shortAndLong, help: "The base URL of the API.") var url: String?
    @Option(help: "How calls are authenticated.") var authType: AuthType?
    @Option(help: "The user name or account id, for basic.") var username: String?
    @OptionGroup var credential: CredentialOptions
    @OptionGroup var headers: HeaderOptions
    @Option(help: "A path that needs authentication, such as /v1/balance.") var testPath: String?
    @Option(parsing: .upToNextOption, help: "A private range that the service may reach, such as 10.1.0.0/16.")
    var allowNetwork: [String] = []
    @Flag(help: "Accept plain http beyond this machine.") var allowPlaintext = false
    @Flag(inversion: .prefixedNo, help: "Whether a capability of the same name is added.") var capability = true
    @Option(name: .shortAndLong, help: "How long a grant of the capability lasts.") var ttl = "1h"
    @Option(parsing: .upToNextOption, help: "Requests the capability allows; all of them without this.")
    var allow: [String] = []
    @Option(parsing: .upToNextOption, help: "Requests the capability denies.") var deny: [String] = []
    @Option(
        name: [.customShort("k"), .customLong("key")],
        help: ArgumentHelp("Refused: others can see arguments. Use --key-from-env.", visibility: .hidden)
    )
    var literalKey: String?
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if literalKey != nil {
            throw ValidationError(
                "--key would show the value to every process of this machine; use --key-from-env, --key-from-stdin, "
                    + "--key-from-file or the prompt."
            )
        }
    }

    func run() async throws {
        try await output.print {
            let installation = try Installation.load()
            let name = try service ?? Prompt.ask("Service name", option: "SERVICE")
            guard installation.runtime.configuration.services[name] == nil else {
                throw CommandFailure("Service \"\(name)\" already exists", code: "EXISTS")
            }
            let base = try url ?? Prompt.ask("Base URL", option: "--url")
            try checkNetwork(base)
            let type = try authType ?? chosenType()
            var plan = ServicePlan(name: name, type: type.rawValue)
            try fill(&plan, type)
            var entries = [YAMLValue.Entry("baseUrl", .text(base)), YAMLValue.Entry("auth", plan.auth)]
            if let testPath { entries.append(YAMLValue.Entry("testPath", .text(testPath))) }
            if let network { entries.append(YAMLValue.Entry("network", network)) }
            let added = try await installation.finishing {
                try await plan.carryOut(in: installation) { editor, configuration in
                    guard configuration.services[name] == nil else {
                        throw CommandFailure("Service \"\(name)\" already exists", code: "EXISTS")
                    }
                    try editor.set(["services", name], to: .map(entries))
                    guard capability, configuration.capabilities[name] == nil else { return false }
                    try editor.set(["capabilities", name], to: .map(capabilityFields(name)))
                    return true
                }
            }
            return render(name, plan, hasCapability: added)
        }
    }

    /// Names the options that an address needs, before anything is asked for; all else is found when it is added.
    private func checkNetwork(_ base: String) throws(CommandFailure) {
        guard let url = try? EndpointURL(parsing: base), let needed = ServiceNetwork.needed(for: url) else { return }
        if needed.allowPlaintext, !allowPlaintext {
            throw CommandFailure(
                "The base URL must be https; to send the credential in clear add --allow-plaintext.",
                code: SecretError.Code.providerConfigInvalid.rawValue
            )
        }
        if let range = needed.allow.first, allowNetwork.isEmpty {
            throw CommandFailure(
                "The base URL is a private address; to let the service reach it add --allow-network \(range).",
                code: SecretError.Code.providerConfigInvalid.rawValue
            )
        }
    }

    private func chosenType() throws(CommandFailure) -> AuthType {
        // An option of one type says which one is meant.
        if username != nil { return .basic }
        if try !headers.sources().isEmpty { return .headers }
        if credential.reference != nil || credential.fromStdin || credential.fromEnv != nil
            || credential.fromFile != nil
        {
            return .bearer
        }
        let names = AuthType.allCases.map(\.rawValue).joined(separator: ", ")
        let answer = try Prompt.ask("Auth type (\(names))", option: "--auth-type", default: AuthType.bearer.rawValue)
        guard let type = AuthType(rawValue: answer) else {
            throw CommandFailure("The auth type must be one of: \(names)")
        }
        return type
    }

    private func fill(_ plan: inout ServicePlan, _ type: AuthType) throws(CommandFailure) {
        switch type {
        case .bearer:
            try plan.add("key", try credential.source("API key"))
        case .basic:
            let user = if let username { username } else { try Prompt.ask("Username/Account ID", option: "--username") }
            plan.add("username", text: user)
            try plan.add("password", try credential.source("Password/Auth token"))
        case .headers:
            let sources = try headers.sources()
            guard !sources.isEmpty else {
                throw CommandFailure("Name the headers with --header, --header-from-env or --header-ref.")
            }
            for (header, source) in sources { try plan.add(header, source, in: "headers") }
        }
    }

    private var network: YAMLValue? {
        var entries: [YAMLValue.Entry] = []
        if !allowNetwork.isEmpty { entries.append(YAMLValue.Entry("allow", .texts(allowNetwork))) }
        if allowPlaintext { entries.append(YAMLValue.Entry("allowPlaintext", .boolean(true))) }
        return entries.isEmpty ? nil : .map(entries)
    }

    private func capabilityFields(_ service: String) -> [YAMLValue.Entry] {
        var entries = [
            YAMLValue.Entry("service", .text(service)), YAMLValue.Entry("ttl", .text(ttl)),
            YAMLValue.Entry("autoApprove", .boolean(true)),
        ]
        var rules: [YAMLValue.Entry] = []
        if !allow.isEmpty { rules.append(YAMLValue.Entry("allow", .texts(allow))) }
        if !deny.isEmpty { rules.append(YAMLValue.Entry("deny", .texts(deny))) }
        if !rules.isEmpty { entries.append(YAMLValue.Entry("rules", .map(rules))) }
        return entries
    }

    private func render(_ name: String, _ plan: ServicePlan, hasCapability: Bool) -> CommandOutput {
        let suffix = hasCapability ? " with capability \"\(name)\"" : ""
        var json: JSONObject = [
            "ok": true, "service": .string(name), "message": .string("Added service \"\(name)\"\(suffix)"),
        ]
        if hasCapability { json["capability"] = .string(name) }
        json["secrets"] = .strings(plan.storedNames)
        var lines = ["Added service \"\(name)\""]
        lines += plan.storedNames.map { "Stored secret \($0)" }
        if hasCapability {
            lines.append("Added capability \"\(name)\" (\(ttl) TTL, auto-approve)")
            if allow.isEmpty {
                lines.append("It allows every request; limit it with: janee cap edit \(name) --allow …")
            }
        }
        lines.append("Done! Run 'janee serve' to start.")
        return CommandOutput(
            json: .object(json),
            text: lines.map { DisplayText.escaped($0) }.joined(separator: "\n"),
            isCompact: true
        )
    }
}
