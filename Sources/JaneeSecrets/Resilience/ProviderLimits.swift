/// How the reads of one provider are bounded and repeated: the optional fields that every remote provider has.
public struct ProviderLimits: Sendable, Hashable {
    /// The longest time of one attempt (`timeoutMs`; RFC 0005, "Timeout").
    public var attempt: Duration
    /// The longest time of a read, waits and attempts together (`operationTimeoutMs`).
    public var operation: Duration
    /// How failures are repeated (`retry`).
    public var retry: RetryPolicy
    /// After how many failed operations requests pause, and for how long (`circuitBreaker`); nil for never.
    public var breaker: Breaker?
    /// How long values are kept (`cache`); nil for not at all.
    public var cache: Cache?
    /// How many operations are in flight at a time (`maxConcurrentOperations`); the rest wait within their time.
    public var concurrentOperations: Int
    /// Whether the back end is another machine.
    ///
    /// Only then are references that keep failing left alone for a while, and checked in the background at start.
    public var isRemote: Bool

    /// The bounds of a circuit breaker.
    public struct Breaker: Sendable, Hashable {
        /// How many operations in a row must fail.
        public var failures: Int
        /// For how long nothing is sent then.
        public var cooldown: Duration

        /// Makes bounds; the defaults are the RFC's.
        public init(failures: Int = 5, cooldown: Duration = .seconds(30)) {
            self.failures = failures
            self.cooldown = cooldown
        }
    }

    /// The bounds of a cache.
    public struct Cache: Sendable, Hashable {
        /// How long a value is used without asking.
        public var timeToLive: Duration
        /// How much longer it is used while the back end is unavailable.
        public var maximumStaleness: Duration

        /// Makes bounds.
        public init(timeToLive: Duration, maximumStaleness: Duration = .zero) {
            self.timeToLive = timeToLive
            self.maximumStaleness = maximumStaleness
        }
    }

    /// Makes limits; the defaults are those of remote providers.
    public init(
        attempt: Duration = .seconds(10),
        operation: Duration = .seconds(35),
        retry: RetryPolicy = RetryPolicy(),
        breaker: Breaker? = Breaker(),
        cache: Cache? = nil,
        concurrentOperations: Int = 16,
        isRemote: Bool = true
    ) {
        self.attempt = attempt
        self.operation = operation
        self.retry = retry
        self.breaker = breaker
        self.cache = cache
        self.concurrentOperations = concurrentOperations
        self.isRemote = isRemote
    }

    /// Of providers that ask nobody but this machine: what fails there fails again at once, and what is mended there
    /// works at once.
    public static let local = ProviderLimits(
        retry: .never,
        breaker: nil,
        concurrentOperations: 64,
        isRemote: false
    )
}

extension ProviderLimits {
    /// Reads the optional fields of a checked configuration.
    public init(_ section: ConfigSection) {
        self.init()
        attempt = section.milliseconds("timeoutMs") ?? attempt
        operation = section.milliseconds("operationTimeoutMs") ?? operation
        concurrentOperations = section.integer("maxConcurrentOperations") ?? concurrentOperations
        if let section = section.section("retry") { retry = RetryPolicy(section) }
        if let section = section.section("circuitBreaker") {
            breaker?.failures = section.integer("failures") ?? 5
            breaker?.cooldown = section.milliseconds("cooldownMs") ?? .seconds(30)
        }
        if let section = section.section("cache"), let seconds = section.integer("ttlSeconds") {
            cache = Cache(
                timeToLive: .seconds(seconds),
                maximumStaleness: .seconds(section.integer("maxStaleSeconds") ?? 0)
            )
        }
    }
}

extension RetryPolicy {
    /// Reads a `retry` block.
    fileprivate init(_ section: ConfigSection) {
        self.init()
        maxAttempts = section.integer("maxAttempts") ?? maxAttempts
        initialDelay = section.milliseconds("initialDelayMs") ?? initialDelay
        maxDelay = section.milliseconds("maxDelayMs") ?? maxDelay
        multiplier = section.number("backoffMultiplier") ?? multiplier
        if let names = section.strings("retryableErrors") {
            retryable = Set(names.compactMap(SecretError.Code.init(rawValue:)))
        }
    }
}

extension ConfigSection {
    fileprivate func milliseconds(_ name: String) -> Duration? {
        integer(name).map { .milliseconds($0) }
    }
}
