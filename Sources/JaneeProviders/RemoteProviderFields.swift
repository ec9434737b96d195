import JaneeSecrets

/// The optional fields that every remote provider has.
enum RemoteProviderFields {
    /// Of providers that Janee itself connects to.
    static let all: [ConfigField] =
        resilience + [
            .optional("tls", .object(tls), "Certificates."),
            .optional("network", .object(network), "Private ranges that may be reached."),
        ]

    /// Of all providers whose back end is another program or machine.
    static let resilience: [ConfigField] = [
        .optional("timeoutMs", milliseconds, "Longest time of one request; 10000 if absent."),
        .optional("operationTimeoutMs", milliseconds, "Longest time of one read with its retries; 35000 if absent."),
        .optional("retry", .object(retry), "How transient failures are retried."),
        .optional("circuitBreaker", .object(circuitBreaker), "When requests pause."),
        .optional("cache", .object(cache), "How long values are kept; not at all if absent."),
        .optional(
            "maxConcurrentOperations",
            .integer(1...1000),
            "How many reads are in flight at a time; 16 if absent."
        ),
        .optional("eager", .boolean, "Whether the provider starts although no service uses it."),
    ]

    private static let milliseconds = ConfigSchema.integer(1...3_600_000)

    private static let retry = ConfigObject([
        .optional("maxAttempts", .integer(1...20), "Attempts in total; 3 if absent."),
        .optional("initialDelayMs", .integer(0...60_000), "The first delay; 100 if absent."),
        .optional("maxDelayMs", .integer(0...600_000), "The longest delay; 5000 if absent."),
        .optional("backoffMultiplier", .number(1...100), "The factor between delays; 2.0 if absent."),
        .optional("retryableErrors", .list(.string(.oneOf(transientCodes))), "The codes that are retried."),
    ])

    private static let transientCodes = SecretError.Code.allCases.filter(\.isTransient).map(\.rawValue)

    private static let circuitBreaker = ConfigObject([
        .optional("failures", .integer(1...1000), "Failures in a row that open it; 5 if absent."),
        .optional("cooldownMs", milliseconds, "How long it stays open; 30000 if absent."),
    ])

    private static let cache = ConfigObject([
        .required("ttlSeconds", .integer(1...86_400), "How long a value is used."),
        .optional("maxStaleSeconds", .integer(0...604_800), "How long it is used while the back end is down."),
    ])

    private static let tls = ConfigObject([
        .optional("caFile", .string(.localPath), "Certificates to trust instead of the system's."),
        .optional("clientCertFile", .string(.localPath), "Our certificate."),
        .optional("clientKeyFile", .string(.localPath), "Its private key."),
        .optional("serverName", .string(.text), "The name the server's certificate must have."),
        .optional("pins", .list(.string(.text)), "Public key pins, the current one and a backup."),
    ])

    private static let network = ConfigObject([
        .optional("allow", .list(.string(.addressRange)), "Private ranges that may be reached.")
    ])
}
