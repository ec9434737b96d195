package import JaneeSecrets

/// What an agent may name: `capabilities.<name>`.
package struct Capability: Sendable {
    package enum Mode: String, Sendable, CaseIterable {
        /// Calls of an HTTP API.
        case proxy
        /// Commands with credentials in their environment.
        case exec
    }

    package let name: String
    package let service: String
    package let timeToLive: TimeToLive
    /// What the file says; nil follows `server.defaultApproval`.
    package let autoApprove: Bool?
    package let requiresReason: Bool
    /// `METHOD PATH-GLOB` patterns; nil if the file has no such list.
    package let allow: [String]?
    package let deny: [String]?
    /// The only agents that may use it; empty for no such list.
    package let allowedAgents: [String]
    /// What the file says; nil follows `server.defaultAccess`.
    package let access: AccessMode?
    package let mode: Mode
    package let allowCommands: [String]
    package let environmentNames: [String]
    package let workingDirectory: String?
    /// The time limit of a command.
    package let timeout: Duration?
    package let position: ConfigPosition
}

/// How long a grant of a capability lasts: `30s`, `5m`, `1h`, `7d`.
package struct TimeToLive: Sendable, Hashable, CustomStringConvertible {
    package static let oneHour = TimeToLive(seconds: 3600, description: "1h")

    package let seconds: Int
    /// The text as written.
    package let description: String

    private init(seconds: Int, description: String) {
        self.seconds = seconds
        self.description = description
    }

    /// Parses a whole number above 0 with one of the units s, m, h, d, at most ten years.
    package init?(_ text: String) {
        let factors: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = text.last, let factor = factors[unit] else { return nil }
        let digits = text.dropLast()
        guard !digits.isEmpty, digits.allSatisfy({ ("0"..."9").contains($0) }), let number = Int(digits), number > 0
        else {
            return nil
        }
        let (seconds, overflow) = number.multipliedReportingOverflow(by: factor)
        guard !overflow, seconds <= 3650 * 86_400 else { return nil }
        self.init(seconds: seconds, description: text)
    }
}
