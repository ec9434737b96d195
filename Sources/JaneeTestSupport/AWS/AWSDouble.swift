import JaneeSecrets
import Synchronization

/// Secrets Manager and STS of one region of AWS in memory, for tests.
///
/// It answers with the names, texts and members that were recorded of such services, and, unlike the emulators that there
/// are, checks the signature, the time and the token of every request. What AWS draws at random is the same in every run.
package final class AWSDouble: HTTPDouble {
    /// How errors of Secrets Manager are spelled; AWS itself has all of these ways.
    package enum ErrorStyle: Sendable, CaseIterable {
        case modelled
        case namespaced
        case header
    }

    private let now: @Sendable () -> Duration
    private let state: Mutex<AWSState>

    /// - Parameter now: The time since 1970.
    package init(
        region: String = "us-east-1",
        account: String = "123456789012",
        now: @escaping @Sendable () -> Duration
    ) {
        self.now = now
        state = Mutex(AWSState(region: region, account: account))
    }

    package func answer(_ request: DoubleRequest) -> DoubleAnswer {
        let now = now()
        return state.withLock { $0.answer(request, now: now + $0.skew) }
    }

    private func change<Result: Sendable>(_ body: (inout AWSState) -> Result) -> Result {
        state.withLock { state in body(&state) }
    }
}

// MARK: - Control

extension AWSDouble {
    /// How far its clock is ahead.
    package var skew: Duration {
        get { change(\.skew) }
        set { change { $0.skew = newValue } }
    }

    package var errorStyle: ErrorStyle {
        get { change(\.errorStyle) }
        set { change { $0.errorStyle = newValue } }
    }

    /// How many secrets an answer to `BatchGetSecretValue` has at most.
    package var batchPageSize: Int? {
        get { change(\.batchPageSize) }
        set { change { $0.batchPageSize = newValue } }
    }

    // MARK: Keys

    /// Makes keys known, in place of those that had the id.
    ///
    /// - Parameter expires: In time since 1970.
    package func addKey(
        id: String,
        secret: String,
        token: String? = nil,
        expires: Duration? = nil,
        arn: String = "arn:aws:iam::123456789012:user/app"
    ) {
        change { $0.keys[id] = AWSKey(secret: secret, token: token, expires: expires, arn: arn) }
    }

    package func removeKey(id: String) {
        change { $0.keys[id] = nil }
    }

    /// Ends the time of all temporary keys.
    package func expireSessions() {
        change { state in
            for (id, key) in state.keys where key.token != nil { state.keys[id]?.expires = .zero }
        }
    }

    /// - Parameter trusts: How the ARNs of those begin that may assume the role; everybody may if it is nil.
    package func addRole(
        arn: String,
        externalID: String? = nil,
        lifetime: Duration = .seconds(3600),
        trusts: String? = nil
    ) {
        change { $0.roles[arn] = AWSRole(externalID: externalID, lifetime: lifetime, trusts: trusts) }
    }

    /// The only token of a web identity that is accepted.
    package func expectWebIdentity(token: String, expires: Duration? = nil) {
        change { $0.webIdentity = (token, expires) }
    }

    // MARK: Secrets

    /// - Parameter id: The id of the version; one of the double's own if it is nil.
    package func put(_ name: String, string: String, id: String? = nil) {
        change { $0.put(name, .string(string), stage: "AWSCURRENT", id: id) }
    }

    package func put(_ name: String, binary: [UInt8], id: String? = nil) {
        change { $0.put(name, .binary(binary), stage: "AWSCURRENT", id: id) }
    }

    /// Puts a version that is to become the current one.
    package func putPending(_ name: String, string: String) {
        change { $0.put(name, .string(string), stage: "AWSPENDING") }
    }

    /// Makes a secret without a value.
    package func create(_ name: String) {
        change { _ = $0.secret(name) }
    }

    /// Schedules a secret for deletion.
    package func delete(_ name: String) {
        change { $0.secrets[name]?.isDeleted = true }
    }

    package func arn(of name: String) -> String { change { $0.secrets[name]?.arn ?? "" } }

    package func versionID(of name: String, stage: String) -> String? {
        change { $0.secrets[name]?.versions.first { $0.stages.contains(stage) }?.id }
    }

    // MARK: Permissions

    /// Forbids an action, such as `secretsmanager:DescribeSecret`.
    package func deny(_ action: String) {
        change { _ = $0.denied.insert(action) }
    }

    package func allow(_ action: String) {
        change { _ = $0.denied.remove(action) }
    }

    /// Forbids the key with which a secret is encrypted.
    package func denyKMS(_ name: String) {
        change { $0.secrets[name]?.encryption = .denied }
    }

    /// Switches off the key with which a secret is encrypted.
    package func breakKMS(_ name: String) {
        change { $0.secrets[name]?.encryption = .broken }
    }

    // MARK: Faults and requests

    /// Lets a fault hold for the requests with an action, or all: the next `count` ones, or all.
    package func set(_ fault: Fault, action: String? = nil, count: Int? = nil) {
        change { $0.faults.append(AWSActiveFault(fault: fault, action: action, remaining: count)) }
    }

    package func clearFaults() {
        change { $0.faults = [] }
    }

    /// The latest requests, at most 1000, the oldest first.
    package var requests: [DoubleRequest] { change(\.log) }

    package func clearRequests() {
        change { state in
            state.log = []
            state.counts = [:]
        }
    }

    /// How many requests asked for an action, such as `GetSecretValue`.
    package func count(_ action: String) -> Int { change { $0.counts[action] ?? 0 } }
}
