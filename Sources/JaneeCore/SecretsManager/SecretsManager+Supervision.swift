package import JaneeSecrets
import Logging

/// A secret that a service needs.
package struct ReferenceUse: Sendable {
    package let service: String
    package let uri: SecretURI

    package init(service: String, uri: SecretURI) {
        self.service = service
        self.uri = uri
    }
}

extension SecretsManager {
    /// Starts the providers that could not be started, again and again, and checks what is needed of those that run.
    ///
    /// It ends when every provider has been checked once, or when its task is cancelled.
    func supervise(_ names: [ProviderName], _ uses: [ReferenceUse]) async {
        var watched: [(pipeline: ProviderPipeline, uses: [ReferenceUse])] = []
        for name in names.uniqued() {
            // Those that cannot be used were reported at the start.
            guard let pipeline = try? pipeline(name), pipeline.limits.isRemote || !pipeline.isReady else { continue }
            let own = uses.filter { $0.uri.provider == name }
            if let index = watched.firstIndex(where: { $0.pipeline === pipeline }) {
                watched[index].uses += own
            } else {
                watched.append((pipeline, own))
            }
        }
        await withTaskGroup { group in
            for (pipeline, uses) in watched {
                group.addTask { [self] in
                    // A store of this machine was not started if its key is kept elsewhere; it needs no check beyond that.
                    guard await recover(pipeline), pipeline.limits.isRemote else { return }
                    let open = await prefetch(uses, pipeline)
                    guard await isHealthy(pipeline) else { return }
                    for use in open where !Task.isCancelled { await check(use, pipeline) }
                }
            }
        }
    }

    /// Starts a provider, with growing pauses between the attempts; false if the task is cancelled.
    private func recover(_ pipeline: ProviderPipeline) async -> Bool {
        var pauses = Backoff()
        while !pipeline.isReady {
            pauses.fail(at: time.now, first: .seconds(1), jitter: Double.random(in: 0...1))
            guard (try? await time.sleep(for: pauses.notBefore - time.now)) != nil else { return false }
            if let error = await pipeline.startError(within: pipeline.limits.operation, time) {
                logger.info("provider '\(pipeline.provider.name)' is still not available: \(error.code.rawValue)")
            } else {
                logger.notice("provider '\(pipeline.provider.name)' is available now")
            }
        }
        return !Task.isCancelled
    }

    private func isHealthy(_ pipeline: ProviderPipeline) async -> Bool {
        let (health, latency) = await pipeline.health()
        guard !Task.isCancelled else { return false }
        if health.healthy {
            logger.info(
                "provider '\(pipeline.provider.name)' is healthy",
                metadata: ["latencyMs": "\(Int(latency / .milliseconds(1)))"]
            )
            if let notice = health.notice { logger.warning("provider '\(pipeline.provider.name)': \(notice)") }
        } else {
            logger.warning(
                "provider '\(pipeline.provider.name)' is not healthy: \(health.error ?? "it does not say why")"
            )
        }
        return health.healthy
    }

    /// Fills the cache of a provider that has one and can read many secrets at once.
    ///
    /// - Returns: The uses about whose secrets that has told nothing.
    private func prefetch(_ uses: [ReferenceUse], _ pipeline: ProviderPipeline) async -> [ReferenceUse] {
        let began = time.now
        guard let found = await pipeline.prefetch(uses.map(\.uri.reference).uniqued()) else { return uses }
        var read = 0
        for use in uses {
            switch found[use.uri.reference] {
            case .success(let value):
                read += 1
                observe(value)
                report(use.uri, pipeline, use.service, since: began)
            case .failure(let error):
                report(use.uri, pipeline, use.service, error, since: began)
                warn(use, pipeline, error.code)
            case nil: break
            }
        }
        logger.info("provider '\(pipeline.provider.name)': \(read) secret(s) were read ahead into the cache")
        return uses.filter { found[$0.uri.reference] == nil }
    }

    /// Warns if a service cannot have its secret; no value is read.
    private func check(_ use: ReferenceUse, _ pipeline: ProviderPipeline) async {
        let code: SecretError.Code
        do throws(SecretError) {
            // What the back end cannot tell shows when the secret is needed.
            guard try await pipeline.probe(use.uri.reference) == false else { return }
            code = .secretNotFound
        } catch {
            guard !error.isCancellation else { return }
            code = error.code
        }
        warn(use, pipeline, code)
    }

    private func warn(_ use: ReferenceUse, _ pipeline: ProviderPipeline, _ code: SecretError.Code) {
        logger.warning(
            "service '\(use.service)' cannot have its secret from provider '\(pipeline.provider.name)': \(code.rawValue)"
        )
    }
}
