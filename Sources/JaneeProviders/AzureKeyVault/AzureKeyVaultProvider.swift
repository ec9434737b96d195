import JaneeJSON
package import JaneeSecrets
import Logging
import Synchronization

/// Secrets of Azure Key Vault (RFC 0005, "Azure Key Vault Provider").
package final class AzureKeyVaultProvider: SecretsProvider {
    /// A secret has at most 500 versions, of which a page has 25.
    private static let maximumPages = 24
    private static let mostReported = 1024

    package let name: ProviderName
    package var type: String { "azure-key-vault" }

    private let settings: AzureSettings
    private let client: KeyVaultClient
    private let issuer: AzureTokenIssuer
    private let lease: TokenLease<AzureToken>
    private let logger: Logger
    /// The references of which it was said that their time is over, or has not come.
    private let reported = Mutex<Set<SecretReference>>([])

    init(name: ProviderName, settings: AzureSettings, context: ProviderContext) {
        self.name = name
        self.settings = settings
        client = KeyVaultClient(remote: settings.vault, transport: context.transport, time: context.time)
        issuer = AzureTokenIssuer(source: settings.source, name: name, logger: context.logger)
        lease = TokenLease(provider: name, issuer: issuer, context: context, requestLimit: settings.requestLimit) {
            context.substitution.observe($0.value)
        }
        logger = context.logger
    }

    package func initialize() async throws(SecretError) {
        try await lease.start()
    }

    package func getSecret(_ reference: SecretReference) async throws(SecretError) -> SecretValue? {
        do throws(SecretError) {
            let name = try AzureSecretName(reference, separator: settings.separator)
            guard let answer = try await get(client.target(name)) else { return nil }
            guard let value = answer["value"]?.stringValue else {
                throw SecretError(.providerInternalError, "the answer of Key Vault has no value")
            }
            report(answer["attributes"], reference)
            return try SecretDocument.value(Array(value.utf8), field: reference.field)
        } catch {
            throw error.named(provider: self.name.spelling, path: reference.displayPath)
        }
    }

    package func healthCheck() async -> ProviderHealth {
        do throws(SecretError) {
            try await lease.withToken { [self] token throws(SecretError) in
                let answer = try await client.get(client.anything, token)
                // Who may not list secrets has been let in.
                guard answer.isSuccess || answer.isRefusedByRole || answer.isRefusedByPolicy else {
                    throw try failure(answer, token)
                }
            }
            return .healthy
        } catch {
            return ProviderHealth(healthy: false, error: error.detail)
        }
    }

    /// Tells by the list of a secret's versions, which has no values, whether there is the one that is meant.
    package func probe(_ reference: SecretReference) async throws(SecretError) -> Bool? {
        do throws(SecretError) {
            let name = try AzureSecretName(reference, separator: settings.separator)
            var target = client.versions(of: name)
            var newest: (created: Int, isEnabled: Bool)?
            for _ in 0..<Self.maximumPages {
                let page: JSONValue
                switch try await versions(target) {
                case .page(let json): page = json
                case .missing: return false
                case .unknown: return nil
                }
                for version in page["value"]?.arrayValue ?? [] {
                    let isEnabled = version["attributes"]?["enabled"]?.boolValue ?? true
                    if let wanted = name.version {
                        guard version["id"]?.stringValue?.lowercased().hasSuffix("/\(wanted.lowercased())") == true
                        else {
                            continue
                        }
                        return try enabled(isEnabled)
                    }
                    let created = version["attributes"]?["created"]?.intValue ?? 0
                    if created >= newest?.created ?? .min { newest = (created, isEnabled) }
                }
                guard let link = page["nextLink"]?.stringValue, !link.isEmpty else { break }
                target = try client.next(link)
            }
            guard let newest else { return false }
            return try enabled(newest.isEnabled)
        } catch {
            throw error.named(provider: self.name.spelling, path: reference.displayPath)
        }
    }

    package func dispose() async {
        await lease.dispose()
    }
}

extension AzureKeyVaultProvider {
    private enum Versions {
        case page(JSONValue)
        case missing
        /// Nobody has allowed us to list them.
        case unknown
    }

