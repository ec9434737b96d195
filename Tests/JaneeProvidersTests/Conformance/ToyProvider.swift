import JaneeSecrets
import JaneeSecretsTesting
import Synchronization

/// A provider in memory that can be made to break one promise.
final class ToyProvider: WritableSecretsProvider {
    /// The promises there are to break.
    enum Flaw: CaseIterable, Sendable {
        case throwsForMissing
        case valueForMissing
        case nilForExisting
        case throwsForExisting
        case changesOverTime
        case nilForEmptyValue
        case trimsWhitespace
        case stopsAtNUL
        case repairsUnicode
        case composesLetters
        case limitsLength
        case confusesConcurrentReads
        case confusesSeveral
        case inventsAmongSeveral
        case failsAmongSeveral
        case hangs
        case nilWhenCancelled
        case wrongCodeWhenCancelled
        case stopsWorkingAfterCancellation
        case unhealthy
        case healthyWithReason
        case unhealthyWithoutReason
        case healthHangs
        case secondDisposeHangs
        case nilAfterDispose
        case garbageAfterDispose
        case valueInDetail
        case encodedValueInCause
        case valueInHealthReason
        case pathInDetail
        case probeSaysNo
        case probeThrows
        case initializeThrows
        case deleteAlwaysTrue
        case deleteDoesNothing
        case keepsFirstValue
        case createReplaces
        case createSaysNo
        case unsortedList
        case listWithoutNewest
        case storeThrows
    }

    private struct State {
        var secrets: [SecretReference: [UInt8]]
        var reads = 0
        var readsAtOnce = 0
        var disposals = 0
        var wasCancelled = false
    }

    struct Cause: Error {
        let text: String
    }

    let name = ProviderName.local
    var type: String { "toy" }
    private let flaw: Flaw?
    private let state: Mutex<State>

    init(_ flaw: Flaw?, _ secrets: [SecretReference: [UInt8]]) {
        self.flaw = flaw
        state = Mutex(State(secrets: secrets))
    }

    func initialize() async throws(SecretError) {
        if flaw == .initializeThrows { throw SecretError(.providerAuthFailed, "the login was refused") }
    }

    func getSecret(_ reference: SecretReference) async throws(SecretError) -> SecretValue? {
        let (stored, reads, disposals) = state.withLock { state in
            state.reads += 1
            state.readsAtOnce += 1
            return (state.secrets[reference], state.reads, state.disposals)
        }
        defer { state.withLock { $0.readsAtOnce -= 1 } }
        await waitForCancellation()
        if Task.isCancelled { state.withLock { $0.wasCancelled = true } }
        guard reference.field == nil, reference.version == nil else { throw oddReference(reference) }
        if disposals > 0 { return try readAfterEnd(stored) }
        try await misbehaveWhenCancelled()
        if flaw == .nilWhenCancelled, Task.isCancelled { return nil }
        guard let stored else {
            if flaw == .throwsForMissing { throw SecretError(.secretNotFound, "there is no such secret") }
            return flaw == .valueForMissing ? SecretValue("surprise") : nil
        }
        switch flaw {
        case .nilForExisting: return nil
        case .throwsForExisting: throw SecretError(.providerPermissionDenied, "not for you")
        case .changesOverTime: return SecretValue(stored + [UInt8(truncatingIfNeeded: reads)])
        case .confusesConcurrentReads:
            await Task.yield()
            guard state.withLock({ $0.readsAtOnce }) > 1 else { return SecretValue(stored) }
            return state.withLock { $0.secrets.values.min { $0.count < $1.count } }.map { SecretValue($0) }
        default: return damaged(stored).map { SecretValue($0) }
        }
    }

    func getSecrets(
        _ references: [SecretReference]
    ) async -> [SecretReference: Result<SecretValue, SecretError>]? {
        let stored = state.withLock { $0.secrets }
        var found: [SecretReference: Result<SecretValue, SecretError>] = [:]
        for reference in references {
            switch (flaw, stored[reference]) {
            case (.confusesSeveral, .some): found[reference] = .success(SecretValue("of another one"))
            case (.inventsAmongSeveral, nil): found[reference] = .success(SecretValue("surprise"))
            case (.failsAmongSeveral, nil):
                found[reference] = .failure(SecretError(.providerPermissionDenied, "not for you"))
            case (_, let bytes?): found[reference] = .success(SecretValue(bytes))
            case (_, nil): found[reference] = .failure(SecretError(.secretNotFound, "there is no such secret"))
            }
        }
        return found
    }

    /// Makes reads slow enough to be cancelled meanwhile, where that is what is tested.
    private func waitForCancellation() async {
        let flaws: [Flaw] = [.nilWhenCancelled, .wrongCodeWhenCancelled, .stopsWorkingAfterCancellation]
        guard let flaw, flaws.contains(flaw) else { return }
        for _ in 0..<2000 where !Task.isCancelled { await Task.yield() }
    }

