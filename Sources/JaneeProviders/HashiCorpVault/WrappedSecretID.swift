import HTTPTypes
import JaneeJSON
import JaneeSecrets
import Logging
import Synchronization

/// A secret id of AppRole that is handed over in a wrapping token, which can be opened once.
///
/// Whoever opens one before us leaves a trace: ours fails. So does whoever puts a token of their own in its place: it was
/// made elsewhere. Both are security events and are logged as such. What was opened is kept in memory for later logins.
final class WrappedSecretID: Sendable {
    private struct Opened: Sendable {
        let wrapping: SecretValue
        let secretID: SecretValue
    }

    /// The only paths at which a secret id of the role is made.
    private let creationPaths: Set<String>
    private let client: VaultClient
    private let namespace: String?
    private let logger: Logger
    private let name: ProviderName
    private let observe: @Sendable (SecretValue) -> Void
    private struct State: Sendable {
        var opened: Opened?
        /// One whose opening was asked for without an answer that we know of.
        var attempted: SecretValue?
        /// The last one that the alarm was about.
        var reported: SecretValue?
    }

    private let state = Mutex(State())

    init(
        role: String,
        mount: [String],
        namespace: String?,
        name: ProviderName,
        client: VaultClient,
        context: ProviderContext
    ) {
        let path = (["auth"] + mount + ["role", role, "secret-id"]).joined(separator: "/")
        // Some servers write the namespace in front.
        let inNamespace = namespace.map { (VaultRequest.segments($0) + [path]).joined(separator: "/") }
        creationPaths = Set([path, inNamespace].compactMap { $0 })
        self.client = client
        self.namespace = namespace
        self.name = name
        logger = context.logger
        observe = context.substitution.observe
    }

    /// The secret id in a wrapping token.
    ///
    /// - Throws: `PROVIDER_AUTH_FAILED` if it was opened before, has expired or was made elsewhere.
    func open(_ wrapping: SecretValue) async throws(SecretError) -> SecretValue {
        if let opened = state.withLock({ $0.opened }), opened.wrapping == wrapping { return opened.secretID }
        guard let text = wrapping.text else {
            throw SecretError(.providerConfigInvalid, "the wrapping token is not text")
        }
        let lookup = try await client.send(
            VaultRequest(
                method: .post,
                path: ["sys", "wrapping", "lookup"],
                namespace: namespace,
                body: ["token": .string(text)]
            )
        )
        guard lookup.isSuccess else { throw refusal(of: lookup, wrapping) }
        guard let path = lookup.data?["creation_path"]?.stringValue else { throw lookup.failure }
        guard creationPaths.contains(path) else {
            throw alarm(
                wrapping,
                "the wrapping token was not made where secret ids of the role are: somebody may have put another in its"
                    + " place. It was not opened"
            )
        }
        state.withLock { $0.attempted = wrapping }
        let answer = try await client.send(
            VaultRequest(method: .post, path: ["sys", "wrapping", "unwrap"], token: wrapping, namespace: namespace)
        )
        if !answer.isSuccess { state.withLock { $0.attempted = nil } }
        guard answer.isSuccess else { throw refusal(of: answer, wrapping) }
        guard let secret = answer.data?["secret_id"]?.stringValue, !secret.isEmpty else { throw answer.failure }
        let secretID = SecretValue(secret)
        observe(secretID)
        if let seconds = answer.data?["secret_id_ttl"]?.intValue, seconds > 0 {
            logger.notice("provider '\(name)': the secret id that was unwrapped expires in \(seconds) seconds")
        }
        state.withLock { $0 = State(opened: Opened(wrapping: wrapping, secretID: secretID)) }
        return secretID
    }

    private func refusal(of answer: VaultAnswer, _ wrapping: SecretValue) -> SecretError {
        guard answer.status == 400 || answer.status == 403 else { return answer.failure }
        guard state.withLock({ $0.attempted }) != wrapping else {
            return SecretError(
                .providerAuthFailed,
                "the wrapping token is spent: most likely our own request opened it, whose answer was lost. Hand over a new"
                    + " one, and revoke the secret id that was in it"
            )
        }
        return alarm(
            wrapping,
            "the wrapping token has been opened already or has expired. If no earlier start of Janee opened it, somebody"
                + " else has the secret id: revoke it. Hand over a new wrapping token either way"
        )
    }

    /// Says it once for each wrapping token, loudly.
    private func alarm(_ wrapping: SecretValue, _ text: String) -> SecretError {
        let isNews = state.withLock { state in
            defer { state.reported = wrapping }
            return state.reported != wrapping
        }
        if isNews { logger.critical("SECURITY: provider '\(name)': \(text)") }
        return SecretError(.providerAuthFailed, text)
    }
}
