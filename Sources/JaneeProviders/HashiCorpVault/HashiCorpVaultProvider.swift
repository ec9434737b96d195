import JaneeJSON
package import JaneeSecrets
import Synchronization

/// Secrets of the KV engines of HashiCorp Vault and OpenBao (RFC 0005, "HashiCorp Vault Provider").
package final class HashiCorpVaultProvider: SecretsProvider {
    private struct State {
        /// Nil as long as nothing has shown it.
        var version: KVVersion?
        /// Before this time the server is not asked again which version the mount has.
        var nextQuestion = Duration.zero
        /// What the last segment of a reference has turned out to name.
        var layouts: [SecretReference: KVLayout] = [:]
    }

    /// Beyond this many, layouts are found anew.
    private static let mostLayouts = 4096
    /// A token that is younger may be unknown yet to other nodes of the cluster.
    private static let replicationTime = Duration.seconds(2)
    private static let replicationPause = Duration.milliseconds(250)
    private static let questionPause = Duration.seconds(60)

    package let name: ProviderName
    package let type: String

    private let settings: VaultSettings
    private let session: VaultSession
    private let lease: TokenLease<VaultToken>
    private let check: VaultTokenCheck
    private let state: Mutex<State>
    private let questions = SingleFlight<Bool, Result<KVVersion?, SecretError>>()

    init(type: String, name: ProviderName, settings: VaultSettings, context: ProviderContext) {
        self.type = type
        self.name = name
        self.settings = settings
        let client = VaultClient(remote: settings.remote, transport: context.transport, time: context.time)
        let auth = settings.auth
        let tokenNamespace = auth.namespace ?? settings.namespace
        session = VaultSession(
            client: client,
            namespace: settings.namespace,
            tokenNamespace: tokenNamespace,
            mount: settings.mount
        )
        var wrapped: WrappedSecretID?
        if case .approle(_, _, let role?) = auth.method {
            wrapped = WrappedSecretID(
                role: role,
                mount: auth.mount,
                namespace: tokenNamespace,
                name: name,
                client: client,
                context: context
            )
        }
        let login = VaultLogin(
            auth: auth,
            name: name,
            session: session,
            substitution: context.substitution,
            logger: context.logger,
            wrapped: wrapped,
            aws: settings.aws
        )
        lease = TokenLease(provider: name, issuer: login, context: context, requestLimit: settings.requestLimit) {
            context.substitution.observe($0.value)
        }
        check = VaultTokenCheck(session) { [lease] token, uses in lease.spend(token, uses: uses) }
        state = Mutex(State(version: settings.version))
    }

    package func initialize() async throws(SecretError) {
        try await lease.start()
    }

    package func getSecret(_ reference: SecretReference) async throws(SecretError) -> SecretValue? {
        do throws(SecretError) {
            try VaultReference.check(reference, layout: settings.layout, version: settings.version)
            switch try await find(reference) {
            case .value(let json, let layout):
                remember(layout, of: reference)
                if let value = try JSONFieldValue.value(json, mayBeStructured: reference.field != nil) { return value }
                throw SecretError(.secretNotFound, "the field is null")
            case .notFound(let detail):
                if let detail = detail ?? hint(reference).map({ "no such secret; \($0)" }) {
                    throw SecretError(.secretNotFound, detail)
                }
                return nil
            case .denied(_, let detail):
                let hint = hint(reference).map { "; \($0)" } ?? ""
                throw SecretError(.providerPermissionDenied, detail + hint)
            }
        } catch {
            throw error.named(provider: name.spelling, path: reference.displayPath)
        }
    }

    package func layout(of reference: SecretReference) -> String? {
        guard reference.field == nil else { return nil }
        return state.withLock { $0.layouts[reference] }?.rawValue
    }

    package func healthCheck() async -> ProviderHealth {
        do throws(SecretError) {
            let health = try await session.serverHealth()
            guard health.healthy else { return health }
            try await lease.start()
            return health
        } catch {
            return ProviderHealth(healthy: false, error: error.detail)
        }
    }

    /// Tells by the policies of the token whether it may read the reference at all; never whether there is a secret.
    package func probe(_ reference: SecretReference) async throws(SecretError) -> Bool? {
        let known = state.withLock { $0.version }
        let paths = (known.map { [$0] } ?? [.v2, .v1])
            .flatMap { version in
                plans(reference).map { path(of: $0, reference, version).joined(separator: "/") }
            }
        let answer = try await lease.withToken { [session] token throws(SecretError) in
            let answer = try await session.capabilities(token.value, paths)
            if answer.saysTokenIsInvalid || answer.lacksToken { throw KVAnswer.refusal(of: token) }
            return answer
        }
        // A token without the default policy may not ask.
        guard answer.status != 403 else { return nil }
        guard answer.isSuccess, let data = answer.data ?? answer.json else { throw answer.failure }
        let mayRead = paths.contains { path in
            data[path]?.arrayValue?.contains { ["read", "root", "sudo"].contains($0.stringValue) } ?? false
        }
        guard mayRead else {
            throw SecretError(
                .providerPermissionDenied,
                "no policy of the token allows reading it"
                    + (known == .v1 ? "" : "; policies for KV version 2 name its path with 'data/' after the mount"),
                provider: name.spelling,
                path: reference.displayPath
            )
        }
        return nil
    }

    package func dispose() async {
        await lease.dispose()
        await settings.aws?.lease.dispose()
    }
}

// MARK: - Reading

extension HashiCorpVaultProvider {
    /// Looks for the value, and when it is refused or missing, for what may be wrong before that is believed.
    private func find(_ reference: SecretReference) async throws(SecretError) -> KVOutcome {
        let version = state.withLock { $0.version } ?? .v2
        let first = Read(reference: reference, version: version)
        let outcome = try await confirmed(try await read(first), first)
        if outcome.isValue { return outcome }
        let mounted = try await mountedVersion(otherThan: version)
        guard mounted != version else { return outcome }
        return try await read(Read(reference: reference, version: mounted))
    }