    /// Reads what is at a target.
    ///
    /// - Returns: Nil if there is no such secret.
    private func get(_ target: String) async throws(SecretError) -> JSONValue? {
        try await lease.withToken { [self] token throws(SecretError) in
            let answer = try await client.get(target, token)
            if answer.isMissing { return nil }
            guard answer.isSuccess, let json = answer.json else { throw try failure(answer, token) }
            return json
        }
    }

    private func versions(_ target: String) async throws(SecretError) -> Versions {
        try await lease.withToken { [self] token throws(SecretError) in
            let answer = try await client.get(target, token)
            if answer.isMissing { return .missing }
            // Access policies have a permission of its own for lists, which reading does not need; roles do not.
            if answer.isRefusedByPolicy { return .unknown }
            guard answer.isSuccess, let json = answer.json else { throw try failure(answer, token) }
            return .page(json)
        }
    }

    /// What an answer that is no success means, and what to do about the token.
    private func failure(_ answer: KeyVaultAnswer, _ token: AzureToken) throws(SecretError) -> SecretError {
        guard answer.status == 401, let challenge = answer.challenge else { return answer.failure(token.identity) }
        if let resource = challenge.resource, resource != settings.cloud.resource {
            return SecretError(
                .providerConfigInvalid,
                "what answers at the vaultUrl wants a token for something else than Key Vault; it gets none"
            )
        }
        if let claims = challenge.claims { issuer.demand(claims) }
        return answer.failure(
            token.identity + (challenge.tenant.map { "; the vault trusts the directory \($0)" } ?? "")
        )
    }

    private func enabled(_ isEnabled: Bool) throws(SecretError) -> Bool {
        guard isEnabled else {
            throw SecretError(
                .providerPermissionDenied,
                "the secret, or the version, is disabled; enable it in the vault"
            )
        }
        return true
    }

    /// Warns of a secret whose time is over or has not come: the vault gives it all the same.
    private func report(_ attributes: JSONValue?, _ reference: SecretReference) {
        let now = Int(client.time.sinceEpoch.components.seconds)
        let words: String
        if let end = attributes?["exp"]?.intValue, end <= now {
            words = "expired \(now - end) seconds ago"
        } else if let start = attributes?["nbf"]?.intValue, start > now {
            words = "is not to be used for \(start - now) more seconds"
        } else {
            return
        }
        let isNews = reported.withLock { reported in
            if reported.count >= Self.mostReported { reported = [] }
            return reported.insert(reference).inserted
        }
        guard isNews else { return }
        logger.warning(
            "provider '\(name)': the secret at '\(reference.displayPath)' \(words), by its own dates; the vault gives it all the same"
        )
    }
}

/// Gives the tokens of a source to a lease.
final class AzureTokenIssuer: TokenIssuer {
    private static let largestClaims = 4096

    private let source: any AzureTokenSource
    private let name: ProviderName
    private let logger: Logger
    /// What was reported last.
    private let reported = Mutex("")
    /// What the next token must say.
    private let claims = Mutex<String?>(nil)

    init(source: any AzureTokenSource, name: ProviderName, logger: Logger) {
        self.source = source
        self.name = name
        self.logger = logger
    }

    /// Asks for a token that says what the vault wants, in base64.
    func demand(_ encoded: String) {
        guard encoded.utf8.count <= Self.largestClaims, let text = Base64Text.decode(encoded),
            (try? JSONReader.parse(text))?.objectValue != nil
        else { return }
        claims.withLock { $0 = text }
    }

    func logIn() async throws(SecretError) -> TokenGrant<AzureToken> {
        let wanted = claims.withLock { $0 }
        let grant = try await source.issue(claims: wanted)
        claims.withLock { if $0 == wanted { $0 = nil } }
        let identity = grant.token.identity
        let isNews = reported.withLock { reported in
            defer { reported = identity }
            return reported != identity
        }
        if isNews { logger.notice("provider '\(name)' has the token of \(identity)") }
        return grant
    }

    func renew(_ token: AzureToken) async throws(SecretError) -> TokenGrant<AzureToken> {
        throw SecretError(.providerPermissionDenied, "tokens of Azure cannot be extended")
    }

    func revoke(_ token: AzureToken) async {}
}
