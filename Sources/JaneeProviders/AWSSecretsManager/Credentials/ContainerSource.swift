import HTTPTypes
import JaneeSecrets

/// The role of a task of ECS, of a pod of EKS (Pod Identity), and of other containers that are told where to ask.
///
/// Which hosts may be asked without TLS is the matter of ``MetadataEndpoint``.
struct ContainerSource: AWSCredentialSource {
    static let variables = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"]
    private static let tokenVariable = "AWS_CONTAINER_AUTHORIZATION_TOKEN"
    private static let tokenFileVariable = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
    private static let source = "the role of the container"

    let calls: MetadataCalls
    let substitution: SubstitutionSource
    /// The way to an address that is asked with TLS.
    let remote: @Sendable (EndpointURL) throws(SecretError) -> RemoteEndpoint
    let transport: any HTTPTransport

    func issue() async throws(SecretError) -> IssuedAWSSession {
        var headers: [(name: HTTPField.Name, value: OutboundRequest.HeaderValue)] = [
            (.accept, .plain("application/json"))
        ]
        if let token = try authorization() { headers.append((.authorization, .secret(prefix: "", token))) }
        let response = try await ask(headers)
        switch response.status {
        case 200: return try IssuedKeys(response, source: Self.source).issued
        case 400, 401, 403, 404:
            throw SecretError(
                .providerAuthFailed,
                "what offers the credentials of containers refuses to give any (status \(response.status)): is a role"
                    + " associated with the task or the service account, and is the authorization token the right one?"
            )
        case 429:
            throw SecretError(.providerRateLimited, "what offers the credentials of containers is asked too often")
        case 500...599:
            throw SecretError(
                .providerUnavailable,
                "what offers the credentials of containers failed (status \(response.status))"
            )
        default:
            throw SecretError(
                .providerInternalError,
                "what offers the credentials of containers gave an unexpected answer (status \(response.status))"
            )
        }
    }

    private func ask(
        _ headers: [(name: HTTPField.Name, value: OutboundRequest.HeaderValue)]
    ) async throws(SecretError) -> InboundResponse {
        let endpoint: MetadataEndpoint
        do throws(MetadataEndpointError) {
            endpoint = try MetadataEndpoint(.awsContainer, variable: substitution.variable)
        } catch {
            guard error.reason == .notPlainHTTP, let text = substitution.value(error.variable) else {
                throw SecretError(.providerConfigInvalid, error.description)
            }
            let (remote, target) = try encrypted(text, error.variable)
            return try await calls.repeated { () async throws(HTTPTransportError) in
                try await transport.send(
                    remote.request(
                        .get,
                        target,
                        headers: headers,
                        body: nil,
                        maximumResponseBytes: MetadataRequest.maximumResponseBytes
                    )
                )
            }
        }
        return try await calls.send(.get, endpoint.path.isEmpty ? "/" : endpoint.path, at: endpoint, headers)
    }

    /// An https address, which has been found to be one, in its parts.
    private func encrypted(_ text: String, _ variable: String) throws(SecretError) -> (RemoteEndpoint, String) {
        let start = text.firstRange(of: "://")?.upperBound ?? text.startIndex
        let end = text[start...].firstIndex { $0 == "/" || $0 == "?" } ?? text.endIndex
        let url: EndpointURL
        do throws(EndpointURLError) {
            url = try EndpointURL(parsing: String(text[..<end]))
        } catch {
            throw SecretError(.providerConfigInvalid, "\(variable): \(error)")
        }
        let target = String(text[end...])
        return (try remote(url), target.hasPrefix("/") ? target : "/" + target)
    }

    /// The token that the platform has given to the container; the one in a file changes, and counts more.
    private func authorization() throws(SecretError) -> SecretValue? {
        let token: SecretValue
        let variable: String
        if let path = substitution.value(Self.tokenFileVariable) {
            (token, variable) = (try substitution.file(path), Self.tokenFileVariable)
        } else if let text = substitution.value(Self.tokenVariable) {
            (token, variable) = (SecretValue(text), Self.tokenVariable)
        } else {
            return nil
        }
        guard token.withBytes({ !$0.isEmpty && $0.allSatisfy { $0 >= 0x20 && $0 < 0x7F } }) else {
            throw SecretError(.providerConfigInvalid, "the token of \(variable) is empty or has more than one line")
        }
        substitution.observe(token)
        return token
    }
}
