/// Who is calling, as far as the broker knows.
///
/// Without a credential-backed name there is no name: what a client calls itself is a label for the audit log and never
/// decides anything. No name means the fewest rights, not an administrator.
package struct AgentIdentity: Sendable, Hashable {
    /// Where the name comes from.
    package enum Source: String, Sendable {
        /// The process that started the server set it.
        case launcher
        /// Nobody vouches for a name.
        case none
    }

    /// The name policies see; nil if nobody vouches for one.
    package let name: String?
    package let source: Source

    /// Nobody.
    package static let anonymous = AgentIdentity(name: nil, source: .none)

    private init(name: String?, source: Source) {
        self.name = name
        self.source = source
    }

    /// The identity that the launcher of a stdio server gives by the environment variable `JANEE_AGENT`.
    ///
    /// - Returns: nil if the text cannot be a name: longer than 128 characters or with control characters.
    package static func launched(as text: String?) -> AgentIdentity? {
        guard let text, !text.isEmpty else { return .anonymous }
        guard text.unicodeScalars.count <= 128,
            !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { return nil }
        return AgentIdentity(name: text, source: .launcher)
    }

    /// Whether the agent has one of these names, byte for byte; nobody has any.
    func isAny(of names: [String]) -> Bool {
        guard let name else { return false }
        return names.contains { $0.utf8.elementsEqual(name.utf8) }
    }

    /// An identity to ask about, for diagnosis by an operator.
    package static func named(_ name: String?) -> AgentIdentity {
        name.map { AgentIdentity(name: $0, source: .launcher) } ?? .anonymous
    }
}
