import ArgumentParser
import JaneeCore
import JaneeJSON
import JaneeSecrets

struct ProviderHealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Ask providers whether they can serve reads",
        discussion: """
            Starts the provider, or all that services use, and runs its health check. Exits with 1 if one is not healthy.

            EXAMPLES
              janee provider health
              janee provider health prodVault --json
            """
    )

    @Argument(help: "The provider; all that services use if absent.") var provider: String?
    @OptionGroup var output: OutputOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await output.print {
            let installation = try Installation.load(optional: true, log: log.open())
            var selected = try ProviderSelection.named(provider, in: installation)
            if provider == nil {
                let needed = Set(installation.runtime.configuration.neededProviders)
                selected = selected.filter { needed.contains($0.name) || !installation.uses(of: $0).isEmpty }
            }
            let results = await ProviderCheck.health(of: selected, in: installation.runtime.secrets)
            await installation.finish()
            let text = results.map(\.text)
            return CommandOutput(
                json: [
                    "healthy": .bool(results.allSatisfy(\.isHealthy)),
                    "providers": .array(results.map { .object($0.json) }),
                ],
                text: text.isEmpty ? "No service uses a provider." : text.joined(separator: "\n"),
                exitCode: results.allSatisfy(\.isHealthy) ? .success : .failure
            )
        }
    }
}

/// What became of starting a provider and asking for its health.
struct ProviderCheck {
    let provider: ProviderSelection
    /// Why it did not start.
    let startError: SecretError?
    let health: ProviderHealth
    let latency: Duration

    var isHealthy: Bool { startError == nil && health.healthy }

    /// Asks all of them at the same time.
    static func health(of providers: [ProviderSelection], in secrets: SecretsManager) async -> [ProviderCheck] {
        await providers.concurrentMap { provider in
            let (error, health, latency) = await secrets.check(provider.name)
            return ProviderCheck(provider: provider, startError: error, health: health, latency: latency)
        }
    }

    private var reason: String {
        startError.map { "\($0.code.rawValue): \($0.message)" } ?? health.error ?? "it does not say why"
    }

    private var milliseconds: Int { Int(latency / .milliseconds(1)) }

    var text: String {
        let notice = health.notice.map { "; \($0)" } ?? ""
        return "\(provider.name) (\(provider.type)): "
            + (isHealthy ? "healthy, \(milliseconds) ms\(notice)" : "not healthy: \(reason)")
    }

    var json: JSONObject {
        var json: JSONObject = [
            "name": .string(provider.name.spelling), "type": .string(provider.type), "healthy": .bool(isHealthy),
            "latencyMs": .number(JSONNumber(milliseconds)),
        ]
        if !isHealthy { json["error"] = .string(reason) }
        json["notice"] = health.notice.map { .string($0) }
        json["code"] = startError.map { .string($0.code.rawValue) }
        return json
    }
}

extension Installation {
    /// Ends what a command has started: programs, logins, the access log.
    ///
    /// A login that the key of the local store needed is given back as well.
    func finish() async {
        await runtime.secrets.dispose()
        await accessLog.flush()
    }

    /// Does something and then ends what it has started, also if it failed.
    func finishing<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            let result = try await body()
            await finish()
            return result
        } catch {
            await finish()
            throw error
        }
    }
}
