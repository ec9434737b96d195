package import HTTPTypes
package import JaneeSecrets

/// `type: bearer`: `Authorization: Bearer <key>` (RFC 6750, section 2.1).
package struct BearerAuth: AuthMethod {
    package init() {}

    package var type: String { "bearer" }

    package var configuration: ConfigObject {
        ConfigObject([.required("key", .secret, "The token, as a secret reference.")])
    }

    package var secretFields: [String] { ["key"] }

    package func ownedHeaders(_ configuration: ConfigSection) -> [HTTPField.Name] { [.authorization] }

    package func authenticate(
        _ request: inout OutboundRequest,
        credentials: [String: SecretValue],
        configuration: ConfigSection
    ) throws(AuthError) {
        guard let key = credentials["key"], !key.isEmpty else {
            throw AuthError("the bearer key of this service is empty; ask the operator to store it")
        }
        guard key.isHeaderSafe else {
            throw AuthError(
                "the bearer key of this service holds a line break, another character than printable ASCII, or a space "
                    + "at its beginning or end; ask the operator to store it without"
            )
        }
        request.headers.append((name: .authorization, value: .secret(prefix: "Bearer ", key)))
    }
}
