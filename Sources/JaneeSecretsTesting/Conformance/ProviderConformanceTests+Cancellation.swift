import JaneeSecrets

extension ProviderConformanceTests {
    private static let cancelledReads = 16

    var cancellationChecks: [Check] {
        [
            cancellationCheck(
                "a read whose task is cancelled before it begins ends, and never as 'not found'",
                begun: false
            ),
            cancellationCheck("a read whose task is cancelled meanwhile ends, and never as 'not found'", begun: true),
        ]
    }

    private func cancellationCheck(_ name: String, begun: Bool) -> Check {
        check(name) { provider throws(Failure) in
            let known = try await baseline(provider)
            for secret in known {
                for outcome in await cancelledOutcomes(of: secret.reference, from: provider, begun: begun) {
                    try Self.examine(outcome, secret.value)
                }
            }
            // A cancelled read must leave nothing behind that harms the next.
            for secret in known {
                _ = try await read(Existing(secret.reference, secret.value), from: provider)
            }
        }
        .skipped(if: existing.isEmpty, "no existing secret was given")
    }

    private func cancelledOutcomes(
        of reference: SecretReference,
        from provider: any SecretsProvider,
        begun: Bool
    ) async -> [Swift.Result<SecretValue?, SecretError>] {
        let (starts, start) = AsyncStream<Void>.makeStream()
        return await withTaskGroup(of: Swift.Result<SecretValue?, SecretError>.self) { group in
            if !begun { group.cancelAll() }
            for _ in 0..<Self.cancelledReads {
                group.addTask {
                    start.yield()
                    return await outcome(of: reference, from: provider)
                }
            }
            if begun {
                var iterator = starts.makeAsyncIterator()
                for _ in 0..<Self.cancelledReads { await iterator.next() }
                group.cancelAll()
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    private static func examine(
        _ outcome: Swift.Result<SecretValue?, SecretError>,
        _ value: SecretValue
    ) throws(Failure) {
        switch outcome {
        case .success(nil):
            throw Failure("a cancelled read of an existing secret gave nil, which means 'does not exist'")
        case .success(let read?): try compare(read, with: value)
        case .failure(let error):
            guard error.code == .providerUnavailable else {
                throw Failure("a cancelled read threw \(error.code.rawValue); it must be PROVIDER_UNAVAILABLE")
            }
        }
    }
}
