package import HTTPTypes
package import JaneeSecrets

/// `type: basic`: `Authorization: Basic base64(username:password)` (RFC 7617).
///
/// A user name is seldom a secret, and APIs repeat it in their answers (an account id in every path, say), so it may be
/// written plainly, and then it is not scrubbed.
package struct BasicAuth: AuthMethod {
    package init() {}

    package var type: String { "basic" }

    package var configuration: ConfigObject {
        ConfigObject([
            .required("username", .textOrSecret, "The user name or account id itself, or a secret reference with ://."),
            .required("password", .secret, "The password, as a secret reference."),
        ])
    }

    package var secretFields: [SecretField] { [SecretField("username", .textOrReference), "password"] }

    package func ownedHeaders(_ configuration: AuthConfiguration) -> [HTTPField.Name] { [.authorization] }

    package func secretsToScrub(
        _ credentials: [String: SecretValue],
        _ configuration: AuthConfiguration
    ) -> [SecretValue] {
        guard let user = user(credentials, configuration), let password = credentials["password"] else { return [] }
        let secrets = BasicCredentials(user: user, password: password).secrets
        return secrets + (credentials["username"].map { [$0] } ?? [])
    }

    package func authenticate(
        _ request: inout OutboundRequest,
        credentials: [String: SecretValue],
        configuration: AuthConfiguration
    ) throws(AuthError) {
        guard let user = user(credentials, configuration), let password = credentials["password"],
            !(user.isEmpty && password.isEmpty)
        else {
            throw AuthError("the user name and password of this service are empty; ask the operator to store them")
        }
        guard user.withBytes({ bytes in bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: ":") } })
        else {
            throw AuthError("the user name of this service holds ':' or a control character, which basic cannot send")
        }
        guard password.withBytes({ bytes in bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }) else {
            throw AuthError(
                "the password of this service holds a line break or another control character; "
                    + "ask the operator to store it without"
            )
        }
        let credentials = BasicCredentials(user: user, password: password)
        request.headers.append((name: .authorization, value: .secret(prefix: "Basic ", credentials.encoded)))
    }

    private func user(_ credentials: [String: SecretValue], _ configuration: AuthConfiguration) -> SecretValue? {
        credentials["username"] ?? configuration.section.string("username").map { SecretValue($0) }
    }
}
