package import HTTPTypes
package import JaneeConfig
import JaneeSecrets

/// The rules of a capability: deny first, then allow.
///
/// With any allow rule (even an empty list) a request that matches none is denied; deny rules alone allow the rest.
package struct RuleSet: Sendable {
    package enum Verdict: Sendable, Hashable {
        /// No rules, or none that denies and no allow list.
        case allowed(by: RulePattern?)
        case denied(by: RulePattern)
        case noMatch
    }

    private let allow: [RulePattern]?
    private let deny: [RulePattern]

    /// Compiles the patterns of a checked configuration.
    package init(_ capability: Capability) throws(ConfigRuleError) {
        allow = try capability.allow.map { patterns throws(ConfigRuleError) in try Self.compile(patterns, capability) }
        deny = try Self.compile(capability.deny ?? [], capability)
    }

    package func evaluate(_ method: HTTPRequest.Method, _ target: RequestTarget) -> Verdict {
        if !deny.isEmpty {
            let request = LooseTarget(target)
            if let pattern = deny.first(where: { $0.denies(method, request) }) { return .denied(by: pattern) }
        }
        guard let allow else { return .allowed(by: nil) }
        return allow.first { $0.allows(method, target) }.map { .allowed(by: $0) } ?? .noMatch
    }

    private static func compile(_ patterns: [String], _ capability: Capability) throws(ConfigRuleError) -> [RulePattern]
    {
        var compiled: [RulePattern] = []
        for pattern in patterns {
            do throws(ConfigStringFormat.Refusal) {
                compiled.append(try RulePattern(pattern))
            } catch {
                throw ConfigRuleError(capability: capability.name, message: error.message)
            }
        }
        return compiled
    }
}

/// A rule that cannot be enforced; a capability with one is never used.
package struct ConfigRuleError: Error, Sendable {
    package let capability: String
    package let message: String
}
