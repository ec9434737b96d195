import ArgumentParser
import JaneeConfig
import JaneeCore
import JaneeJSON
import JaneeSecrets

struct ProviderTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Test a provider with the secrets that services need from it",
        discussion: """
            Starts it, asks for its health and whether each secret that a service needs is there. Where a back end cannot \
            tell that without giving the value, --read reads it; no value is shown. Exits with 1 if something is missing.

            EXAMPLES
              janee provider test prodVault
              janee provider test prodVault --read --json
            """
    )

    @Argument(help: "The provider.") var provider: String
    @Flag(help: "Read secrets whose presence cannot be told otherwise.") var read = false
    @OptionGroup var output: OutputOptions
    @OptionGroup var log: LogOptions

    private struct Finding {
        let use: ReferenceUse
        /// Nil if nobody can tell without reading it.
        let isThere: Bool?
        let error: SecretError?

        var isGood: Bool { error == nil && isThere != false }
    }

    func run() async throws {
        try await output.print {
            let installation = try Installation.load(log: log.open())
            guard let selected = try ProviderSelection.named(provider, in: installation).first else {
                throw CommandFailure("there is no such provider")
            }
            let secrets = installation.runtime.secrets
            let check = await ProviderCheck.health(of: [selected], in: secrets)
            var findings: [Finding] = []
            if check.allSatisfy(\.isHealthy) {
                for use in installation.uses(of: selected) { findings.append(await examine(use, secrets)) }
            }
            await installation.finish()
            let isGood = check.allSatisfy(\.isHealthy) && findings.allSatisfy(\.isGood)
            var json = check.first?.json ?? [:]
            json["ok"] = .bool(isGood)
            json["references"] = .array(findings.map(Self.json))
            return CommandOutput(
                json: .object(json),
                text: (check.map(\.text) + findings.map { "  \(Self.text($0))" }).joined(separator: "\n"),
                exitCode: isGood ? .success : .failure
            )
        }
    }

    private func examine(_ use: ReferenceUse, _ secrets: SecretsManager) async -> Finding {
        do throws(SecretError) {
            if let isThere = try await secrets.probe(use.uri) { return Finding(use: use, isThere: isThere, error: nil) }
            guard read else { return Finding(use: use, isThere: nil, error: nil) }
            _ = try await secrets.getSecret(use.uri, for: use.service)
            return Finding(use: use, isThere: true, error: nil)
        } catch {
            return Finding(use: use, isThere: nil, error: error)
        }
    }

    /// A bare reference may be a key pasted by mistake; it is shown only if it is stored.
    private static func path(_ finding: Finding) -> String? {
        finding.use.uri.form == .bare && finding.isThere != true ? nil : finding.use.uri.reference.displayPath
    }

    private static func text(_ finding: Finding) -> String {
        let name = [finding.use.service, path(finding)].compactMap(\.self).joined(separator: ": ")
        if let error = finding.error { return "\(name): \(error.code.rawValue): \(error.detail)" }
        return switch finding.isThere {
        case true?: "\(name): there"
        case false?: "\(name): not there"
        case nil: "\(name): cannot be told without reading it (--read)"
        }
    }

    private static func json(_ finding: Finding) -> JSONValue {
        var json: JSONObject = ["service": .string(finding.use.service)]
        json["path"] = path(finding).map { .string($0) }
        json["exists"] = finding.isThere.map { .bool($0) } ?? .null
        json["code"] = finding.error.map { .string($0.code.rawValue) }
        json["error"] = finding.error.map { .string($0.detail) }
        return .object(json)
    }
}
