package import JaneeCore

/// The list of tools, in the order of `tools/list`: a new one is a file in Tools and one line here.
package enum ToolCatalog {
    package static func tools(_ environment: ToolEnvironment) -> [any MCPTool] {
        [
            ListServices(environment: environment),
            Execute(environment: environment),
            WhoAmI(environment: environment),
        ]
    }
}

/// What the tools work with.
package struct ToolEnvironment: Sendable {
    let proxy: Proxy
    /// The policy of the moment it is asked.
    let policy: @Sendable () -> PolicySnapshot
    /// Who is at the other end of the connection.
    let agent: AgentIdentity

    package init(proxy: Proxy, policy: @escaping @Sendable () -> PolicySnapshot, agent: AgentIdentity) {
        self.proxy = proxy
        self.policy = policy
        self.agent = agent
    }
}
