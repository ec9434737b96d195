import HTTPTypes
import JaneeJSON
import JaneeSecrets

/// The requests for tokens to the platforms of Azure, which are similar, but not the same.
///
/// Rules: "How to use managed identities for Azure resources on an Azure VM", "… for App Service and Azure Functions".
struct ManagedIdentityRequest: Sendable {
    typealias Identity = (kind: ManagedIdentityID.Kind, id: String)

    /// Azure asks to go on for so long while it updates the service of an instance.
    private static let longestUpdate = Duration.seconds(70)
    private static let timeout = Duration.seconds(1)

    let resource: String
    let context: ProviderContext
    /// Where Arc writes what proves that a program runs on the machine.
    let arcTokens: String
    private let place: MetadataPlace

    init(resource: String, name: ProviderName, context: ProviderContext, arcTokens: String) {
        self.resource = resource
        place = MetadataPlace(name, context)
        self.context = context
        self.arcTokens = arcTokens
    }

    /// App Service, Functions and Container Apps.
    func appService(_ identity: Identity?) async throws(SecretError) -> TokenGrant<AzureToken> {
        let endpoint = try place.endpoint(.azureAppService)
        var query = [("api-version", "2019-08-01"), ("resource", resource)]
        if let identity { query.append((identity.kind.parameter, identity.id)) }
        let secret = try header("IDENTITY_HEADER")
        let response = try await send(.get, endpoint, query, [(.identityHeader, secret)])
        return try grant(response, "the managed identity (App Service)", identity)
    }

    /// Azure Machine Learning, which wants a secret, and Cloud Shell, which does not.
    func oldAppService(_ identity: Identity?) async throws(SecretError) -> TokenGrant<AzureToken> {
        let endpoint = try place.endpoint(.azureAppService)
        guard context.substitution.value("MSI_SECRET") != nil else {
            guard identity == nil else {
                throw SecretError(.providerConfigInvalid, "Cloud Shell has one identity only; remove its id from auth")
            }
            let response = try await send(
                .post,
                endpoint,
                [],
                [(.metadata, .plain("true"))],
                form: FormFields.encoded([("resource", resource)])
            )
            return try grant(response, "the user of Cloud Shell", nil)
        }
        var query = [("api-version", "2017-09-01"), ("resource", resource)]
        if let identity {
            guard identity.kind == .client else {
                throw SecretError(.providerConfigInvalid, "Machine Learning knows identities by clientId only")
            }
            query.append(("clientid", identity.id))
        }
        let response = try await send(.get, endpoint, query, [(.secret, try header("MSI_SECRET"))])
        return try grant(response, "the managed identity (Machine Learning)", identity)
    }

    /// A virtual machine, and what looks like one.
    func instance(_ identity: Identity?) async throws(SecretError) -> TokenGrant<AzureToken> {
        let endpoint = try place.endpoint(.azureInstance)
        var query = [("api-version", "2018-02-01"), ("resource", resource)]
        if let identity { query.append((identity.kind.machineParameter, identity.id)) }
        let until = context.time.now + Self.longestUpdate
        var pause = Duration.seconds(1)
        while true {
            let response: InboundResponse
            do throws(SecretError) {
                response = try await send(
                    .get,
                    endpoint,
                    query,
                    [(.metadata, .plain("true"))],
                    path: "/metadata/identity/oauth2/token"
                )
            } catch {
                guard error.isTransient, !error.isCancellation else { throw error }
                throw SecretError(
                    .providerUnavailable,
                    "the instance metadata service does not answer (\(error.detail)); if this is no machine of Azure, use"
                        + " another auth method",
                    cause: error
                )
            }
            // Being updated, or about to be there.
            guard response.status == 404 || response.status == 410, context.time.now + pause < until else {
                return try grant(response, "the managed identity of the machine (IMDS)", identity)
            }
            do { try await context.time.sleep(for: pause) } catch { throw .cancelled }
            pause = min(pause * 2, .seconds(16))
        }
    }

    /// A machine elsewhere that Azure Arc manages.
    func arc(_ identity: Identity?) async throws(SecretError) -> TokenGrant<AzureToken> {
        let endpoint = try place.endpoint(.azureArc)
        var query = [("api-version", "2020-06-01"), ("resource", resource)]
        if let identity { query.append((identity.kind.machineParameter, identity.id)) }
        let path = endpoint.path.isEmpty ? "/metadata/identity/oauth2/token" : nil
        let headers: [(name: HTTPField.Name, value: OutboundRequest.HeaderValue)] = [(.metadata, .plain("true"))]
        let challenge = try await send(.get, endpoint, query, headers, path: path)
        guard challenge.status == 401 else {
            throw SecretError(
                .providerAuthFailed,
                "Azure Arc gives tokens without asking for proof (status \(challenge.status)), so that something else answers"
            )
        }
        let key = try ArcIdentity.key(challenge.headers[.wwwAuthenticate], directory: arcTokens)
        context.substitution.observe(key)
        let response = try await send(
            .get,
            endpoint,
            query,
            headers + [(.authorization, .secret(prefix: "Basic ", key))],
            path: path
        )
        if response.status == 200, let identity {
            try ArcIdentity.check(response, is: identity)
        }
        return try grant(response, "the managed identity of the machine (Azure Arc)", identity)
    }

