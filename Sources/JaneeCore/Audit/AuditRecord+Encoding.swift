import JaneeJSON
import JaneeTelemetry

extension AuditRecord {
    /// The part of a record's line that does not depend on its place in the chain: all up to, and without, its place.
    func encoded(at milliseconds: Int64) -> [UInt8] {
        var encoder = AuditRecordEncoder()
        encoder.text("id", id, .name)
        encoder.text("timestamp", UTCTimestamp.text(milliseconds), .name)
        encoder.text("service", service, .name)
        encoder.text("method", method, .name)
        encoder.text("path", path, .path)
        encoder.number("statusCode", statusCode)
        encoder.number("duration", durationMilliseconds)
        encoder.text("reason", reason, .reason)
        encoder.text("agentId", agentID, .name)
        encoder.text("requestBody", requestBody, .body)
        if denied { encoder.literal("denied", "true") }
        encoder.text("denyReason", denyReason, .explanation)
        encoder.text("phase", phase.rawValue, .name)
        encoder.text("event", event, .name)
        encoder.text("capability", capability, .name)
        encoder.text("reasonCode", reasonCode, .name)
        encoder.text("clientLabel", clientLabel, .name)
        encoder.text("requestDigest", requestDigest, .name)
        encoder.text("decision", decision, .name)
        encoder.text("rule", rule, .explanation)
        encoder.text("error", error, .name)
        if let latency { encoder.literal("latencyMs", Self.milliseconds(latency)) }
        encoder.object("details", details)
        return encoder.bytes
    }

    /// A duration in milliseconds with three decimals, so that no rounding of a `Double` shows.
    private static func milliseconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let microseconds = max(0, min(max(seconds, 0), 1 << 40) * 1_000_000 + attoseconds / 1_000_000_000_000)
        let fraction = String(microseconds % 1000)
        return "\(microseconds / 1000)." + String(repeating: "0", count: 3 - fraction.utf8.count) + fraction
    }
}

/// Writes the members of a record, each within its limit.
private struct AuditRecordEncoder {
    private(set) var bytes: [UInt8] = [UInt8(ascii: "{")]

    init() {
        bytes.reserveCapacity(768)
    }

    mutating func text(_ key: StaticString, _ value: String?, _ limit: AuditTextLimit) {
        guard let value else { return }
        begin(key)
        JSONWriter.appendString(limit.apply(to: value), into: &bytes)
    }

    mutating func number(_ key: StaticString, _ value: Int?) {
        guard let value else { return }
        literal(key, String(value))
    }

    mutating func literal(_ key: StaticString, _ value: String) {
        begin(key)
        bytes.append(contentsOf: value.utf8)
    }

    mutating func object(_ key: StaticString, _ members: [String: String]) {
        guard !members.isEmpty else { return }
        begin(key)
        var separator = UInt8(ascii: "{")
        var written: Set<String> = []
        for (key, value) in members.sorted(by: { $0.key < $1.key }).prefix(AuditTextLimit.mostDetails) {
            // Cut keys may have become equal, and readers refuse objects with equal keys.
            let name = AuditTextLimit.detailName.apply(to: key)
            guard written.insert(name).inserted else { continue }
            bytes.append(separator)
            JSONWriter.appendString(name, into: &bytes)
            bytes.append(UInt8(ascii: ":"))
            JSONWriter.appendString(AuditTextLimit.detail.apply(to: value), into: &bytes)
            separator = UInt8(ascii: ",")
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func begin(_ key: StaticString) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
        bytes.append(contentsOf: [UInt8(ascii: "\""), UInt8(ascii: ":")])
    }
}
