public import JaneeSecrets

/// The promises every provider keeps, as tests that need no test framework.
///
/// Say how to make a provider and what it holds, run, and look at the results:
///
/// ```swift
/// let tests = ProviderConformanceTests(
///     existing: [.init(try SecretReference(path: "stripe"), SecretValue("canary"))],
///     missing: [try SecretReference(path: "no-such-secret")],
///     makeProvider: { ToyProvider() }
/// )
/// for result in await tests.run() {
///     #expect(result.passed, "\(result)")
/// }
/// ```
///
/// Each test works with a provider of its own: made, initialised, used, disposed. No message holds a value or a text of
/// the provider, so results may be shown anywhere.
public struct ProviderConformanceTests: Sendable {
    /// Makes a provider that is not initialised yet.
    public typealias Factory = @Sendable () async throws -> any SecretsProvider

    /// Puts a value into the back end behind the provider's back, such as into a double of its server.
    public typealias Store = @Sendable (SecretReference, SecretValue) async throws -> Void

    /// A secret that the back end holds.
    public struct Existing: Sendable {
        /// Where it is.
        public let reference: SecretReference
        /// What it is; nil if unknown, then every read must give the same.
        public let value: SecretValue?

        /// Describes a secret.
        public init(_ reference: SecretReference, _ value: SecretValue? = nil) {
            self.reference = reference
            self.value = value
        }
    }

    /// A situation in which the provider must fail, such as a wrong credential or a back end that is down.
    public struct Fault: Sendable {
        /// What is wrong, for the result's name.
        public let name: String
        /// The secret to ask for.
        public let reference: SecretReference
        /// The code that reading, or initialising, must throw; nil for any.
        public let code: SecretError.Code?
        /// What no error may hold: credentials of the provider, what the back end's answers hold.
        public let secrets: [SecretValue]
        /// Makes a provider in that situation.
        public let makeProvider: Factory

        /// Describes a situation.
        public init(
            _ name: String,
            reference: SecretReference,
            code: SecretError.Code? = nil,
            secrets: [SecretValue] = [],
            makeProvider: @escaping Factory
        ) {
            self.name = name
            self.reference = reference
            self.code = code
            self.secrets = secrets
            self.makeProvider = makeProvider
        }
    }

    let existing: [Existing]
    let missing: [SecretReference]
    let scratch: SecretReference?
    let store: Store?
    let holdsOnlyText: Bool
    let faults: [Fault]
    let limit: TimeLimit
    let makeProvider: Factory

    /// Describes a provider.
    ///
    /// - Parameters:
    ///   - existing: Secrets that can be read.
    ///   - missing: References without a secret.
    ///   - scratch: A reference that tests may write, overwrite and delete; without it nothing is written.
    ///   - store: How values get to `scratch` where the provider itself cannot write.
    ///   - holdsOnlyText: Whether the back end's secrets are text, so that other bytes are not stored.
    ///   - faults: Situations in which the provider must fail.
    ///   - patience: How long one test may take before the provider counts as hanging.
    ///   - clock: What measures the patience.
    ///   - makeProvider: Makes a working provider.
    public init(
        existing: [Existing],
        missing: [SecretReference],
        scratch: SecretReference? = nil,
        store: Store? = nil,
        holdsOnlyText: Bool = false,
        faults: [Fault] = [],
        patience: Duration = .seconds(30),
        clock: any Clock<Duration> = ContinuousClock(),
        makeProvider: @escaping Factory
    ) {
        self.existing = existing
        self.missing = missing
        self.scratch = scratch
        self.store = store
        self.holdsOnlyText = holdsOnlyText
        self.faults = faults
        limit = TimeLimit(patience: patience, clock: clock)
        self.makeProvider = makeProvider
    }

    /// Runs all tests, one after the other.
    public func run() async -> [Result] {
        var results: [Result] = []
        for check in checks {
            let outcome = await limit.run(check.body)
            results.append(
                Result(
                    name: check.name,
                    outcome
                        ?? .failed("did not end within \(limit.patience); the provider hangs or ignores cancellation")
                )
            )
        }
        return results
    }

    private var checks: [Check] {
        readingChecks + cancellationChecks + lifecycleChecks + writingChecks + leakChecks
    }
}

extension ProviderConformanceTests {
    /// What one test found.
    public struct Result: Sendable, CustomStringConvertible {
        /// What was tested, as a sentence.
        public let name: String
        /// Whether the provider keeps the promise; also true where the test does not apply to it.
        public let passed: Bool
        /// Whether the test does not apply, because something it needs was not given.
        public let skipped: Bool
        /// What went wrong, or why the test was skipped; empty otherwise.
        public let message: String

        init(name: String, _ outcome: Outcome) {
            self.name = name
            switch outcome {
            case .passed: (passed, skipped, message) = (true, false, "")
            case .skipped(let reason): (passed, skipped, message) = (true, true, reason)
            case .failed(let reason): (passed, skipped, message) = (false, false, reason)
            }
        }

        /// In one word.
        package var verdict: String { skipped ? "skipped" : passed ? "passed" : "failed" }

        /// One line.
        public var description: String {
            message.isEmpty ? "\(verdict): \(name)" : "\(verdict): \(name): \(message)"
        }
    }

    enum Outcome: Sendable {
        case passed
        case skipped(String)
        case failed(String)
    }

    struct Check: Sendable {
        let name: String
        let body: @Sendable () async -> Outcome
    }

    /// Why a test stops early.
    struct Failure: Error {
        let message: String

        init(_ message: String) {
            self.message = message
        }
    }
}
