import JaneeConfig
import JaneeSecrets

@testable import JaneeCore

/// Configurations for tests, read as from a file.
enum TestConfiguration {
    static let noSubstitution = SubstitutionSource(
        variable: { _ in nil },
        file: { _ throws(SecretError) in throw SecretError(.providerConfigInvalid, "no files here") }
    )

    static func parse(
        _ yaml: String,
        extensions: JaneeRuntime.Extensions = .builtin
    ) throws(ConfigurationError) -> Configuration {
        let loader = ConfigurationLoader(schema: ConfigurationSchema(extensions), substitution: noSubstitution)
        return try loader.parse(Array(yaml.utf8), path: "config.yaml")
    }

    /// The policy of a configuration whose capability `cap` uses the service `api`.
    static func policy(_ capability: String = "", service: String = "", server: String = "{}") throws -> PolicySnapshot
    {
        let configuration = try parse(single(capability, service: service, server: server))
        return try PolicySnapshot(configuration, authMethods: JaneeRuntime.Extensions.builtin.authMethods)
    }

    /// One capability `cap` and one service `api`; more fields of both as YAML flow entries, such as `ttl: 5m`.
    static func single(_ capability: String = "", service: String = "", server: String = "{}") -> String {
        var fields = service.isEmpty ? [] : [service]
        if !service.contains("baseUrl:") { fields.append("baseUrl: \"https://api.example.com/base\"") }
        if !service.contains("auth:") { fields.append("auth: { type: bearer, key: api-key }") }
        return """
            services: { api: { \(fields.joined(separator: ", ")) } }
            capabilities: { cap: { service: api\(capability.isEmpty ? "" : ", " + capability) } }
            server: \(server)
            """
    }

    static func service(_ fields: String = "") throws -> Service {
        guard let service = try parse(single(service: fields)).services["api"] else { throw Missing() }
        return service
    }

    struct Missing: Error {}
}

extension AgentCall {
    /// A call of the capability `cap`.
    init(
        _ method: String,
        _ path: String,
        _ headers: [(String, String)] = [],
        body: String? = nil,
        reason: String? = nil,
        capability: String = "cap"
    ) {
        self.init(
            capability: capability,
            method: method,
            path: path,
            headers: headers.map { (name: $0, value: $1) },
            body: body,
            reason: reason
        )
    }
}
