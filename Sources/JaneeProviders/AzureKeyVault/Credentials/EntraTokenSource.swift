import HTTPTypes
import JaneeJSON
import JaneeSecrets

/// Tokens of an application from its directory (Microsoft Entra), by the client credentials grant.
struct EntraTokenSource: AzureTokenSource {
    private static let assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    private static let largestAnswer = 128 << 10
    private static let tokenFileVariable = "AZURE_FEDERATED_TOKEN_FILE"

    let application: AzureApplication
    let scope: String
    let authority: RemoteEndpoint
    let context: ProviderContext

    func issue(claims: String?) async throws(SecretError) -> TokenGrant<AzureToken> {
        let tenant = try id(application.tenantID, "tenantId", "AZURE_TENANT_ID")
        let client = try id(application.clientID, "clientId", "AZURE_CLIENT_ID")
        // Names of domains are good for directories as well.
        guard tenant.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9.-]{0,252}/) != nil else {
            throw SecretError(.providerConfigInvalid, "the tenantId is neither an id nor a name of a domain")
        }
        let path = "/\(tenant)/oauth2/v2.0/token"
        var fields = [
            ("client_id", client), ("grant_type", "client_credentials"), ("scope", scope),
        ]
        if let claims { fields.append(("claims", claims)) }
        fields += try proof(client, audience: authority.endpoint.origin + path)
        let response = try await send(path, Array(FormFields.encoded(fields).utf8))
        let json = try? JSONReader.parse(response.body)
        guard response.status == 200 else {
            let retryAfter = RetryAfter.duration(from: response.headers, now: context.time.sinceEpoch)
            throw DirectoryError(status: response.status, json).error(retryAfter: retryAfter)
        }
        guard let text = json?["access_token"]?.stringValue, let seconds = json?["expires_in"]?.wholeSeconds else {
            throw SecretError(.providerInternalError, "the answer of the directory is not what a token endpoint gives")
        }
        return TokenGrant(
            try AzureToken(text, of: identity),
            lifetime: .seconds(seconds),
            refreshAfter: json?["refresh_in"]?.wholeSeconds.map { .seconds($0) }
        )
    }

    private var identity: String {
        switch application.proof {
        case .secret, .certificate: "the service principal"
        case .federatedToken: "the workload identity"
        }
    }

    private func send(_ path: String, _ body: [UInt8]) async throws(SecretError) -> InboundResponse {
        let request = authority.request(
            .post,
            path,
            headers: [
                (.contentType, .plain("application/x-www-form-urlencoded")), (.accept, .plain("application/json")),
            ],
            body: body,
            maximumResponseBytes: Self.largestAnswer
        )
        do throws(HTTPTransportError) {
            return try await context.transport.send(request)
        } catch {
            throw SecretError(error)
        }
    }

    /// What proves the application.
    private func proof(_ client: String, audience: String) throws(SecretError) -> [(String, String)] {
        switch application.proof {
        case .secret(let template):
            let secret = try template.secret(from: context.substitution)
            guard let text = secret.text, !text.isEmpty else {
                throw SecretError(.providerConfigInvalid, "the clientSecret is empty or not text")
            }
            return [("client_secret", text)]
        case .certificate(let certificate, let key):
            // Both are read anew, as they are replaced before they expire.
            let assertion = try ClientAssertion(
                certificate: try context.substitution.file(certificate),
                key: try context.substitution.file(key)
            )
            let text = try assertion.text(client: client, audience: audience, at: context.time.sinceEpoch)
            context.substitution.observe(SecretValue(text))
            return [("client_assertion_type", Self.assertionType), ("client_assertion", text)]
        case .federatedToken(let file):
            guard let path = file ?? context.substitution.value(Self.tokenFileVariable) else {
                throw SecretError(
                    .providerConfigInvalid,
                    "there is no workload identity: neither auth.tokenFile nor \(Self.tokenFileVariable) is set"
                )
            }
            let token = try context.substitution.file(path)
            context.substitution.observe(token)
            guard let text = token.text, !text.isEmpty else {
                throw SecretError(.providerConfigInvalid, "the file with the token is empty or not text")
            }
            return [("client_assertion_type", Self.assertionType), ("client_assertion", text)]
        }
    }

    private func id(
        _ template: SubstitutionTemplate?,
        _ field: String,
        _ variable: String
    ) throws(SecretError) -> String {
        let text: String?
        if let template {
            text = try template.secret(from: context.substitution).text
        } else {
            text = context.substitution.value(variable)
        }
        guard let text, !text.isEmpty else {
            throw SecretError(.providerConfigInvalid, "neither auth.\(field) nor \(variable) is set")
        }
        return text
    }
}

extension JSONValue {
    /// A time in seconds as a number or, as some sources write it, as text.
    var wholeSeconds: Int? {
        let number = intValue ?? stringValue.flatMap { Int($0) }
        return number.flatMap { $0 >= 0 && $0 < 1 << 40 ? $0 : nil }
    }
}
