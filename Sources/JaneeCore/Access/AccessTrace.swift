/// One check of a decision, for operators.
package struct AccessCheck: Sendable, Hashable {
    package enum Result: String, Sendable {
        case pass
        case fail
        case skip
    }

    /// The name of the check, as Janee 0.16 calls it where it has it.
    package let name: String
    package let result: Result
    package let detail: String
}

/// The answer to "may this agent do this?", with every check that was made.
package struct AccessDecision: Sendable {
    /// nil if the call may be made.
    package let denial: Denial?
    /// The checks in order; for operators only.
    package let trace: [AccessCheck]
    /// The rule that decided, if one did.
    package let rule: String?

    package var isAllowed: Bool { denial == nil }
}
