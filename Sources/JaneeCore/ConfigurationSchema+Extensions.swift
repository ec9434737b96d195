import HTTPTypes
import JaneeAuth
package import JaneeConfig
import JaneeSecrets

extension ConfigurationSchema {
    /// The schema of configurations that may use `extensions`.
    package init(_ extensions: JaneeRuntime.Extensions) {
        let usable = extensions.authMethods.map { method in
            AuthType(type: method.type, configuration: method.configuration, secretFields: method.secretFields)
        }
        let planned = PlannedAuthTypes.all.filter { type in !usable.contains { $0.type == type.type } }
            .map { AuthType(type: $0.type, configuration: $0.configuration, secretFields: []) }
        self.init(
            providers: extensions.providers,
            authTypes: usable + planned,
            rule: RulePattern.format,
            agentHeader: AgentHeaders.format
        )
    }
}

extension AgentHeaders {
    /// The format of `allowHeaders[]`.
    static let format = ConfigStringFormat(name: "header name", pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$") { text in
        guard HTTPField.Name(text) != nil else { return ConfigStringFormat.Refusal("is not a header name") }
        return isForbidden(text.lowercased())
            ? ConfigStringFormat.Refusal("names a header that is never taken from agents") : nil
    }
}
