package import JaneeSecrets

/// What the configuration file may hold.
///
/// The parts that other rooms define are given to it.
package struct ConfigurationSchema: Sendable {
    /// An auth type with the fields of `auth`, as its room defines it.
    package struct AuthType: Sendable {
        package let type: String
        package let configuration: ConfigObject
        package let secretFields: [SecretField]

        package init(type: String, configuration: ConfigObject, secretFields: [SecretField]) {
            self.type = type
            self.configuration = configuration
            self.secretFields = secretFields
        }

        /// The fields, of which those with secrets may be absent: whether one is missing depends on what Janee 0.16 has
        /// stored for the service.
        var lenient: ConfigObject {
            ConfigObject(
                configuration.fields.map { field in
                    secretFields.contains { $0.name == field.name }
                        ? .optional(field.name, field.schema, field.summary) : field
                }
            )
        }
    }

    /// The types of providers.
    package let providers: [any ProviderDefinition]
    package let authTypes: [AuthType]
    /// The format of `rules.allow[]` and `rules.deny[]`.
    package let rule: ConfigStringFormat
    /// The format of `allowHeaders[]`.
    package let agentHeader: ConfigStringFormat

    package init(
        providers: [any ProviderDefinition],
        authTypes: [AuthType],
        rule: ConfigStringFormat,
        agentHeader: ConfigStringFormat
    ) {
        self.providers = providers
        self.authTypes = authTypes
        self.rule = rule
        self.agentHeader = agentHeader
    }

    /// The whole file.
    ///
    /// `providers` is checked apart, because its problems have a code of their own.
    var root: ConfigObject {
        ConfigObject([
            .optional("version", .anything, "The format version that Janee 0.16 wrote; informational."),
            .optional("features", features, "Feature gates of the roll-out; informational."),
            .optional("masterKey", .string(.anyText), "The key of values that Janee 0.2 wrote inline."),
            .optional("llm", .anything, "A block of Janee 0.16 that nothing reads."),
            .optional("providers", .anything, "Where secrets come from."),
            .optional("services", .map(keys: Self.entryName, values: .object(service)), "The upstream APIs."),
            .optional("capabilities", .map(keys: Self.entryName, values: .object(capability)), "What agents may use."),
            .optional("server", .object(server), "How the server behaves."),
            .optional("security", .object(security), "How secrets and records are kept."),
        ])
    }

    var provider: ConfigSchema {
        .union(ConfigUnion(discriminator: "type", variants: providers.map { ($0.type, $0.configuration) }))
    }

    private var features: ConfigSchema {
        .object(ConfigObject([.optional("providers", .boolean, "Whether providers were enabled in the beta.")]))
    }

    private var server: ConfigObject {
        ConfigObject([
            .optional("port", .integer(0...65_535), "The port of the HTTP transport."),
            .optional("host", .string(.text), "The address the HTTP transport listens on."),
            .optional("logBodies", .boolean, "Whether request bodies are written to the audit log."),
            .optional("allowAgentReload", .boolean, "Whether agents may have the configuration read anew."),
            .optional("strictDecryption", .boolean, "A switch of Janee 0.16; decryption is always strict."),
            .optional("defaultAccess", .string(.oneOf(AccessMode.allCases.map(\.rawValue))), "Access without a list."),
            .optional("defaultApproval", .string(.oneOf(ApprovalMode.allCases.map(\.rawValue))), "Approval if unset."),
        ])
    }

    private var security: ConfigObject {
        ConfigObject([
            .optional("masterKey", .string(.masterKey), "Where the local store's key comes from."),
            .optional("auditSync", .boolean, "Whether each audit record is flushed to the disk."),
            .optional("devMode", .boolean, "Whether providers may be on this machine; true if absent."),
        ])
    }

    var service: ConfigObject {
        ConfigObject([
            .required("baseUrl", .string(.baseURL), "The address that every call goes below."),
            .required("auth", auth, "How calls are authenticated."),
            .optional("testPath", .string(.text), "A path that needs authentication."),
            .optional("ownership", .object(ownership), "Who created the service and who may use it."),
            .optional("network", .object(network), "What it may reach beyond the public internet."),
            .optional("limits", .object(limits), "Bounds of one call."),
            .optional("allowHeaders", .list(.string(agentHeader)), "More request headers agents may send."),
        ])
    }

    private var auth: ConfigSchema {
        .union(ConfigUnion(discriminator: "type", variants: authTypes.map { ($0.type, $0.lenient) }))
    }

    private var ownership: ConfigObject {
        let policies = Ownership.Policy.allCases.map(\.rawValue)
        return ConfigObject([
            .required("accessPolicy", .string(.oneOf(policies)), "Who may use the service."),
            .optional("createdBy", .string(.text), "The agent that created it."),
            .optional("sharedWith", .list(.string(.text)), "Other agents that may use it."),
            .optional("createdAt", .string(.text), "When it was created."),
        ])
    }

    private var network: ConfigObject {
        ConfigObject([
            .optional("allow", .list(.string(.addressRange)), "Private ranges that may be reached."),
            .optional("allowPlaintext", .boolean, "Whether plain http is accepted."),
        ])
    }

    private var limits: ConfigObject {
        let milliseconds = ConfigSchema.integer(1...3_600_000)
        let bytes = ConfigSchema.integer(0...(1024 * ServiceLimits.megabyte))
        return ConfigObject([
            .optional("connectTimeoutMs", milliseconds, "Longest wait for a connection."),
            .optional("idleTimeoutMs", milliseconds, "Longest silence of the upstream."),
            .optional("timeoutMs", milliseconds, "Longest time of a call."),
            .optional("maxRequestBytes", bytes, "Largest request body."),
            .optional("maxResponseBytes", bytes, "Largest response body, decoded."),
        ])
    }

    var capability: ConfigObject {
        ConfigObject([
            .required("service", .string(.text), "The service it uses."),
            .optional("ttl", .string(.timeToLive), "How long a grant lasts; 1h if absent."),
            .optional("autoApprove", .boolean, "Whether calls run without a person's consent."),
            .optional("requiresReason", .boolean, "Whether an agent must give a reason."),
            .optional("rules", .object(rules), "Which methods and paths are allowed."),
            .optional("allowedAgents", .list(.string(.text)), "The only agents that may use it."),
            .optional("access", .string(.oneOf(AccessMode.allCases.map(\.rawValue))), "Access without a list."),
            .optional("mode", .string(.oneOf(Capability.Mode.allCases.map(\.rawValue))), "HTTP calls or commands."),
            .optional("allowCommands", .list(.string(.text)), "The commands of an exec capability."),
            .optional("env", .map(keys: .text, values: .string(.anyText)), "Its environment."),
            .optional("workDir", .string(.text), "Its working directory."),
            .optional("timeout", .integer(1...86_400_000), "Its time limit in milliseconds."),
        ])
    }

    var rules: ConfigObject {
        ConfigObject([
            .optional("allow", .list(.string(rule)), "Patterns of which one must match."),
            .optional("deny", .list(.string(rule)), "Patterns of which none may match."),
        ])
    }

    static let entryName = ConfigStringFormat(name: "name", pattern: #"^[^\u0000-\u001F\u007F-\u009F]{1,128}$"#) {
        text in
        guard !text.isEmpty, text.unicodeScalars.count <= 128 else {
            return ConfigStringFormat.Refusal("must be a name of 1 to 128 characters")
        }
        guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            return ConfigStringFormat.Refusal("must not contain control characters")
        }
        return nil
    }
}