    private func header(_ variable: String) throws(SecretError) -> OutboundRequest.HeaderValue {
        let value = SecretValue(context.substitution.value(variable) ?? "")
        guard value.withBytes({ !$0.isEmpty && $0.allSatisfy { $0 >= 0x20 && $0 < 0x7F } }) else {
            throw SecretError(.providerConfigInvalid, "\(variable) is empty, or nothing that a header can hold")
        }
        context.substitution.observe(value)
        return .secret(prefix: "", value)
    }

    /// - Parameter path: The path, where the environment does not say it.
    private func send(
        _ method: HTTPRequest.Method,
        _ endpoint: MetadataEndpoint,
        _ query: [(String, String)],
        _ headers: [(name: HTTPField.Name, value: OutboundRequest.HeaderValue)],
        path: String? = nil,
        form: String? = nil
    ) async throws(SecretError) -> InboundResponse {
        let calls = MetadataCalls(transport: context.metadata, time: context.time, timeout: Self.timeout)
        let parameters = FormFields.encoded(query)
        var target = path ?? (endpoint.path.isEmpty ? "/" : endpoint.path)
        if !parameters.isEmpty { target += (target.contains("?") ? "&" : "?") + parameters }
        var headers = headers + [(.accept, .plain("application/json"))]
        if form != nil { headers.append((.contentType, .plain("application/x-www-form-urlencoded"))) }
        return try await calls.send(method, target, at: endpoint, headers, body: form.map { Array($0.utf8) })
    }

    private func grant(
        _ response: InboundResponse,
        _ words: String,
        _ identity: Identity?
    ) throws(SecretError) -> TokenGrant<AzureToken> {
        let json = try? JSONReader.parse(response.body)
        guard response.status == 200 else { throw failure(response, words, identity) }
        let now = context.time.sinceEpoch
        // Some say how long it is good, some until when, some both, and either as text.
        let until = json?["expires_on"]?.wholeSeconds.map { Duration.seconds($0) - now }
        let lifetime = json?["expires_in"]?.wholeSeconds.map { Duration.seconds($0) } ?? until
        guard let text = json?["access_token"]?.stringValue, let lifetime else {
            throw SecretError(.providerInternalError, "what gives tokens for \(words) gives something else than one")
        }
        return TokenGrant(
            try AzureToken(text, of: words),
            lifetime: max(lifetime, .zero),
            refreshAfter: json?["refresh_in"]?.wholeSeconds.map { .seconds($0) }
        )
    }

    private func failure(
        _ response: InboundResponse,
        _ words: String,
        _ identity: Identity?
    ) -> SecretError {
        switch response.status {
        case 400:
            SecretError(
                .providerAuthFailed,
                identity == nil
                    ? "there is no managed identity, or there are several, of which auth has to name one (clientId): status 400"
                    : "the identity that auth names is not assigned here: status 400"
            )
        case 401, 403:
            SecretError(.providerAuthFailed, "what gives tokens for \(words) refuses (status \(response.status))")
        case 404, 410, 500...599:
            SecretError(
                .providerUnavailable,
                "what gives tokens for \(words) is not ready (status \(response.status))"
            )
        case 429:
            SecretError(
                .providerRateLimited,
                "what gives tokens for \(words) is asked too often",
                retryAfter: RetryAfter.duration(from: response.headers, now: context.time.sinceEpoch)
            )
        default:
            SecretError(
                .providerInternalError,
                "what gives tokens for \(words) gave an unexpected answer (status \(response.status))"
            )
        }
    }
}

extension ManagedIdentityID.Kind {
    /// What the services of machines call it.
    fileprivate var machineParameter: String { self == .resource ? "msi_res_id" : parameter }

    /// What the services of applications call it, all but the oldest.
    fileprivate var parameter: String {
        switch self {
        case .client: "client_id"
        case .object: "object_id"
        case .resource: "mi_res_id"
        }
    }
}

extension HTTPField.Name {
    // The names are constants, so making them cannot fail; `Accept` stands for a name that could not be made.
    static let metadata = HTTPField.Name("Metadata") ?? .accept
    static let identityHeader = HTTPField.Name("X-IDENTITY-HEADER") ?? .accept
    static let secret = HTTPField.Name("secret") ?? .accept
}
