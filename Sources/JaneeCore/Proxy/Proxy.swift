import HTTPTypes
import JaneeAuth
import JaneeConfig
package import JaneeSecrets
package import Logging

/// The road every call takes: canonical request, decision, record, credential, sending, scrubbing, record, answer.
///
/// There is no other way from an agent to an API, and nothing on it walks back.
package struct Proxy: Sendable {
    private let policy: @Sendable () -> PolicySnapshot
    private let secrets: any SecretsManaging
    private let transport: any HTTPTransport
    private let recorder: CallRecorder
    private let metrics: JaneeMetrics
    private let logger: Logger

    package init(
        policy: @escaping @Sendable () -> PolicySnapshot,
        secrets: any SecretsManaging,
        transport: any HTTPTransport,
        audit: AuditLog,
        metrics: JaneeMetrics = .disabled,
        logger: Logger
    ) {
        self.policy = policy
        self.secrets = secrets
        self.transport = transport
        recorder = CallRecorder(audit: audit, metrics: metrics, logger: logger)
        self.metrics = metrics
        self.logger = logger
    }

    /// Makes a call for an agent, if it may.
    ///
    /// - Parameter clientLabel: What the client calls itself; recorded, never decisive.
    package func execute(_ call: AgentCall, agent: AgentIdentity, clientLabel: String?) async -> CallResult {
        let policy = policy()
        let entry = policy.entries[call.capability]
        let request = entry.map { entry in
            Result { () throws(RequestRefusal) in
                try CanonicalRequest(call, service: entry.service, owned: entry.ownedHeaders)
            }
        }
        let query = AccessQuery(capability: call.capability, agent: agent, reason: call.reason, request: request)
        let decision = policy.authorise(query)
        let subject = CallRecorder.Subject(call: call, agent: agent, clientLabel: clientLabel, rule: decision.rule)

        if let denial = decision.denial {
            return await recorder.denial(denial, subject, service: entry?.service.name)
        }
        guard let entry, let auth = entry.auth, case .success(let request) = request else {
            // A decision without denial has all three; refusing is the safe reading of anything else.
            return await recorder.denial(.unknownCapability, subject, service: nil)
        }
        guard let record = await recorder.intent(subject, request, logBody: policy.server.logBodies) else {
            return .failed(.auditUnavailable)
        }
        let outcome = await perform(request, entry, auth)
        await recorder.outcome(outcome, of: record)
        return outcome.result
    }

    /// Records a call that was refused before it could be read as one.
    package func recordRefusal(of call: AgentCall, _ denial: Denial, agent: AgentIdentity, clientLabel: String?) async {
        let subject = CallRecorder.Subject(call: call, agent: agent, clientLabel: clientLabel, rule: nil)
        // Looked up only by a name that can exist.
        let isName = call.capability.utf8.count <= 512
        let service = isName ? policy().entries[call.capability]?.service.name : nil
        _ = await recorder.denial(denial, subject, service: service)
    }

    /// Resolves the credentials, sends the request and scrubs what comes back.
    private func perform(
        _ request: CanonicalRequest,
        _ entry: PolicySnapshot.Entry,
        _ auth: any AuthMethod
    ) async -> CallOutcome {
        let credentials: [String: SecretValue]
        do throws(SecretError) {
            credentials = try await resolve(entry.service.auth, for: entry.service.name)
        } catch {
            logger.error(
                "cannot read the credential of service '\(entry.service.name)': \(error.code.rawValue): \(error.message)"
            )
            return CallOutcome(.failed(.secret(error)))
        }
        let scrubber = CredentialScrubber(auth.secretsToScrub(credentials, entry.authConfiguration))
        var outbound = OutboundRequest(request, service: entry.service)
        do throws(AuthError) {
            try auth.authenticate(&outbound, credentials: credentials, configuration: entry.authConfiguration)
        } catch {
            logger.error("cannot use the credential of service '\(entry.service.name)': \(error)")
            return CallOutcome(.failed(.credential(error)))
        }
        let began = ContinuousClock.now
        defer { metrics.upstream(service: entry.service.name, ContinuousClock.now - began) }
        do throws(HTTPTransportError) {
            let response = try await transport.send(outbound)
            return answer(response, request, scrubber)
        } catch {
            let message = scrubber.scrub(error.message).text
            logger.warning("call of service '\(entry.service.name)' failed: \(error.code.rawValue): \(message)")
            return CallOutcome(.failed(.transport(error)))
        }
    }

    private func resolve(
        _ auth: ServiceAuth,
        for service: String
    ) async throws(SecretError) -> [String: SecretValue] {
        var credentials: [String: SecretValue] = [:]
        for (field, uri) in auth.secrets {
            credentials[field] = try await secrets.getSecret(uri, for: service)
        }
        return credentials
    }

    private func answer(
        _ response: InboundResponse,
        _ request: CanonicalRequest,
        _ scrubber: CredentialScrubber
    ) -> CallOutcome {
        var body = response.body
        var redactions = scrubber.scrub(&body)
        let headers = ResponseHeaders.filtered(response.headers, from: request.endpoint) { value in
            let scrubbed = scrubber.scrub(value)
            redactions += scrubbed.count
            return scrubbed.text
        }
        let text = String(validating: body, as: UTF8.self)
        let answer = UpstreamAnswer(
            status: response.status,
            headers: headers,
            body: text.map { .text($0) } ?? .binary(body),
            memory: response.memory
        )
        return CallOutcome(.answered(answer), redactions: redactions)
    }
}

/// How a call ended, with what only the record knows.
struct CallOutcome: Sendable {
    let result: CallResult
    /// How many times a credential was found in the answer.
    let redactions: Int

    init(_ result: CallResult, redactions: Int = 0) {
        self.result = result
        self.redactions = redactions
    }
}

extension OutboundRequest {
    /// The request as it goes out, except for the credentials.
    fileprivate init(_ request: CanonicalRequest, service: Service) {
        self.init(
            method: request.method,
            endpoint: request.endpoint,
            target: request.wireTarget,
            headers: request.headers.map { (name: $0.name, value: .plain($0.value)) },
            body: request.body,
            addresses: AddressPolicy(
                allowedPrivate: service.network.allow,
                loopback: request.endpoint.isLiteralLoopback
            ),
            limits: HTTPTransportLimits(
                connect: service.limits.connect,
                idle: service.limits.idle,
                total: service.limits.total,
                maximumResponseBytes: service.limits.maximumResponseBytes
            ),
            pool: service.name
        )
    }
}
