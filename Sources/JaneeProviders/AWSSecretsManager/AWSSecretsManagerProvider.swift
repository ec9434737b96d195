import HTTPTypes
import JaneeJSON
package import JaneeSecrets
import Logging
import Synchronization

/// Secrets of AWS Secrets Manager (RFC 0005, "AWS Secrets Manager Provider").
package final class AWSSecretsManagerProvider: SecretsProvider {
    /// The longest time that a start waits for STS, which reads do not need.
    private static let identityLimit = Duration.seconds(3)

    package let name: ProviderName
    package var type: String { "aws-secrets-manager" }

    let settings: AWSSettings
    let time: TimeSource
    let logger: Logger
    /// Whether AWS has refused to read several secrets with one request.
    let refusesBatches = Mutex(false)

    init(name: ProviderName, settings: AWSSettings, context: ProviderContext) {
        self.name = name
        self.settings = settings
        time = context.time
        logger = context.logger
    }

    /// Gets keys, and has AWS check those that nobody has checked.
    package func initialize() async throws(SecretError) {
        try await settings.lease.start()
        guard !settings.lease.provesKeys else { return }
        do throws(SecretError) {
            let answered: Void? = try await withTimeLimit(
                Self.identityLimit,
                time,
                throwing: { [settings] () async throws(SecretError) in try await settings.checkIdentity() }
            )
            if answered == nil {
                logger.notice("provider '\(name)': STS has not answered; whether the keys are good will show")
            }
        } catch {
            guard !error.isCancellation else { throw error }
            if error.code == .providerAuthFailed { throw error }
            logger.notice("provider '\(name)': STS has not checked the keys: \(error.detail)")
        }
    }

    package func getSecret(_ reference: SecretReference) async throws(SecretError) -> SecretValue? {
        do throws(SecretError) {
            let secret = try SecretIdentifier(reference, in: settings.region)
            let answer = try await ask(.getSecretValue, secret.body(), maximumResponseBytes: AWSClient.largestSecret)
            guard let answer else { return nil }
            return try SecretContent.value(try answer.json(), field: reference.field)
        } catch {
            throw error.named(provider: name.spelling, path: reference.displayPath)
        }
    }

    package func healthCheck() async -> ProviderHealth {
        do throws(SecretError) {
            try await settings.checkIdentity()
        } catch {
            return ProviderHealth(healthy: false, error: error.detail)
        }
        let skew = settings.secretsManager.clock.skew
        guard max(skew, .zero - skew) > .seconds(60) else { return .healthy }
        return ProviderHealth(
            healthy: true,
            notice: "the clock of this machine is \(max(skew, .zero - skew).secondsRoundedUp) seconds"
                + " \(skew > .zero ? "behind" : "ahead of") that of AWS; signatures take that into account"
        )
    }

    /// Tells by what is known about the secret whether it has the version; its value is not read.
    package func probe(_ reference: SecretReference) async throws(SecretError) -> Bool? {
        do throws(SecretError) {
            let secret = try SecretIdentifier(reference, in: settings.region)
            guard let description = try await ask(.describeSecret, secret.body(withVersion: false))?.json() else {
                return false
            }
            guard description["DeletedDate"]?.isNull ?? true else { return false }
            // An answer without versions, as of a secret that is managed elsewhere, tells nothing about them.
            guard let stages = description["VersionIdsToStages"]?.objectValue else { return nil }
            switch secret.version ?? .stage("AWSCURRENT") {
            case .id(let id): return stages[id] != nil
            case .stage(let stage):
                return stages.contains { _, labels in
                    labels.arrayValue?.contains { $0.stringValue == stage } ?? false
                }
            }
        } catch {
            throw error.named(provider: name.spelling, path: reference.displayPath)
        }
    }

    package func dispose() async {
        await settings.lease.dispose()
    }
}

extension AWSSecretsManagerProvider {
    enum Action: String {
        case getSecretValue = "GetSecretValue"
        case batchGetSecretValue = "BatchGetSecretValue"
        case describeSecret = "DescribeSecret"
    }

    /// Sends one request, signed; with new keys if they are refused.
    ///
    /// - Returns: A success, or nil if there is no such secret.
    /// - Throws: What any other error means.
    func ask(
        _ action: Action,
        _ body: [UInt8],
        maximumResponseBytes: Int = AWSClient.largestAnswer
    ) async throws(SecretError) -> AWSAnswer? {
        try await settings.lease.withSession { [settings] session throws(SecretError) in
            let answer = try await settings.secretsManager.send(
                [(.contentType, "application/x-amz-json-1.1"), (.amzTarget, "secretsmanager.\(action.rawValue)")],
                body,
                signedWith: session.credentials,
                maximumResponseBytes: maximumResponseBytes
            )
            if answer.kind == .notFound { return nil }
            guard answer.isSuccess else {
                throw answer.failure("secretsmanager:\(action.rawValue)", session.source)
            }
            return answer
        }
    }
}

extension AWSSettings {
    fileprivate func checkIdentity() async throws(SecretError) {
        try await lease.withSession { [tokenService] session throws(SecretError) in
            try await tokenService.getCallerIdentity(session)
        }
    }
}
