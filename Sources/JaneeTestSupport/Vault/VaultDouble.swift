import Synchronization

/// A small Vault in memory, for tests.
///
/// It answers as HashiCorp Vault 1.8 was recorded to answer, with the same texts and the members in the same order.
/// What the real server draws at random is the same here in every run, and time passes only as its clock says.
///
/// A new double is a development server: one key-value engine of version 2 at `secret/`, and a root token.
package final class VaultDouble: HTTPDouble {
    package typealias Request = DoubleRequest
    package typealias Answer = DoubleAnswer

    package struct Settings: Sendable {
        /// Whether `X-Vault-Namespace` means anything; the open-source server does not look at it.
        package var namespacesEnabled = false
        /// Whether it refuses requests without `X-Vault-Request`, as the Agent can.
        package var requireRequestHeader = false
        /// What a proxy in front of the server takes away from the path, such as `/vault`.
        package var pathPrefix = ""
        /// By how many seconds the time that `sys/health` tells is ahead.
        package var healthSkew: Int64 = 0
        package var version = "1.8.0-dev"
        package var storageType = "inmem"
        /// What the auth method `aws` asks who has signed a request.
        package var tokenService: (any HTTPDouble)?
        /// What such a request must hold, if anything (`iam_server_id_header_value`).
        package var iamServerID: String?

        package init() {}
    }

    package let rootToken: String
    private let now: @Sendable () -> Duration
    private let base: Int64
    private let state: Mutex<VaultState>

    /// - Parameters:
    ///   - base: The wall clock, in seconds since 1970, when `now` is zero.
    ///   - now: A clock that does not go backwards.
    package init(
        rootToken: String = "root",
        settings: Settings = Settings(),
        base: Duration = .seconds(1_795_458_116),
        now: @escaping @Sendable () -> Duration
    ) {
        self.rootToken = rootToken
        self.now = now
        self.base = base.nanoseconds
        let start = VaultTime(nanoseconds: base.nanoseconds + now().nanoseconds)
        state = Mutex(VaultState(settings: settings, rootToken: rootToken, now: start))
    }

    package func answer(_ request: Request) -> Answer {
        answer(request, isPreparation: false)
    }

    func answer(_ request: Request, isPreparation: Bool) -> Answer {
        let time = base + now().nanoseconds
        return state.withLock { state in
            state.answer(request, now: VaultTime(nanoseconds: time + state.advance), isPreparation: isPreparation)
        }
    }

    /// Changes what the double keeps, between two requests.
    func change<Result: Sendable>(_ body: (inout VaultState) -> Result) -> Result {
        state.withLock { state in body(&state) }
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
}