    private func misbehaveWhenCancelled() async throws(SecretError) {
        switch flaw {
        case .hangs: await Self.forever()
        case .wrongCodeWhenCancelled where Task.isCancelled: throw SecretError(.providerInternalError, "failed")
        case .stopsWorkingAfterCancellation where state.withLock({ $0.wasCancelled }):
            throw SecretError(.providerUnavailable, "the connection is gone")
        default: break
        }
    }

    private func readAfterEnd(_ stored: [UInt8]?) throws(SecretError) -> SecretValue? {
        switch flaw {
        case .nilAfterDispose: return nil
        case .garbageAfterDispose: return SecretValue("garbage")
        case .valueInDetail:
            let text = String(decoding: stored ?? [], as: UTF8.self)
            throw SecretError(.providerInternalError, "cannot use \(text) any more")
        case .encodedValueInCause:
            let digits = (stored ?? []).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            throw SecretError(.providerInternalError, "failed", cause: Cause(text: "the answer was \(digits)"))
        default: throw SecretError(.providerUnavailable, "the provider was disposed")
        }
    }

    private func oddReference(_ reference: SecretReference) -> SecretError {
        let words = flaw == .pathInDetail ? "there is no field of \(reference.path)" : "there are no fields"
        return SecretError(.invalidSecretURI, words, path: reference.displayPath)
    }

    private func damaged(_ value: [UInt8]) -> [UInt8]? {
        switch flaw {
        case .nilForEmptyValue where value.isEmpty: nil
        case .trimsWhitespace: Array(value.reversed().drop { $0 <= 0x20 && $0 != 0 }.reversed())
        case .stopsAtNUL: Array(value.prefix { $0 != 0 })
        case .repairsUnicode: Array(String(decoding: value, as: UTF8.self).utf8)
        case .composesLetters:
            value == Array("\u{E9} e\u{301} \u{1F511} \u{202E}\u{FEFF}".utf8) ? Array("\u{E9} \u{E9}".utf8) : value
        case .limitsLength: Array(value.prefix(4096))
        default: value
        }
    }

    func probe(_ reference: SecretReference) async throws(SecretError) -> Bool? {
        switch flaw {
        case .probeSaysNo: false
        case .probeThrows: throw SecretError(.providerInternalError, "failed")
        default: state.withLock { $0.secrets[reference] != nil }
        }
    }

    func healthCheck() async -> ProviderHealth {
        let isOver = state.withLock { $0.disposals > 0 }
        switch flaw {
        case .unhealthy: return ProviderHealth(healthy: false, error: "down")
        case .healthyWithReason: return ProviderHealth(healthy: true, error: "all is well")
        case .unhealthyWithoutReason where isOver: return ProviderHealth(healthy: false)
        case .healthHangs: await Self.forever()
        case .valueInHealthReason where isOver:
            let values = state.withLock { $0.secrets.values.map { String(decoding: $0, as: UTF8.self) } }
            return ProviderHealth(healthy: false, error: values.joined())
        default: break
        }
        return isOver ? ProviderHealth(healthy: false, error: "disposed") : .healthy
    }

    func dispose() async {
        let isFirst = state.withLock { state in
            state.disposals += 1
            return state.disposals == 1
        }
        if flaw == .secondDisposeHangs, !isFirst { await Self.forever() }
    }

    func setSecret(_ reference: SecretReference, value: SecretValue) async throws(SecretError) {
        if flaw == .storeThrows { throw SecretError(.providerPermissionDenied, "read-only") }
        state.withLock { state in
            if flaw == .keepsFirstValue, state.secrets[reference] != nil { return }
            state.secrets[reference] = value.bytes
        }
    }

    func createSecret(_ reference: SecretReference, value: SecretValue) async throws(SecretError) -> Bool {
        if flaw == .storeThrows { throw SecretError(.providerPermissionDenied, "read-only") }
        let isCreated = state.withLock { state in
            let isTaken = state.secrets[reference] != nil
            if !isTaken || flaw == .createReplaces { state.secrets[reference] = value.bytes }
            return !isTaken
        }
        return isCreated && flaw != .createSaysNo
    }

    func deleteSecret(_ reference: SecretReference) async throws(SecretError) -> Bool {
        if flaw == .deleteDoesNothing { return state.withLock { $0.secrets[reference] != nil } }
        return state.withLock { $0.secrets.removeValue(forKey: reference) } != nil || flaw == .deleteAlwaysTrue
    }

    func listSecrets() async throws(SecretError) -> [SecretReference] {
        let list = state.withLock { $0.secrets.keys.sorted { $0.path < $1.path } }
        switch flaw {
        case .unsortedList: return list.reversed()
        case .listWithoutNewest: return list.filter { !$0.path.contains("scratch") }
        default: return list
        }
    }

    /// Never returns, not even when cancelled.
    private static func forever() async {
        await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
    }
}
