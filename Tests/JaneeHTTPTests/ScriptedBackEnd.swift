import HTTPTypes
import JaneeCore
import JaneeSecrets
import JaneeSecretsTesting
import JaneeTelemetry
import JaneeTestSupport
import Logging
import Testing

/// A provider with the simplest protocol there could be: `GET /v1/<path>` with a token, answered with the value as text.
struct ScriptedBackEnd: SecretsProvider {
    let name: ProviderName
    let type = "scripted"
    let endpoint: EndpointURL
    let token: SecretCanary
    let transport: any HTTPTransport
    let time: TimeSource
    var limits: HTTPTransportLimits
    var tls = TLSSettings()
    /// Whether it breaks its contract and repeats what the back end says.
    var repeatsAnswers = false

    func initialize() async throws(SecretError) {}

    func getSecret(_ reference: SecretReference) async throws(SecretError) -> SecretValue? {
        let request = OutboundRequest(
            method: .get,
            endpoint: endpoint,
            target: "/v1/\(reference.displayPath)",
            headers: [(.authorization, .secret(prefix: "Bearer ", token.value))],
            addresses: .loopbackOnly,
            tls: tls,
            limits: limits,
            pool: name.spelling
        )
        let response: InboundResponse
        do throws(HTTPTransportError) {
            response = try await transport.send(request)
        } catch {
            throw SecretError(error)
        }
        if let error = SecretError(status: response.status, headers: response.headers, now: time.sinceEpoch) {
            guard repeatsAnswers else { throw error }
            throw SecretError(error.code, String(decoding: response.body, as: UTF8.self))
        }
        guard response.status != 404 else { return nil }
        guard response.headers[.contentType] == "application/octet-stream" else {
            throw SecretError(.providerInternalError, "the provider's answer is of a type that it never has")
        }
        return SecretValue(response.body)
    }

    func healthCheck() async -> ProviderHealth { .healthy }

    func dispose() async {}
}

/// Reads one secret of a ``ScriptedBackEnd`` through all that surrounds every provider.
///
/// The pauses between attempts pass on a clock that moves by itself as soon as somebody waits for it; what happens on
/// connections takes real time.
struct ScriptedRead {
    struct Outcome {
        /// The value, or the code of the failure.
        let answer: String
        let error: SecretError?
        /// How long the pauses were.
        let delay: Duration
        let accesses: [SecretAccess]
        /// Everything that was logged, reported or said.
        let words: String
        /// What was counted, as Prometheus gets it.
        let metrics: String
    }

    let token = SecretCanary()
    let clock = ManualClock()
    /// Of an attempt: for servers that answer no time is too long, for the others any is long enough.
    var patience = Duration.seconds(20)
    var tls = TLSSettings()
    var repeatsAnswers = false
    /// What is beyond this is no pause but the bound of an attempt.
    private let longestPause = Duration.seconds(9)

    func run(_ endpoint: EndpointURL, _ transport: any HTTPTransport) async throws -> Outcome {
        let (lines, accesses) = (LogLines(), Locked<[SecretAccess]>([]))
        // 2026-02-12 14:25:00 UTC.
        let time = TimeSource(clock) { [clock] in .seconds(1_770_906_300) + clock.now.offset }
        let name = try #require(ProviderName("vault"))
        let registry = PrometheusRegistry(JaneeMetrics.descriptions)
        let manager = SecretsManager(
            defaultProvider: name,
            time: time,
            logger: Logger(label: "test") { _ in lines },
            metrics: JaneeMetrics(factory: registry),
            report: { access in accesses.withLock { $0.append(access) } }
        )
        let provider = ScriptedBackEnd(
            name: name,
            endpoint: endpoint,
            token: token,
            transport: transport,
            time: time,
            limits: HTTPTransportLimits(
                connect: patience,
                idle: patience,
                total: patience,
                maximumResponseBytes: 4096
            ),
            tls: tls,
            repeatsAnswers: repeatsAnswers
        )
        try manager.registerProvider(provider)
        let mover = Task { [clock, longestPause] in
            while !Task.isCancelled {
                await clock.untilSleeping()
                if let next = clock.nextDeadline, next.offset - clock.now.offset < longestPause {
                    clock.advance(to: next)
                }
                // Real time, in which connections work.
                try? await Task.sleep(for: .milliseconds(1))
            }
        }
        defer { mover.cancel() }
        let answer: String
        var failure: SecretError?
        do throws(SecretError) {
            let value = try await manager.getSecret(try SecretURI(parsing: "vault://a/b"))
            answer = value.withBytes { String(decoding: $0, as: UTF8.self) }
        } catch {
            answer = error.code.rawValue
            failure = error
        }
        let words = [
            lines.text, accesses.withLock { "\($0)" },
            failure.map { "\($0) \($0.message) \($0.agentDescription) \(String(reflecting: $0))" } ?? "",
            failure?.cause.map { "\($0) \(String(reflecting: $0))" } ?? "",
        ]
        manager.updateGauges()
        return Outcome(
            answer: answer,
            error: failure,
            delay: clock.now.offset,
            accesses: accesses.withLock { $0 },
            words: words.joined(separator: "\n"),
            metrics: registry.exposition
        )
    }
}
