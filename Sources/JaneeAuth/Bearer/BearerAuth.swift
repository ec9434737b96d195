package import HTTPTypes
package import JaneeSecrets

/// `type: bearer`: `Authorization: Bearer <key>` (RFC 6750, section 2.1).
///
/// Janee 0.16 stores what it calls basic authentication as a bearer key `Basic <base64>`. A bearer token has no spaces, so
/// such a key is sent as the scheme it names.
package struct BearerAuth: AuthMethod {
    package init() {}

    package var type: String { "bearer" }

    package var configuration: ConfigObject {
        ConfigObject([.required("key", .secret, "The token, as a secret reference.")])
    }

    package var secretFields: [SecretField] { ["key"] }

    package func ownedHeaders(_ configuration: AuthConfiguration) -> [HTTPField.Name] { [.authorization] }

    package func secretsToScrub(
        _ credentials: [String: SecretValue],
        _ configuration: AuthConfiguration
    ) -> [SecretValue] {
        guard let key = credentials["key"] else { return [] }
        return [key] + (BasicCredentials(header: key)?.secrets ?? [])
    }

    package func authenticate(
        _ request: inout OutboundRequest,
        credentials: [String: SecretValue],
        configuration: AuthConfiguration
    ) throws(AuthError) {
        guard let key = credentials["key"], !key.isEmpty else {
            throw AuthError("the bearer key of this service is empty; ask the operator to store it")
        }
        try key.requireHeaderSafe("the bearer key of this service")
        let prefix = BasicCredentials(header: key) == nil ? "Bearer " : ""
        request.headers.append((name: .authorization, value: .secret(prefix: prefix, key)))
    }
}
