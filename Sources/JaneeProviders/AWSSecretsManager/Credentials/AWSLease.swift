import JaneeSecrets
import JaneeSigV4
import Logging
import Synchronization

/// The keys that requests are signed with: got when they are needed, replaced before they expire, and where roles are
/// assumed, each with those of the one before.
struct AWSLease: Sendable {
    /// The first ones are those of the source, the last ones those that requests are signed with; never empty.
    private let leases: [TokenLease<AWSSession>]
    private let last: TokenLease<AWSSession>
    /// Whether whoever gives the keys has thereby proved that AWS accepts them.
    let provesKeys: Bool

    /// - Parameters:
    ///   - service: Assumes roles.
    ///   - requestLimit: The longest time of one request; getting keys may take several.
    ///   - isOwnLogin: Whether the provider has no other credentials, so that what happens to these is counted.
    ///   - container: The way to a credential source of containers that is asked with TLS.
    init(
        _ auth: AWSAuth,
        _ name: ProviderName,
        service: SecurityTokenService,
        requestLimit: Duration,
        context: ProviderContext,
        isOwnLogin: Bool = true,
        container: @escaping @Sendable (EndpointURL) throws(SecretError) -> RemoteEndpoint
    ) {
        let substitution = context.substitution
        let clock = service.client.clock
        let first: any AWSCredentialSource =
            switch auth.method {
            case .accessKey(let id, let secret, let token):
                AccessKeySource(id: id, secret: secret, token: token, substitution: substitution)
            case .iamRole:
                IAMRoleSource(
                    webIdentity: WebIdentitySource(
                        service: service,
                        substitution: substitution,
                        sessionName: String("janee-\(name.spelling)".prefix(64))
                    ),
                    container: ContainerSource(
                        calls: MetadataCalls(transport: context.metadata, time: context.time, timeout: .seconds(2)),
                        substitution: substitution,
                        remote: container,
                        transport: context.transport
                    ),
                    instance: InstanceMetadataSource(name, context, clock),
                    substitution: substitution
                )
            }
        let lease = { (source: any AWSCredentialSource, isLast: Bool) in
            TokenLease(
                provider: name,
                issuer: AWSKeyIssuer(source: source, clock: clock, name: name, logger: context.logger),
                time: context.time,
                logger: context.logger,
                requestLimit: requestLimit * 3,
                observe: { session in
                    substitution.observe(session.credentials.secretAccessKey)
                    if let token = session.credentials.sessionToken { substitution.observe(token) }
                },
                // What happens to the keys in between shows in the last ones.
                report: { if isLast, isOwnLogin { context.tokenEvents(name, $0) } }
            )
        }
        var last = lease(first, auth.roles.isEmpty)
        var leases = [last]
        for (index, role) in auth.roles.enumerated() {
            last = lease(
                AssumedRoleSource(role: role, service: service, caller: last),
                index == auth.roles.count - 1
            )
            leases.append(last)
        }
        self.leases = leases
        self.last = last
        provesKeys = if case .iamRole = auth.method { true } else { !auth.roles.isEmpty }
    }

    /// Gets keys if there are none.
    func start() async throws(SecretError) { try await last.start() }

    /// Makes a request with the keys, and once more with new ones if they are refused (`PROVIDER_AUTH_FAILED`).
    func withSession<Value: Sendable>(
        _ body: (AWSSession) async throws(SecretError) -> Value
    ) async throws(SecretError) -> Value {
        try await last.withToken(body)
    }

    func dispose() async {
        for lease in leases.reversed() { await lease.dispose() }
    }
}

/// Gives the keys of a source to a lease.
private final class AWSKeyIssuer: TokenIssuer {
    private let source: any AWSCredentialSource
    private let clock: AWSClock
    private let name: ProviderName
    private let logger: Logger
    /// What was reported last.
    private let reported = Mutex("")

    init(source: any AWSCredentialSource, clock: AWSClock, name: ProviderName, logger: Logger) {
        self.source = source
        self.clock = clock
        self.name = name
        self.logger = logger
    }

    func logIn() async throws(SecretError) -> TokenGrant<AWSSession> {
        let sent = clock.time.now
        let issued = try await source.issue()
        let source = issued.session.source
        let isNews = reported.withLock { reported in
            defer { reported = source }
            return reported != source
        }
        if isNews { logger.notice("provider '\(name)' has the keys of \(source)") }
        // What is left was more when they were asked for, from when on it is counted.
        let passed = clock.time.now - sent
        return TokenGrant(
            issued.session,
            lifetime: issued.expiration.map { $0 - clock.now + passed },
            refreshAfter: issued.askAgainAfter
        )
    }

    func renew(_ token: AWSSession) async throws(SecretError) -> TokenGrant<AWSSession> {
        throw SecretError(.providerPermissionDenied, "keys of AWS cannot be extended")
    }

    func revoke(_ token: AWSSession) async {}
}
