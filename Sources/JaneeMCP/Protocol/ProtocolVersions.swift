/// The two ways of speaking MCP.
package enum ProtocolEra: Sendable, Hashable {
    /// Revisions that begin with an `initialize` handshake.
    case legacy

    /// Revisions without a handshake, where every request carries its version.
    case modern
}

/// The protocol revisions this server speaks, the newest first.
package enum ProtocolVersions {
    package static let modern = ["2026-07-28"]
    package static let legacy = [latestLegacy, "2025-06-18", "2025-03-26", "2024-11-05", "2024-10-07"]
    static let latestLegacy = "2025-11-25"

    /// What a handshake agrees on: the revision asked for, or else the newest that has a handshake.
    static func negotiated(_ requested: String) -> String {
        legacy.first { $0 == requested } ?? latestLegacy
    }
}

/// The reserved members of `_meta`.
enum MetaKey {
    static let protocolVersion = "io.modelcontextprotocol/protocolVersion"
    static let clientCapabilities = "io.modelcontextprotocol/clientCapabilities"
    static let clientInfo = "io.modelcontextprotocol/clientInfo"
    static let logLevel = "io.modelcontextprotocol/logLevel"
    static let serverInfo = "io.modelcontextprotocol/serverInfo"
    static let subscriptionID = "io.modelcontextprotocol/subscriptionId"
}
