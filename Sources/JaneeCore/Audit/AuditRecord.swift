/// What is recorded about one step of an agent's call, or about an event in the broker itself.
///
/// Its time and its place in the chain are added when it is appended. Over-long values are cut and marked, so a record
/// is a line of at most 64 KiB whatever it is given. Everything in it is what the broker knows; nothing is taken over
/// from headers that an agent sent.
package struct AuditRecord: Sendable, Equatable {
    package enum Phase: String, Sendable {
        /// A call is about to be made.
        case intent

        /// A call was made, or failed.
        case outcome

        /// A call was refused.
        case denial

        /// Something happened that is not a call.
        case event
    }

    package var id: String
    package var phase: Phase
    package var service: String
    package var method: String
    package var path: String
    package var statusCode: Int?
    package var durationMilliseconds: Int?
    package var reason: String?
    package var agentID: String?
    package var requestBody: String?
    package var denied: Bool
    package var denyReason: String?

    /// What kind of event it is, such as `secret_set`.
    package var event: String?

    package var capability: String?

    /// The code of a denial.
    package var reasonCode: String?

    /// What the client calls itself; nothing is decided by it.
    package var clientLabel: String?

    package var requestDigest: String?
    package var decision: String?
    package var rule: String?

    /// Our own code of what went wrong.
    package var error: String?

    package var latency: Duration?

    /// More about an event, written in the order of the keys.
    package var details: [String: String]

    package init(
        id: String = AuditRecord.makeID(),
        phase: Phase,
        service: String,
        method: String,
        path: String,
        statusCode: Int? = nil,
        durationMilliseconds: Int? = nil,
        reason: String? = nil,
        agentID: String? = nil,
        requestBody: String? = nil,
        denied: Bool = false,
        denyReason: String? = nil,
        event: String? = nil,
        capability: String? = nil,
        reasonCode: String? = nil,
        clientLabel: String? = nil,
        requestDigest: String? = nil,
        decision: String? = nil,
        rule: String? = nil,
        error: String? = nil,
        latency: Duration? = nil,
        details: [String: String] = [:]
    ) {
        self.id = id
        self.phase = phase
        self.service = service
        self.method = method
        self.path = path
        self.statusCode = statusCode
        self.durationMilliseconds = durationMilliseconds
        self.reason = reason
        self.agentID = agentID
        self.requestBody = requestBody
        self.denied = denied
        self.denyReason = denyReason
        self.event = event
        self.capability = capability
        self.reasonCode = reasonCode
        self.clientLabel = clientLabel
        self.requestDigest = requestDigest
        self.decision = decision
        self.rule = rule
        self.error = error
        self.latency = latency
        self.details = details
    }

    /// A record of something that is not a call; readers that know only calls see it as `EVENT /janee/<name>`.
    package static func event(_ name: String, details: [String: String] = [:]) -> AuditRecord {
        AuditRecord(phase: .event, service: "janee", method: "EVENT", path: name, event: name, details: details)
    }

    /// A new random identifier: a UUID of version 4.
    package static func makeID() -> String {
        var generator = SystemRandomNumberGenerator()
        let high: UInt64 = generator.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low: UInt64 = generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        var text = ""
        text.reserveCapacity(36)
        for index in 0..<32 {
            if index == 8 || index == 12 || index == 16 || index == 20 { text.append("-") }
            let word = index < 16 ? high : low
            let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - index % 16 * 4)) & 0x0F
            text.unicodeScalars.append(Unicode.Scalar(digit < 10 ? 0x30 + digit : 0x61 + digit - 10))
        }
        return text
    }
}
