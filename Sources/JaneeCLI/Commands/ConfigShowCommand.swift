import ArgumentParser
import JaneeConfig
import JaneeCore
import JaneeJSON
import JaneeSecrets
import JaneeTelemetry

struct ConfigShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show the configuration as it is understood, without credentials",
        discussion: """
            Credentials of providers are shown as ***, and so is a bare secret reference that is not known to be stored: \
            it may be a key in the wrong place.

            EXAMPLES
              janee config show
              janee config show --json
            """
    )

    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await output.print {
            let runtime = try Installation.load().runtime
            let configuration = runtime.configuration
            var services: JSONObject = [:]
            for service in configuration.services.values.sorted(by: { $0.name < $1.name }) {
                services[service.name] = await Self.json(service, runtime.secrets)
            }
            var capabilities: JSONObject = [:]
            for capability in configuration.capabilities.values.sorted(by: { $0.name < $1.name }) {
                capabilities[capability.name] = Self.json(capability)
            }
            var providers: JSONObject = [:]
            for provider in configuration.providers {
                providers[provider.name.spelling] = Self.json(provider)
            }
            let json: JSONValue = [
                "file": .string(configuration.path), "providers": .object(providers), "services": .object(services),
                "capabilities": .object(capabilities),
                "server": [
                    "defaultAccess": .string(configuration.server.defaultAccess.rawValue),
                    "defaultApproval": .string(configuration.server.defaultApproval.rawValue),
                    "logBodies": .bool(configuration.server.logBodies),
                    "allowAgentReload": .bool(configuration.server.allowAgentReload),
                ],
                "security": ["auditSync": .bool(configuration.security.auditSync)],
            ]
            return CommandOutput(json: json, text: OutputText.json(json, pretty: true))
        }
    }

    private static func json(_ service: Service, _ secrets: SecretsManager) async -> JSONValue {
        var references: JSONObject = [:]
        for (name, uri) in service.auth.secrets.sorted(by: { $0.key < $1.key }) {
            references[name] = .string(await shown(uri, secrets))
        }
        var json: JSONObject = [
            "baseUrl": .string(service.baseURL.description), "authType": .string(service.auth.type),
            "secrets": .object(references),
        ]
        json["testPath"] = service.testPath.map { .string($0) }
        if !service.network.allow.isEmpty { json["networkAllow"] = .strings(service.network.allow.map(\.description)) }
        if service.network.allowPlaintext { json["allowPlaintext"] = true }
        if !service.allowHeaders.isEmpty { json["allowHeaders"] = .strings(service.allowHeaders.sorted()) }
        return .object(json)
    }

    private static func shown(_ uri: SecretURI, _ secrets: SecretsManager) async -> String {
        guard uri.form == .bare else { return "\(uri)" }
        let provider = try? secrets.provider(uri.provider)
        let isStored = (try? await provider?.probe(uri.reference)) == true
        return isStored ? "\(provider?.name.spelling ?? "local")://\(uri.reference.displayPath)" : "***"
    }

    private static func json(_ capability: Capability) -> JSONValue {
        var json: JSONObject = [
            "service": .string(capability.service), "mode": .string(capability.mode.rawValue),
            "ttl": .string(capability.timeToLive.description), "requiresReason": .bool(capability.requiresReason),
        ]
        json["autoApprove"] = capability.autoApprove.map { .bool($0) }
        json["access"] = capability.access.map { .string($0.rawValue) }
        if !capability.allowedAgents.isEmpty { json["allowedAgents"] = .strings(capability.allowedAgents) }
        json["allow"] = capability.allow.map { .strings($0) }
        json["deny"] = capability.deny.map { .strings($0) }
        return .object(json)
    }

    /// A provider with its plain settings; everything in `auth` but the method may be a credential.
    private static func json(_ provider: ProviderEntry) -> JSONValue {
        var json: JSONObject = [:]
        for name in provider.section.keys.sorted() {
            switch provider.section.node(name)?.value {
            case .string(let text): json[name] = .string(text)
            case .integer(let number): json[name] = .number(JSONNumber(number))
            case .boolean(let truth): json[name] = .bool(truth)
            case .map where name == "auth":
                let section = provider.section.section(name)
                var auth: JSONObject = [:]
                for key in (section?.keys).map(Array.init)?.sorted() ?? [] {
                    auth[key] = key == "method" ? section?.string(key).map { .string($0) } ?? "***" : "***"
                }
                json[name] = .object(auth)
            default: continue
            }
        }
        return .object(json)
    }
}
