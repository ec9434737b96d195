/// What an agent asked for, exactly as it wrote it: nothing in it has been checked.
package struct AgentCall: Sendable {
    package var capability: String
    package var method: String
    package var path: String
    package var headers: [(name: String, value: String)]
    package var body: String?
    package var reason: String?

    package init(
        capability: String,
        method: String,
        path: String,
        headers: [(name: String, value: String)] = [],
        body: String? = nil,
        reason: String? = nil
    ) {
        self.capability = capability
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
        self.reason = reason
    }
}
