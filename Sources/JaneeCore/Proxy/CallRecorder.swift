import Logging

/// Writes the records of a call: an intent before anything is sent and an outcome after it, or one denial.
struct CallRecorder: Sendable {
    /// What all records of a call have in common.
    struct Subject: Sendable {
        let call: AgentCall
        let agent: AgentIdentity
        let clientLabel: String?
        let rule: String?
    }

    /// An intent that was written; only with one may a call be made.
    struct Intent: Sendable {
        let record: AuditRecord
        let start: ContinuousClock.Instant
    }

    let audit: AuditLog
    let metrics: JaneeMetrics
    let logger: Logger

    /// Records a refusal.
    ///
    /// It stays a refusal if it cannot be recorded.
    func denial(_ denial: Denial, _ subject: Subject, service: String?) async -> CallResult {
        var record = Self.record(.denial, subject, service: service ?? "", path: subject.call.path)
        record.statusCode = 403
        record.denied = true
        record.denyReason = denial.message
        record.reasonCode = denial.code.rawValue
        record.decision = "denied"
        _ = await append(record)
        metrics.call(service: service, outcome: "denied")
        metrics.denial(service: service, reason: denial.code.rawValue.lowercased())
        return .denied(denial)
    }

    /// Records that a call is about to be made; nil if it cannot be recorded, and then it must not be made.
    func intent(_ subject: Subject, _ request: CanonicalRequest, logBody: Bool) async -> Intent? {
        var record = Self.record(.intent, subject, service: request.service, path: request.target.text)
        record.decision = "allowed"
        record.requestDigest = request.digest
        if logBody { record.requestBody = request.body.map { String(decoding: $0, as: UTF8.self) } }
        guard await append(record) else {
            metrics.call(service: request.service, outcome: CallFailure.auditUnavailable.code.lowercased())
            return nil
        }
        record.requestBody = nil
        return Intent(record: record, start: .now)
    }

    /// Records how a call ended.
    ///
    /// The call was made, so its answer stands even if this fails.
    func outcome(_ outcome: CallOutcome, of intent: Intent) async {
        var record = intent.record
        let elapsed = ContinuousClock.now - intent.start
        record.phase = .outcome
        record.latency = elapsed
        record.durationMilliseconds = Int(elapsed / .milliseconds(1))
        switch outcome.result {
        case .answered(let answer): record.statusCode = answer.status
        case .failed(let failure): record.error = failure.code
        case .denied(let denial): record.error = denial.code.rawValue
        }
        metrics.call(service: record.service, outcome: outcome.result.metricsOutcome)
        if outcome.redactions > 0 { record.details = ["redactions": String(outcome.redactions)] }
        _ = await append(record)
    }

    private func append(_ record: AuditRecord) async -> Bool {
        do throws(AuditError) {
            _ = try await audit.append(record)
            metrics.auditWrite(succeeded: true)
            return true
        } catch {
            metrics.auditWrite(succeeded: false)
            logger.critical("cannot write the audit log: \(error)")
            return false
        }
    }

    private static func record(
        _ phase: AuditRecord.Phase,
        _ subject: Subject,
        service: String,
        path: String
    ) -> AuditRecord {
        AuditRecord(
            phase: phase,
            service: service,
            method: subject.call.method,
            path: path,
            reason: subject.call.reason,
            agentID: subject.agent.name,
            capability: subject.call.capability,
            clientLabel: subject.clientLabel,
            rule: subject.rule
        )
    }
}

extension CallResult {
    /// In one word: a class of status codes, or the code of a failure.
    fileprivate var metricsOutcome: String {
        switch self {
        case .answered(let answer): "\(answer.status / 100)xx"
        case .failed(let failure): failure.code.lowercased()
        case .denied: "denied"
        }
    }
}
