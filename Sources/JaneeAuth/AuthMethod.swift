package import HTTPTypes
package import JaneeSecrets

/// A way to authenticate calls to a service: `services.<name>.auth.type`.
///
/// A method owns the headers it sets: agents may not send them, and the answer is scrubbed of every credential that was
/// resolved for the call. It changes nothing but what it owns.
package protocol AuthMethod: Sendable {
    /// The value of `auth.type` that selects the method.
    var type: String { get }

    /// Everything `auth` may hold besides `type`.
    var configuration: ConfigObject { get }

    /// The fields of ``configuration`` that refer to secrets; the broker resolves them before each call.
    var secretFields: [SecretField] { get }

    /// The request headers the method sets.
    func ownedHeaders(_ configuration: AuthConfiguration) -> [HTTPField.Name]

    /// What must not come back in an answer: the credentials, and what they become on the wire.
    func secretsToScrub(_ credentials: [String: SecretValue], _ configuration: AuthConfiguration) -> [SecretValue]

    /// Adds the credentials to a request that is complete otherwise.
    ///
    /// - Parameter credentials: The resolved values by ``AuthConfiguration/secrets``.
    func authenticate(
        _ request: inout OutboundRequest,
        credentials: [String: SecretValue],
        configuration: AuthConfiguration
    ) throws(AuthError)
}

extension AuthMethod {
    /// The credentials as they are; base64 is found wherever the values are.
    package func secretsToScrub(
        _ credentials: [String: SecretValue],
        _ configuration: AuthConfiguration
    ) -> [SecretValue] {
        Array(credentials.values)
    }
}

/// The `auth` block of a service.
package struct AuthConfiguration: Sendable {
    package let section: ConfigSection
    /// The names of the secrets: fields, and `field.key` for each entry of a map.
    package let secrets: Set<String>

    package init(section: ConfigSection, secrets: Set<String>) {
        self.section = section
        self.secrets = secrets
    }
}

/// Why credentials cannot be used; never with their values.
package struct AuthError: Error, Sendable, CustomStringConvertible {
    /// What is wrong and what to do, for agents and operators alike.
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
