import JaneeSecrets
import JaneeSecretsTesting
import Testing

/// Every promise of the conformance tests, with a provider that breaks it.
@Suite("What the conformance tests notice")
struct ConformanceFlawTests {
    /// The tests that fail for each flaw, by words of their names; others must pass.
    static let expectations: [(flaw: ToyProvider.Flaw, failing: [String])] = [
        (.throwsForMissing, ["missing secret is nil", "concurrent reads", "stored, replaced"]),
        (.valueForMissing, ["missing secret is nil", "concurrent reads", "stored, replaced", "leaves the path"]),
        (.nilForExisting, everyRead),
        (.throwsForExisting, everyRead),
        (.changesOverTime, everyRead),
        (.nilForEmptyValue, [": nothing"]),
        (.trimsWhitespace, ["a line break at the end", "blanks around it"]),
        (.stopsAtNUL, ["a single NUL", "every byte there is", "64 KiB"]),
        (.repairsUnicode, ["every byte there is", "no UTF-8", "64 KiB"]),
        (.composesLetters, ["composed and decomposed"]),
        (.limitsLength, ["64 KiB", "65536 letters"]),
        (.confusesConcurrentReads, ["concurrent reads", "cancelled meanwhile", "cancelled before"]),
        (.confusesSeveral, ["several secrets"]),
        (.inventsAmongSeveral, ["several secrets"]),
        (.failsAmongSeveral, ["several secrets"]),
        (.hangs, everyRead + ["missing secret is nil", "stored, replaced", "leaves the path"]),
        (.nilWhenCancelled, ["cancelled before", "cancelled meanwhile"]),
        (.wrongCodeWhenCancelled, ["cancelled before", "cancelled meanwhile"]),
        (.stopsWorkingAfterCancellation, ["cancelled before", "cancelled meanwhile"]),
        (.unhealthy, ["is healthy"]),
        (.healthyWithReason, ["is healthy"]),
        (.unhealthyWithoutReason, ["health check answers"]),
        (.healthHangs, ["is healthy", "health check answers", "errors hold no value"]),
        (.secondDisposeHangs, ["called twice", "read after dispose", "errors hold no value"]),
        (.nilAfterDispose, ["read after dispose"]),
        (.garbageAfterDispose, ["read after dispose"]),
        (.valueInDetail, ["errors hold no value"]),
        (.encodedValueInCause, ["errors hold no value"]),
        (.valueInHealthReason, ["errors hold no value"]),
        (.pathInDetail, ["leaves the path"]),
        (.probeSaysNo, ["probing agrees"]),
        (.probeThrows, ["probing agrees"]),
        (.deleteAlwaysTrue, ["stored, replaced"]),
        (.deleteDoesNothing, ["stored, replaced"]),
        (.keepsFirstValue, ["stored, replaced"]),
        (.createReplaces, ["stored, replaced"]),
        (.createSaysNo, ["stored, replaced"]),
        (.unsortedList, ["stored, replaced"]),
        (.listWithoutNewest, ["stored, replaced"]),
        (.storeThrows, ["stored, replaced", "read as it was stored"]),
    ]

    private static let everyRead = [
        "existing secret is read", "concurrent reads", "several secrets", "cancelled before", "cancelled meanwhile",
        "read after dispose",
        "errors hold no value", "read as it was stored", "stored, replaced",
    ]

    /// Tests over a provider with a flaw, whose patience ends as soon as everybody but the clock waits.
    private func run(_ flaw: ToyProvider.Flaw?) async throws -> [ProviderConformanceTests.Result] {
        let values = ["long": SecretCanary(.apiKey), "deep/er": SecretCanary(.token)]
        var secrets: [SecretReference: [UInt8]] = [:]
        for (path, canary) in values { secrets[try reference(path)] = canary.bytes }
        let clock = ManualClock()
        let tests = ProviderConformanceTests(
            existing: secrets.map { .init($0.key, SecretValue($0.value)) },
            missing: [try reference("missing"), try reference("deep/missing")],
            scratch: try reference("m/scratch"),
            patience: .seconds(30),
            clock: clock
        ) { [secrets] in
            ToyProvider(flaw, secrets)
        }
        return try await HangingRun.results(of: tests, clock, canHang: flaw.map(HangingRun.flaws.contains) ?? false)
    }

    @Test("a provider that keeps its promises passes everything")
    func flawless() async throws {
        let results = try await run(nil)
        #expect(results.count == 24)
        for result in results { #expect(result.passed && !result.skipped, "\(result)") }
    }

    @Test("a broken promise fails the tests that are about it and no other", arguments: expectations)
    func flaw(flaw: ToyProvider.Flaw, failing: [String]) async throws {
        let results = try await run(flaw)
        for result in results {
            let mustFail = failing.contains { result.name.contains($0) }
            #expect(result.passed == !mustFail, "\(result)")
            #expect(result.passed || !result.message.isEmpty)
        }
        for words in failing { #expect(results.contains { $0.name.contains(words) }, "no test is named '\(words)'") }
    }

    @Test("a provider that does not start fails everything that needs one")
    func initialisation() async throws {
        let results = try await run(.initializeThrows)
        let passed = results.filter(\.passed)
        #expect(passed.count == 1)
        #expect(passed.first?.name.contains("before initialize()") == true)
        #expect(results.contains { $0.message.contains("PROVIDER_AUTH_FAILED") })
    }

    @Test("every flaw is expected to be noticed")
    func complete() {
        #expect(Set(Self.expectations.map(\.flaw)).union([.initializeThrows]) == Set(ToyProvider.Flaw.allCases))
    }

    @Test("no result repeats a value, whatever the provider does", arguments: ToyProvider.Flaw.allCases)
    func discretion(flaw: ToyProvider.Flaw) async throws {
        let canary = SecretCanary(.apiKey)
        let path = try reference("a")
        let clock = ManualClock()
        let tests = ProviderConformanceTests(existing: [.init(path, canary.value)], missing: [], clock: clock) {
            ToyProvider(flaw, [path: canary.bytes])
        }
        for result in try await HangingRun.results(of: tests, clock, canHang: HangingRun.flaws.contains(flaw)) {
            #expect(canary.forms(in: "\(result)").isEmpty)
        }
    }
}

/// Runs conformance tests over providers that may hang, without waiting for real.
enum HangingRun {
    static let flaws: Set<ToyProvider.Flaw> = [.hangs, .healthHangs, .secondDisposeHangs]

    static func results(
        of tests: ProviderConformanceTests,
        _ clock: ManualClock,
        canHang: Bool
    ) async throws -> [ProviderConformanceTests.Result] {
        guard canHang else { return await tests.run() }
        return try await withThrowingTaskGroup(of: [ProviderConformanceTests.Result]?.self) { group in
            group.addTask { await tests.run() }
            group.addTask {
                // A hanging provider is the only one that waits while the time stands still; moving it on ends its test. A
                // test that has just begun fails, too, if the time is moved in that moment, so others get turns first.
                while !Task.isCancelled {
                    await clock.untilSleeping()
                    for _ in 0..<20_000 where !Task.isCancelled { await Task.yield() }
                    clock.advanceToNextDeadline()
                }
                return nil
            }
            while let result = try await group.next() {
                guard let result else { continue }
                group.cancelAll()
                return result
            }
            return []
        }
    }
}
