package import HTTPTypes
package import JaneeSecrets

/// `type: headers`: each configured header with its secret, verbatim.
package struct HeadersAuth: AuthMethod {
    private static let field = SecretField("headers", .map)

    package init() {}

    package var type: String { "headers" }

    package var configuration: ConfigObject {
        ConfigObject([
            .required(
                Self.field.name,
                .map(keys: .credentialHeader, values: .secret),
                "Header names, each with a secret reference."
            )
        ])
    }

    package var secretFields: [SecretField] { [Self.field] }

    package func ownedHeaders(_ configuration: AuthConfiguration) -> [HTTPField.Name] {
        configuration.secrets.compactMap { HTTPField.Name(Self.header(of: $0)) }
    }

    package func authenticate(
        _ request: inout OutboundRequest,
        credentials: [String: SecretValue],
        configuration: AuthConfiguration
    ) throws(AuthError) {
        guard !credentials.isEmpty else {
            throw AuthError("this service has no headers to authenticate with; ask the operator to configure them")
        }
        for (secret, value) in credentials.sorted(by: { $0.key < $1.key }) {
            guard let name = HTTPField.Name(Self.header(of: secret)) else {
                throw AuthError("a header of this service has a name that HTTP does not allow; ask the operator")
            }
            guard !value.isEmpty else {
                throw AuthError("the header '\(name)' of this service is empty; ask the operator to store it")
            }
            try value.requireHeaderSafe("the header '\(name)' of this service")
            request.headers.append((name: name, value: .secret(prefix: "", value)))
        }
    }

    private static func header(of secret: String) -> String {
        String(secret.dropFirst(field.entry("").count))
    }
}

extension ConfigStringFormat {
    /// A header that may carry a credential: any but those that frame or route the message.
    static let credentialHeader = ConfigStringFormat(
        name: "header name",
        pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$"
    ) { text in
        guard text.utf8.count <= 128, let name = HTTPField.Name(text) else {
            return Refusal("is not a header name")
        }
        let framing: Set<String> = [
            "host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade",
            "expect", "accept-encoding", "proxy-connection", "http2-settings",
        ]
        return framing.contains(name.canonicalName)
            ? Refusal("is a header that HTTP itself needs; it cannot carry a credential") : nil
    }
}
