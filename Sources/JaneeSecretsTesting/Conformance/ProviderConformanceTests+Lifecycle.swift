import JaneeSecrets

extension ProviderConformanceTests {
    var lifecycleChecks: [Check] {
        [healthCheck, healthAtAnyTimeCheck, disposeTwiceCheck, readAfterDisposeCheck]
    }

    private var healthCheck: Check {
        check("a working provider is healthy") { provider throws(Failure) in
            let health = await provider.healthCheck()
            guard health.healthy else { throw Failure("the health check says that it is not") }
            guard health.error == nil else { throw Failure("the health check gives a reason although all is well") }
        }
    }

    private var healthAtAnyTimeCheck: Check {
        let name = "the health check answers before initialize() and after dispose(), with a reason if unhealthy"
        return Check(name: name) {
            do throws(Failure) {
                let provider = try await make(makeProvider)
                try Self.examine(await provider.healthCheck(), "before initialize()")
                try? await provider.initialize()
                await provider.dispose()
                try Self.examine(await provider.healthCheck(), "after dispose()")
                return .passed
            } catch {
                return .failed(error.message)
            }
        }
    }

    private static func examine(_ health: ProviderHealth, _ moment: String) throws(Failure) {
        if !health.healthy, health.error?.isEmpty ?? true {
            throw Failure("\(moment) it says unhealthy without a reason")
        }
    }

    private var disposeTwiceCheck: Check {
        check("dispose() may be called twice, at once and on a provider never initialised") {
            provider throws(Failure) in
            await withDiscardingTaskGroup { group in
                for _ in 0..<4 { group.addTask { await provider.dispose() } }
            }
            await provider.dispose()
            let unused = try await make(makeProvider)
            await unused.dispose()
            await unused.dispose()
        }
    }

    private var readAfterDisposeCheck: Check {
        check("a read after dispose() gives the value or fails, never 'not found'") { provider throws(Failure) in
            let known = try await baseline(provider)
            await provider.dispose()
            for secret in known {
                switch await outcome(of: secret.reference, from: provider) {
                case .success(nil): throw Failure("an existing secret was nil, which means 'does not exist'")
                case .success(let value?): try Self.compare(value, with: secret.value)
                case .failure: continue
                }
            }
        }
        .skipped(if: existing.isEmpty, "no existing secret was given")
    }
}