    /// Tells a refusal because of a policy from one because of the token, which is replaced then.
    private func confirmed(_ outcome: KVOutcome, _ wanted: Read) async throws(SecretError) -> KVOutcome {
        var outcome = outcome
        guard case .denied(let token, _) = outcome, !token.value.isEmpty else { return outcome }
        if token.isOurs, session.client.time.now - token.since < Self.replicationTime {
            try await pause()
            outcome = try await read(wanted)
        }
        guard case .denied(let refused, _) = outcome, try await check.isDead(refused) else { return outcome }
        var again = wanted
        again.dead = refused
        outcome = try await read(again)
        if case .denied = outcome { check.wasWrong() }
        return outcome
    }

    /// What is read, and how.
    private struct Read {
        let reference: SecretReference
        let version: KVVersion
        /// A token that is not to be used any more.
        var dead: VaultToken?
    }

    private func read(_ wanted: Read) async throws(SecretError) -> KVOutcome {
        let reference = wanted.reference
        if let field = reference.field {
            return KVLayoutRules.field(field, of: try await get(.secret, wanted))
        }
        let last = reference.segments.last ?? ""
        switch plans(reference) {
        case [.field]: return KVLayoutRules.field(last, of: try await get(.field, wanted))
        case [.secret]: return KVLayoutRules.secret(try await get(.secret, wanted))
        default:
            let first = try await get(.field, wanted)
            let outcome = KVLayoutRules.field(last, of: first)
            if outcome.isValue { return outcome }
            return KVLayoutRules.auto(field: last, first, secret: try await get(.secret, wanted))
        }
    }

    /// The layouts to try, in order.
    private func plans(_ reference: SecretReference) -> [KVLayout] {
        if reference.field != nil || reference.segments.count == 1 { return [.secret] }
        if let layout = settings.layout ?? state.withLock({ $0.layouts[reference] }) { return [layout] }
        return [.field, .secret]
    }

    private func path(of layout: KVLayout, _ reference: SecretReference, _ version: KVVersion) -> [String] {
        let segments = layout == .field ? reference.segments.dropLast() : reference.segments[...]
        return settings.mount + (version == .v2 ? ["data"] : []) + segments
    }

    /// One request, with the token that is held, or the one that a login yields.
    private func get(_ layout: KVLayout, _ wanted: Read) async throws(SecretError) -> KVAnswer {
        let (reference, version, dead) = (wanted.reference, wanted.version, wanted.dead)
        if version == .v1, reference.version != nil {
            throw SecretError(.invalidSecretURI, "secrets of KV version 1 have no versions")
        }
        let request = VaultRequest(
            path: path(of: layout, reference, version),
            query: reference.version.map { "?version=\($0)" } ?? "",
            namespace: settings.namespace,
            maximumResponseBytes: VaultClient.largestSecret
        )
        return try await lease.withToken { [session, check] token throws(SecretError) in
            guard token != dead else { throw KVAnswer.refusal(of: token) }
            var request = request
            request.token = token.value
            let answer = try KVAnswer(
                try await session.client.send(request),
                version,
                token: token,
                mount: session.mount
            )
            if case .denied = answer {} else { check.served(token) }
            return answer
        }
    }

    /// The version of the mount's engine, as far as it can be told, after a read for `version` has yielded nothing.
    ///
    /// It is asked for only then, for a policy may forbid the question and it costs a use of the token; a KV v1 engine
    /// answers reads meant for v2 as if nothing were there. Whoever comes meanwhile waits for the answer, and no answer
    /// is an error: nothing is believed to be missing before it is known where to look.
    private func mountedVersion(otherThan version: KVVersion) async throws(SecretError) -> KVVersion {
        let now = session.client.time.now
        let (known, isDue) = state.withLock { ($0.version, now >= $0.nextQuestion) }
        if let known { return known }
        guard isDue else { return version }
        let result = await questions.value(for: true) { [self] in
            do throws(SecretError) {
                let answer = try await lease.withToken { [session] token throws(SecretError) in
                    try await session.mountedVersion(token.value)
                }
                state.withLock { state in
                    state.version = answer ?? state.version
                    if answer == nil { state.nextQuestion = session.client.time.now + Self.questionPause }
                }
                return .success(answer)
            } catch {
                return .failure(error)
            }
        }
        return try (result ?? .failure(.cancelled)).get() ?? version
    }

    private func pause() async throws(SecretError) {
        do { try await session.client.time.sleep(for: Self.replicationPause) } catch { throw .cancelled }
    }

    private func remember(_ layout: KVLayout, of reference: SecretReference) {
        guard settings.layout == nil, reference.field == nil, reference.segments.count > 1 else { return }
        state.withLock { state in
            if state.layouts.count >= Self.mostLayouts { state.layouts = [:] }
            state.layouts[reference] = layout
        }
    }

    /// What a path that holds nothing may have been meant to be.
    private func hint(_ reference: SecretReference) -> String? {
        let segments = reference.segments
        if segments.count > settings.mount.count, Array(segments.prefix(settings.mount.count)) == settings.mount {
            return "the path begins with the mount, which Janee puts in front itself: leave it out"
        }
        if segments.count > 1, segments[0] == "data", state.withLock({ $0.version }) != .v1 {
            return "the path begins with 'data/', which Janee adds itself: leave it out"
        }
        return nil
    }
}

extension KVOutcome {
    fileprivate var isValue: Bool {
        if case .value = self { true } else { false }
    }
}
