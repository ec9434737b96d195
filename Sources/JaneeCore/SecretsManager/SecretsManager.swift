package import JaneeFiles
package import JaneeSecrets
package import Logging
import Synchronization

/// The one place from which a secret is read (RFC 0005, `SecretsManager`).
///
/// A reference goes to the provider it names and to no other: there is no fallback. What every provider shares stands
/// around it in a ``ProviderPipeline``; each read is reported, whoever answered it.
package final class SecretsManager: SecretsManaging {
    private enum Registration: Sendable {
        case provider(ProviderPipeline)
        /// Declared but not usable; every use fails with the reason.
        case refused(SecretError)
    }

    private let registrations = Mutex<[ProviderName: Registration]>([:])
    /// The provider that serves bare paths and undeclared reserved names.
    private let defaultProvider: ProviderName

    let time: TimeSource
    let logger: Logger
    let metrics: JaneeMetrics
    private let refreshed: @Sendable (ProviderName) -> FileStamp?
    private let report: @Sendable (SecretAccess) -> Void
    let observe: @Sendable (SecretValue) -> Void
    /// What happens in the background after a start.
    private let watcher = Mutex<Task<Void, Never>?>(nil)

    /// - Parameters:
    ///   - defaultProvider: The provider that serves bare paths and undeclared reserved names.
    ///   - refreshed: Gives something else for a provider after another process has asked to forget what is kept of it.
    ///   - report: Takes the record of each read.
    ///   - observe: Learns of every value that is read.
    package init(
        defaultProvider: ProviderName,
        time: TimeSource,
        logger: Logger,
        metrics: JaneeMetrics = .disabled,
        refreshed: @escaping @Sendable (ProviderName) -> FileStamp? = { _ in nil },
        report: @escaping @Sendable (SecretAccess) -> Void = { _ in },
        observe: @escaping @Sendable (SecretValue) -> Void = { _ in }
    ) {
        self.defaultProvider = defaultProvider
        self.time = time
        self.logger = logger
        self.metrics = metrics
        self.refreshed = refreshed
        self.report = report
        self.observe = observe
    }

    package func registerProvider(_ provider: any SecretsProvider) throws(SecretError) {
        try registerProvider(provider, limits: ProviderLimits())
    }

    /// Adds a provider whose reads are bounded by `limits`.
    package func registerProvider(_ provider: any SecretsProvider, limits: ProviderLimits) throws(SecretError) {
        let pipeline = ProviderPipeline(
            provider,
            limits: limits,
            time: time,
            logger: logger,
            metrics: metrics,
            refreshed: { [refreshed, name = provider.name] in refreshed(name) }
        )
        try register(.provider(pipeline), as: provider.name)
    }

    /// Records that the configuration of a declared provider is wrong, and why: nothing is served where it is needed.
    package func registerRefusal(_ error: SecretError, as name: ProviderName) throws(SecretError) {
        try register(.refused(error), as: name)
    }

    private func register(_ registration: Registration, as name: ProviderName) throws(SecretError) {
        let isNew = registrations.withLock { registrations in
            guard registrations[name] == nil else { return false }
            registrations[name] = registration
            return true
        }
        guard isNew else {
            throw SecretError(
                .providerConfigInvalid,
                "a provider of this name is registered already",
                provider: name.spelling
            )
        }
    }

    /// The provider that serves `name`.
    ///
    /// - Throws: `PROVIDER_NOT_FOUND`, or why the provider cannot be used.
    package func provider(_ name: ProviderName) throws(SecretError) -> any SecretsProvider {
        try pipeline(name).provider
    }

    /// The provider that serves `name` if it asks nobody but this machine.
    func localProvider(_ name: ProviderName) throws(SecretError) -> (any SecretsProvider)? {
        let pipeline = try pipeline(name)
        return pipeline.limits.isRemote ? nil : pipeline.provider
    }

    func pipeline(_ name: ProviderName) throws(SecretError) -> ProviderPipeline {
        let (found, names) = registrations.withLock { registrations in
            let found = registrations[name] ?? (name.isReserved ? registrations[defaultProvider] : nil)
            return (found, registrations.keys.map(\.spelling))
        }
        switch found {
        case .provider(let pipeline): return pipeline
        case .refused(let error): throw error.named(provider: name.spelling)
        case nil:
            let hint = NearestName.of(name.spelling, among: names).map { "; did you mean '\($0)'?" } ?? ""
            throw SecretError(.providerNotFound, "no provider is named '\(name)'\(hint)")
        }
    }

    package func getSecret(_ uri: SecretURI, for service: String?) async throws(SecretError) -> SecretValue {
        let began = time.now
        // Of a reference that no provider serves, nothing is repeated: what looks like one may be a password in a URL.
        var served: ProviderPipeline?
        do throws(SecretError) {
            let pipeline = try pipeline(uri.provider)
            served = pipeline
            let answer = await pipeline.read(uri.reference)
            guard let value = try answer.result.get() else { throw notFound(uri, pipeline.provider) }
            observe(value)
            report(uri, pipeline, service, since: began, isStale: answer.isStale)
            return value
        } catch {
            report(uri, served, service, error, since: began)
            throw uri.form == .bare ? Self.withholding(uri.reference, from: error) : error
        }
    }

    func report(
        _ uri: SecretURI,
        _ pipeline: ProviderPipeline?,
        _ service: String?,
        _ error: SecretError? = nil,
        since began: Duration,
        isStale: Bool = false
    ) {
        let code = error?.code
        // A bare reference that is not known to be stored may be a key pasted by mistake.
        let isShown = pipeline != nil && (uri.form != .bare || code == nil)
        let access = SecretAccess(
            provider: (pipeline?.provider.name ?? uri.provider).spelling,
            path: isShown ? uri.reference.displayPath : nil,
            service: service,
            success: code == nil,
            code: code,
            latency: time.now - began,
            isStale: isStale,
            layout: code == nil ? pipeline?.provider.layout(of: uri.reference) : nil
        )
        metrics.access(access, isCancelled: error?.isCancellation == true)
        report(access)
    }

    /// The error without the reference.
    ///
    /// A bare one may be a key pasted by mistake, so nothing repeats it, not even a provider that puts it into its
    /// words. Short ones are no keys and occur in ordinary words.
    private static func withholding(_ reference: SecretReference, from error: SecretError) -> SecretError {
        let names = [reference.path, reference.displayPath].filter { $0.utf8.count >= 8 }
        guard names.contains(where: { error.detail.contains($0) }) else { return error.withholdingPath() }
        return SecretError(
            error.code,
            "the provider failed; its words are withheld, because they name the reference",
            provider: error.provider,
            retryAfter: error.retryAfter
        )
    }

    private func notFound(_ uri: SecretURI, _ provider: any SecretsProvider) -> SecretError {
        let advice =
            uri.form == .bare ? "; store it with 'janee secret set', and put no key itself into the configuration" : ""
        return SecretError(
            .secretNotFound,
            "no such secret is stored\(advice)",
            provider: provider.name.spelling,
            path: uri.reference.displayPath
        )
    }

    /// A provider that could not be started.
    package struct StartFailure: Sendable {
        /// The failure, with the provider's name.
        package let error: SecretError
        /// Whether somebody must change something before it can ever work.
        ///
        /// Then nothing is to be served (RFC 0005, "Fail fast"). A provider that is down fails its own services only.
        package let isFatal: Bool
    }

    /// Initialises providers, all at the same time.
    ///
    /// One that does not answer within `patience` is unavailable: the server starts without it.
    package func start(
        _ names: some Sequence<ProviderName>,
        within patience: Duration = .seconds(5)
    ) async -> [StartFailure] {
        var failures: [Int: StartFailure] = [:]
        var starting: [Int: ProviderPipeline] = [:]
        for (index, name) in names.uniqued().enumerated() {
            do throws(SecretError) {
                let pipeline = try pipeline(name)
                if !starting.values.contains(where: { $0 === pipeline }) { starting[index] = pipeline }
            } catch {
                failures[index] = StartFailure(error: error, isFatal: true)
            }
        }
        await withTaskGroup(of: (Int, SecretError?).self) { group in
            for (index, pipeline) in starting {
                group.addTask { [time] in (index, await pipeline.startError(within: patience, time)) }
            }
            for await case (let index, let error?) in group {
                failures[index] = StartFailure(error: error, isFatal: Self.fatalCodes.contains(error.code))
            }
        }
        return failures.sorted { $0.key < $1.key }.map(\.value)
    }

    private static let fatalCodes: [SecretError.Code] = [
        .providerNotFound, .providerConfigInvalid, .invalidSecretURI, .providerAuthFailed,
    ]

    /// Whether each provider can serve reads, by name; never throws.
    package func health() async -> [(provider: String, health: ProviderHealth, latency: Duration)] {
        let pipelines = self.pipelines.sorted { $0.provider.name.spelling < $1.provider.name.spelling }
        return await pipelines.concurrentMap { pipeline in
            let (health, latency) = await pipeline.health()
            return (pipeline.provider.name.spelling, health, latency)
        }
    }

    /// Starts a provider and asks for its health.
    ///
    /// - Returns: Why it does not start, or its health and how long it took to tell.
    package func check(_ name: ProviderName) async -> (error: SecretError?, health: ProviderHealth, latency: Duration) {
        do throws(SecretError) {
            let pipeline = try pipeline(name)
            let began = time.now
            if let error = await pipeline.startError(within: pipeline.limits.attempt, time) {
                return (error, ProviderHealth(healthy: false, error: error.detail), time.now - began)
            }
            let (health, latency) = await pipeline.health()
            return (nil, health, latency)
        } catch {
            return (error, ProviderHealth(healthy: false, error: error.detail), .zero)
        }
    }

    /// Whether a secret exists, without its value; nil if the back end cannot tell.
    package func probe(_ uri: SecretURI) async throws(SecretError) -> Bool? {
        try await pipeline(uri.provider).probe(uri.reference)
    }

    /// Tells the metrics how the providers stand.
    package func updateGauges() {
        metrics.updateTokens(at: time.now)
        for pipeline in pipelines { pipeline.updateGauges() }
    }

    /// How a provider stands, without asking it.
    package struct Standing: Sendable, Hashable {
        package let name: String
        package let type: String
        /// Whether it has been started and answered when it was last asked.
        package let isUp: Bool
    }

    /// How providers stand, each once.
    package func standing(_ names: some Sequence<ProviderName>) -> [Standing] {
        var standings: [Standing] = []
        for name in names.uniqued() {
            let pipeline = try? pipeline(name)
            let standing = Standing(
                name: (pipeline?.provider.name ?? name).spelling,
                type: pipeline?.provider.type ?? "",
                isUp: pipeline?.isUp ?? false
            )
            if !standings.contains(standing) { standings.append(standing) }
        }
        return standings
    }

    /// Forgets kept values and cool-downs of a provider.
    package func refresh(_ name: ProviderName) throws(SecretError) {
        try pipeline(name).refresh()
    }

    /// Goes on in the background with what a start has left (``supervise(_:_:)``), in place of what went on before.
    package func watch(_ names: [ProviderName], _ uses: [ReferenceUse]) {
        let before = watcher.withLock { watcher in
            defer { watcher = Task { [weak self] in await self?.supervise(names, uses) } }
            return watcher
        }
        before?.cancel()
    }

    package func dispose() async {
        let watcher = watcher.withLock { watcher in
            defer { watcher = nil }
            return watcher
        }
        watcher?.cancel()
        await withTaskGroup { group in
            for pipeline in pipelines { group.addTask { await pipeline.provider.dispose() } }
        }
    }

    var pipelines: [ProviderPipeline] {
        registrations.withLock { registrations in
            registrations.values.compactMap { if case .provider(let pipeline) = $0 { pipeline } else { nil } }
        }
    }
}
