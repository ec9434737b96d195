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

    /// The fields of ``configuration`` that are secret references; the broker resolves them before each call.
    var secretFields: [String] { get }

    /// The request headers the method sets.
    func ownedHeaders(_ configuration: ConfigSection) -> [HTTPField.Name]

    /// Adds the credentials to a request that is complete otherwise.
    ///
    /// - Parameter credentials: The resolved values by field name, one for each of ``secretFields`` that is configured.
    func authenticate(
        _ request: inout OutboundRequest,
        credentials: [String: SecretValue],
        configuration: ConfigSection
    ) throws(AuthError)
}

/// Why credentials cannot be used; never with their values.
package struct AuthError: Error, Sendable, CustomStringConvertible {
    /// What is wrong and what to do, for agents and operators alike.
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
