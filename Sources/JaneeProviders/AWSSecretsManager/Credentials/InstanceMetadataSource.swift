import HTTPTypes
import JaneeSecrets
import Logging
import Synchronization

/// The role of an instance, by the second version of its metadata service (IMDSv2); the first is never asked.
///
/// Keys that have expired are used on as long as the service has no better ones, as AWS accepts them then ("static
/// stability"); those that have not are not.
final class InstanceMetadataSource: AWSCredentialSource {
    private struct Token: Sendable {
        let value: SecretValue
        let expiration: Duration
    }

    private struct State: Sendable {
        var token: Token?
        var last: IssuedKeys?
    }

    private static let tokenLifetime = 21_600
    private static let rolePath = "/latest/meta-data/iam/security-credentials/"
    /// How much earlier than they expire keys count as expired: the clocks are not the same.
    private static let tolerance = Duration.seconds(10)
    static let pause = Duration.seconds(600)
    private static let disabledVariable = "AWS_EC2_METADATA_DISABLED"

    private let calls: MetadataCalls
    private let place: MetadataPlace
    private let substitution: SubstitutionSource
    private let clock: AWSClock
    private let name: ProviderName
    private let logger: Logger
    private let jitter: @Sendable () -> Double
    private let state = Mutex(State())

    /// - Parameter jitter: A number from 0 to 1 that spreads pauses.
    init(
        _ name: ProviderName,
        _ context: ProviderContext,
        _ clock: AWSClock,
        jitter: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }
    ) {
        calls = MetadataCalls(transport: context.metadata, time: context.time, timeout: .seconds(1))
        substitution = context.substitution
        place = MetadataPlace(name, context)
        logger = context.logger
        self.name = name
        self.clock = clock
        self.jitter = jitter
    }

    func issue() async throws(SecretError) -> IssuedAWSSession {
        let fresh: IssuedKeys
        do throws(SecretError) {
            fresh = try await ask()
        } catch {
            guard error.isTransient, !error.isCancellation, let last = state.withLock({ $0.last }), isExpired(last)
            else {
                throw error
            }
            return extended(last, "the instance metadata service does not answer")
        }
        let kept = state.withLock { state in
            // What is handed out late is no better than what was handed out before.
            if let last = state.last, last.expiration > fresh.expiration { return last }
            state.last = fresh
            return fresh
        }
        return isExpired(kept) ? extended(kept, "the instance metadata service has no newer ones") : kept.issued
    }

    private func isExpired(_ keys: IssuedKeys) -> Bool {
        keys.expiration - clock.now <= Self.tolerance
    }

    private func extended(_ keys: IssuedKeys, _ reason: String) -> IssuedAWSSession {
        // Ten minutes, and two to ten more, so that not all instances ask at once.
        let pause = Self.pause + .seconds(120) + .seconds(480) * jitter()
        logger.warning(
            """
            provider '\(name)': the keys of \(keys.issued.session.source) have expired and \(reason); they are used on, \
            which AWS allows in such a case, and it is asked again in \(pause.secondsRoundedUp) seconds
            """
        )
        return IssuedAWSSession(session: keys.issued.session, expiration: nil, askAgainAfter: pause)
    }
}

extension InstanceMetadataSource {
    private func ask() async throws(SecretError) -> IssuedKeys {
        let endpoint = try endpoint()
        let roles = try await get(Self.rolePath, endpoint)
        let text = String(validating: roles.body, as: UTF8.self) ?? ""
        let role = text.split(separator: "\n").first.map(String.init) ?? ""
        guard roles.status == 200, !role.isEmpty else {
            throw SecretError(
                .providerAuthFailed,
                "the instance has no role; attach an instance profile, or use another auth method"
            )
        }
        // Names of roles, by the API of IAM.
        guard AWSAccount.isWord(role, or: "+=,.@-"), role.utf8.count <= 64 else {
            throw SecretError(.providerInternalError, "the instance metadata service names no role")
        }
        let response = try await get(Self.rolePath + role, endpoint)
        guard response.status == 200 else {
            throw SecretError(
                .providerAuthFailed,
                "the instance metadata service gives no keys of the role '\(role)' (status \(response.status))"
            )
        }
        return try IssuedKeys(response, source: "the role of the instance, \(role) (IMDSv2)")
    }

