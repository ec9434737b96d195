import JaneeConfig
package import JaneeCore

/// The list of tools, in the order of `tools/list`: a new one is a file in Tools and one line here.
package enum ToolCatalog {
    package static func tools(_ environment: ToolEnvironment) -> [any MCPTool] {
        let tools: [any MCPTool] = [
            ListServices(environment: environment),
            Execute(environment: environment),
            WhoAmI(environment: environment),
            ReloadConfig(environment: environment),
        ]
        // Whoever may not reload does not see that it can be done.
        return environment.policy().server.allowAgentReload ? tools : tools.filter { !($0 is ReloadConfig) }
    }
}

/// What the tools work with.
package struct ToolEnvironment: Sendable {
    /// Reads the configuration anew; the failure is worded for agents.
    package typealias Reloading = @Sendable () async -> Result<JaneeRuntime.Reload, ReloadFailure>

    let proxy: Proxy
    /// The policy of the moment it is asked.
    let policy: @Sendable () -> PolicySnapshot
    let reload: Reloading
    /// Who is at the other end of the connection.
    let agent: AgentIdentity

    package init(
        proxy: Proxy,
        policy: @escaping @Sendable () -> PolicySnapshot,
        reload: @escaping Reloading,
        agent: AgentIdentity
    ) {
        self.proxy = proxy
        self.policy = policy
        self.reload = reload
        self.agent = agent
    }
}

/// Why the configuration was not replaced; the last good one stays.
package struct ReloadFailure: Error, Sendable {
    /// Says nothing of the configuration's content.
    package let agentDescription: String

    package init(agentDescription: String) {
        self.agentDescription = agentDescription
    }
}
