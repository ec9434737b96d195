import HTTPTypes
import JaneeAuth
import JaneeSecrets
import Testing

/// Requests and configurations for tests of auth types.
enum AuthFixture {
    static func configuration(
        _ fields: KeyValuePairs<String, String> = [:],
        secrets: Set<String>
    ) throws -> AuthConfiguration {
        let position = ConfigPosition(line: 1, column: 1)
        let entries = fields.map { name, value in
            ConfigEntry(key: name, keyPosition: position, value: ConfigNode(.string(value), at: position))
        }
        let section = try #require(ConfigSection(ConfigNode(.map(entries), at: position), field: "auth"))
        return AuthConfiguration(section: section, secrets: secrets)
    }

    /// The headers that a method adds to a request, with the text of each.
    static func headers(
        _ method: any AuthMethod,
        _ credentials: [String: String],
        _ fields: KeyValuePairs<String, String> = [:]
    ) throws -> [(name: String, text: String)] {
        var request = OutboundRequest(
            method: .get,
            endpoint: try EndpointURL(parsing: "https://api.example.com"),
            target: "/x",
            addresses: AddressPolicy(allowedPrivate: [], loopback: false),
            pool: "api"
        )
        let configuration = try configuration(fields, secrets: Set(credentials.keys))
        let values = credentials.mapValues { SecretValue($0) }
        try method.authenticate(&request, credentials: values, configuration: configuration)
        #expect(request.target == "/x" && request.body == nil && request.method == .get)
        let owned = Set(method.ownedHeaders(configuration))
        return try request.headers.map { name, value in
            #expect(owned.contains(name), "\(name) is not owned")
            guard case .secret(let prefix, let secret) = value else {
                Issue.record("a credential became plain text")
                throw AuthError("plain text")
            }
            return (name.rawName, prefix + secret.withBytes { String(decoding: $0, as: UTF8.self) })
        }
    }

    /// The texts that a method wants removed from answers.
    static func scrubbed(
        _ method: any AuthMethod,
        _ credentials: [String: String],
        _ fields: KeyValuePairs<String, String> = [:]
    ) throws -> Set<String> {
        let configuration = try configuration(fields, secrets: Set(credentials.keys))
        let secrets = method.secretsToScrub(credentials.mapValues { SecretValue($0) }, configuration)
        return Set(secrets.map { secret in secret.withBytes { String(decoding: $0, as: UTF8.self) } })
    }
}