    private func endpoint() throws(SecretError) -> MetadataEndpoint {
        guard substitution.value(Self.disabledVariable)?.lowercased() != "true" else {
            throw SecretError(
                .providerConfigInvalid,
                "there is no role: neither \(WebIdentitySource.fileVariable) nor \(ContainerSource.variables[0]) nor"
                    + " \(ContainerSource.variables[1]) is set, and \(Self.disabledVariable) forbids asking the instance"
            )
        }
        return try place.endpoint(.awsInstance)
    }

    /// Reads with the token that is held, or, if that is refused, with a new one.
    private func get(_ path: String, _ endpoint: MetadataEndpoint) async throws(SecretError) -> InboundResponse {
        var token = try await token(endpoint, insteadOf: nil)
        var response = try await read(path, endpoint, token)
        if response.status == 401 {
            token = try await self.token(endpoint, insteadOf: token)
            response = try await read(path, endpoint, token)
        }
        switch response.status {
        case 401:
            throw SecretError(.providerAuthFailed, "the instance metadata service refuses the token it has just given")
        case 403:
            throw SecretError(.providerAuthFailed, "the instance metadata service refuses access (status 403)")
        case 429: throw SecretError(.providerRateLimited, "the instance metadata service is asked too often")
        case 500...599:
            throw SecretError(
                .providerUnavailable,
                "the instance metadata service failed (status \(response.status))"
            )
        default: return response
        }
    }

    private func read(
        _ path: String,
        _ endpoint: MetadataEndpoint,
        _ token: SecretValue
    ) async throws(SecretError) -> InboundResponse {
        try await calls.send(.get, path, at: endpoint, [(.ec2MetadataToken, .secret(prefix: "", token))])
    }

    private func token(
        _ endpoint: MetadataEndpoint,
        insteadOf refused: SecretValue?
    ) async throws(SecretError) -> SecretValue {
        let now = clock.time.now
        if let held = state.withLock({ $0.token }), held.value != refused, held.expiration > now { return held.value }
        let response: InboundResponse
        do throws(SecretError) {
            response = try await calls.send(
                .put,
                "/latest/api/token",
                at: endpoint,
                [(.ec2MetadataTokenLifetime, .plain(String(Self.tokenLifetime)))]
            )
        } catch {
            guard error.isTransient, !error.isCancellation else { throw error }
            throw SecretError(
                .providerUnavailable,
                """
                the instance metadata service does not answer (\(error.detail)); if this is no instance, use another \
                auth method, and if it is a container on one, let answers go one hop further: aws ec2 \
                modify-instance-metadata-options --http-put-response-hop-limit 2
                """,
                cause: error
            )
        }
        switch response.status {
        case 200: break
        case 500...599:
            throw SecretError(.providerUnavailable, "the instance metadata service failed (status \(response.status))")
        default:
            throw SecretError(
                .providerAuthFailed,
                "the instance metadata service gives no token (status \(response.status)): it is switched off, or knows"
                    + " only its first version, which is not used"
            )
        }
        let token = SecretValue(response.body)
        guard token.withBytes({ (1...1024).contains($0.count) && $0.allSatisfy { $0 > 0x20 && $0 < 0x7F } }) else {
            throw SecretError(
                .providerInternalError,
                "the instance metadata service answers with something else than a token"
            )
        }
        substitution.observe(token)
        state.withLock { $0.token = Token(value: token, expiration: now + .seconds(Self.tokenLifetime - 60)) }
        return token
    }
}

extension HTTPField.Name {
    // As above, these are constants.
    static let ec2MetadataToken = HTTPField.Name("X-aws-ec2-metadata-token") ?? .accept
    static let ec2MetadataTokenLifetime = HTTPField.Name("X-aws-ec2-metadata-token-ttl-seconds") ?? .accept
}
