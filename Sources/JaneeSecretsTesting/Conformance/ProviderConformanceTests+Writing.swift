import JaneeSecrets

extension ProviderConformanceTests {
    /// The values that careless handling damages.
    private static var difficultValues: [(name: String, bytes: [UInt8])] {
        [
            ("nothing", []),
            ("a single NUL", [0]),
            ("a line break at the end", Array("value\n".utf8)),
            ("blanks around it", Array(" \t value \r\n".utf8)),
            ("composed and decomposed letters", Array("\u{E9} e\u{301} \u{1F511} \u{202E}\u{FEFF}".utf8)),
            ("every byte there is", Array(UInt8.min...UInt8.max)),
            ("bytes that are no UTF-8", [0xC3, 0x28, 0xFF, 0xFE, 0xED, 0xA0, 0x80]),
            ("quotes, braces and escapes", Array(#"{"a":"\u0000\n'%00$(x)`"}"#.utf8)),
            ("65536 letters", (0..<65_536).map { UInt8(ascii: "a") + UInt8(truncatingIfNeeded: $0 % 26) }),
            ("64 KiB", (0..<65_536).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }),
        ]
    }

    var writingChecks: [Check] {
        Self.difficultValues.map(writtenValueCheck) + [writableLifecycleCheck]
    }

    private func writtenValueCheck(_ name: String, _ bytes: [UInt8]) -> Check {
        let title = "a value is read as it was stored: \(name)"
        guard let scratch else { return Check(name: title) { .skipped("no scratch reference was given") } }
        if holdsOnlyText, String(validating: bytes, as: UTF8.self) == nil {
            return Check(name: title) { .skipped("the back end holds text, and this cannot be written as text") }
        }
        return Check(name: title) {
            await outcome(makeInitialized) { provider throws(Failure) in
                let writable = provider as? any WritableSecretsProvider
                let value = SecretValue(bytes)
                if let store {
                    do {
                        try await store(scratch, value)
                    } catch {
                        throw Failure("the value could not be stored")
                    }
                } else if let writable {
                    try await write(value, to: scratch, of: writable)
                } else {
                    return .skipped("the provider cannot write and no way to store was given")
                }
                _ = try await read(Existing(scratch, value), from: provider)
                if let writable { try await remove(scratch, from: writable) }
                return .passed
            }
        }
    }

    private var writableLifecycleCheck: Check {
        let title = "a secret can be stored, replaced, listed and deleted"
        guard let scratch else { return Check(name: title) { .skipped("no scratch reference was given") } }
        return Check(name: title) {
            await outcome(makeInitialized) { provider throws(Failure) in
                guard let writable = provider as? any WritableSecretsProvider else {
                    return .skipped("the provider cannot write")
                }
                try await liveAndDie(scratch, in: writable)
                return .passed
            }
        }
    }

    private func liveAndDie(_ scratch: SecretReference, in provider: any WritableSecretsProvider) async throws(Failure)
    {
        try await remove(scratch, from: provider)
        guard try await !remove(scratch, from: provider) else {
            throw Failure("deleting a secret that does not exist said that there was one")
        }
        guard try await create(scratch, SecretValue("a first and rather long value"), in: provider) else {
            throw Failure("creating a secret that does not exist said that there was one")
        }
        guard try await !create(scratch, SecretValue("another"), in: provider) else {
            throw Failure("creating a secret that exists said that there was none")
        }
        _ = try await read(Existing(scratch, SecretValue("a first and rather long value")), from: provider)
        try await write(SecretValue("a second"), to: scratch, of: provider)
        _ = try await read(Existing(scratch, SecretValue("a second")), from: provider)
        guard try await list(provider).count(where: { $0 == scratch }) == 1 else {
            throw Failure("the list does not hold a stored secret exactly once")
        }
        guard try await remove(scratch, from: provider) else {
            throw Failure("deleting a secret said that there was none")
        }
        guard case .success(nil) = await outcome(of: scratch, from: provider) else {
            throw Failure("a deleted secret is not nil")
        }
        guard try await !list(provider).contains(scratch) else { throw Failure("the list holds a deleted secret") }
    }

    private func list(_ provider: any WritableSecretsProvider) async throws(Failure) -> [SecretReference] {
        let list: [SecretReference]
        do throws(SecretError) {
            list = try await provider.listSecrets()
        } catch {
            throw Failure("listing threw \(error.code.rawValue)")
        }
        guard zip(list, list.dropFirst()).allSatisfy({ $0.path <= $1.path }) else {
            throw Failure("the list is not sorted by path")
        }
        return list
    }

    func write(
        _ value: SecretValue,
        to reference: SecretReference,
        of provider: any WritableSecretsProvider
    ) async throws(Failure) {
        do throws(SecretError) {
            try await provider.setSecret(reference, value: value)
        } catch {
            throw Failure("storing \(value.count) bytes threw \(error.code.rawValue)")
        }
    }

    private func create(
        _ reference: SecretReference,
        _ value: SecretValue,
        in provider: any WritableSecretsProvider
    ) async throws(Failure) -> Bool {
        do throws(SecretError) {
            return try await provider.createSecret(reference, value: value)
        } catch {
            throw Failure("creating threw \(error.code.rawValue)")
        }
    }

    @discardableResult
    func remove(_ reference: SecretReference, from provider: any WritableSecretsProvider) async throws(Failure) -> Bool
    {
        do throws(SecretError) {
            return try await provider.deleteSecret(reference)
        } catch {
            throw Failure("deleting threw \(error.code.rawValue)")
        }
    }
}
