/// A refusal of a call, worded for agents: it says nothing about other agents, rules of others, or the configuration.
package struct Denial: Sendable, Hashable {
    /// Why; the codes of Janee 0.16 and those of what it did not check.
    package enum Code: String, Sendable, CaseIterable {
        case capabilityNotFound = "CAPABILITY_NOT_FOUND"
        case agentNotAllowed = "AGENT_NOT_ALLOWED"
        case defaultAccessRestricted = "DEFAULT_ACCESS_RESTRICTED"
        case ownershipDenied = "OWNERSHIP_DENIED"
        case modeMismatch = "MODE_MISMATCH"
        case authTypeUnavailable = "AUTH_TYPE_UNAVAILABLE"
        case invalidArguments = "INVALID_ARGUMENTS"
        case requestRefused = "REQUEST_REFUSED"
        case ruleDeny = "RULE_DENY"
        case reasonRequired = "REASON_REQUIRED"
        case approvalRequired = "APPROVAL_REQUIRED"
    }

    package let code: Code
    /// What is refused.
    package let message: String
    /// What the agent can do.
    package let nextStep: String

    package init(_ code: Code, _ message: String, nextStep: String) {
        self.code = code
        self.message = message
        self.nextStep = nextStep
    }
}
