import JaneeSecrets

extension ProviderConformanceTests {
    private static let concurrentReads = 64

    var readingChecks: [Check] {
        [missingSecretCheck, existingSecretCheck, concurrencyCheck, severalCheck, probeCheck]
    }

    private var missingSecretCheck: Check {
        check("a missing secret is nil, not an error") { provider throws(Failure) in
            for reference in missing {
                do throws(SecretError) {
                    guard try await provider.getSecret(reference) != nil else { continue }
                } catch {
                    throw Failure(
                        "reading \(reference.displayPath), which does not exist, threw \(error.code.rawValue)"
                    )
                }
                throw Failure("reading \(reference.displayPath), which does not exist, gave a value")
            }
        }
        .skipped(if: missing.isEmpty, "no missing reference was given")
    }

    private var existingSecretCheck: Check {
        check("an existing secret is read byte for byte, every time") { provider throws(Failure) in
            for secret in try await baseline(provider) {
                _ = try await read(Existing(secret.reference, secret.value), from: provider)
            }
        }
        .skipped(if: existing.isEmpty, "no existing secret was given")
    }

    private var concurrencyCheck: Check {
        check("concurrent reads give each caller its own secret") { provider throws(Failure) in
            let known = try await baseline(provider)
            let failures = await withTaskGroup { group in
                for number in 0..<Self.concurrentReads {
                    group.addTask { await concurrentRead(number, known, provider) }
                }
                return await group.reduce(into: [Failure]()) { failures, failure in
                    if let failure { failures.append(failure) }
                }
            }
            if let first = failures.first {
                throw Failure("\(failures.count) of \(Self.concurrentReads) reads at once went wrong: \(first.message)")
            }
        }
        .skipped(if: existing.isEmpty, "no existing secret was given")
    }

    /// One of many reads; every other one of a missing secret, if one is known.
    private func concurrentRead(
        _ number: Int,
        _ known: [(reference: SecretReference, value: SecretValue)],
        _ provider: any SecretsProvider
    ) async -> Failure? {
        do throws(Failure) {
            guard number.isMultiple(of: 2) || missing.isEmpty else {
                let reference = missing[number % missing.count]
                if case .success(nil) = await outcome(of: reference, from: provider) { return nil }
                return Failure("a missing secret was not nil")
            }
            let secret = known[number / 2 % known.count]
            _ = try await read(Existing(secret.reference, secret.value), from: provider)
            return nil
        } catch {
            return error
        }
    }

    private var severalCheck: Check {
        check("reading several secrets at once agrees with reading each") { provider throws(Failure) in
            let known = Dictionary(try await baseline(provider).map { ($0.reference, $0.value) }) { $1 }
            guard let found = await provider.getSecrets(known.keys + missing) else { return }
            for (reference, result) in found {
                let path = reference.displayPath
                switch (result, known[reference]) {
                case (.success(let value), let wanted?) where value == wanted: continue
                case (.success, .some): throw Failure("\(path) had another value among several")
                case (.success, nil): throw Failure("\(path) had a value among several, and does not exist")
                case (.failure(let error), .some): throw Failure("\(path) among several threw \(error.code.rawValue)")
                case (.failure(let error), nil):
                    guard error.code != .secretNotFound else { continue }
                    throw Failure("\(path), which does not exist, threw \(error.code.rawValue) among several")
                }
            }
        }
        .skipped(if: existing.isEmpty && missing.isEmpty, "no reference was given")
    }

    private var probeCheck: Check {
        check("probing agrees with reading") { provider throws(Failure) in
            for (references, exists) in [(existing.map(\.reference), true), (missing, false)] {
                for reference in references {
                    do throws(SecretError) {
                        guard let answer = try await provider.probe(reference), answer != exists else { continue }
                    } catch {
                        throw Failure("probing \(reference.displayPath) threw \(error.code.rawValue)")
                    }
                    throw Failure("probing \(reference.displayPath) said \(!exists), reading says \(exists)")
                }
            }
        }
        .skipped(if: existing.isEmpty && missing.isEmpty, "no reference was given")
    }

    func outcome(
        of reference: SecretReference,
        from provider: any SecretsProvider
    ) async -> Swift.Result<SecretValue?, SecretError> {
        do throws(SecretError) {
            return .success(try await provider.getSecret(reference))
        } catch {
            return .failure(error)
        }
    }
}

extension ProviderConformanceTests.Check {
    /// The same test, or one that only says why it does not apply.
    func skipped(if condition: Bool, _ reason: String) -> Self {
        condition ? Self(name: name) { .skipped(reason) } : self
    }
}
