import JaneeSecrets

/// Turns a parsed file into a ``Configuration``, collecting problems on the way.
struct ConfigurationDecoder {
    let schema: ConfigurationSchema
    let substitution: SubstitutionSource
    /// What `credentials.json` or the file itself holds for services; set by ``decode(_:path:earlier:)``.
    var legacy: LegacyCredentials?
    /// Whether Janee 0.16 wrote the file.
    var isLegacyHome = false
    /// Whether the file's `version` is one that Janee 0.16 writes.
    var hasVersionOf016 = false
    /// The names of everything below `providers`, also of what is not usable there.
    var declaredNames: Set<ProviderName> = []
    private(set) var found = FoundProblems()
    var problems: [ConfigProblem] { found.all }

    init(schema: ConfigurationSchema, substitution: SubstitutionSource, credentials: LegacyCredentials?) {
        self.schema = schema
        self.substitution = substitution
        legacy = credentials
    }

    /// The configuration, or nil if ``problems`` holds an error.
    mutating func decode(_ root: ConfigNode, path: String, earlier: [ConfigProblem]) -> Configuration? {
        let forms = LegacyForms(root)
        let root = forms.root
        found.append(contentsOf: forms.problems)
        legacy = forms.inline ?? legacy
        var validator = ConfigValidator()
        validator.check(root, against: .object(schema.root), field: "")
        found.append(contentsOf: validator.problems)
        guard let file = ConfigSection(root, field: "") else { return nil }

        hasVersionOf016 = LegacyHome.hasVersionOf016(file)
        isLegacyHome = hasVersionOf016 && legacy != nil
        let providers = decodeProviders(file.node("providers"))
        let services = decodeServices(file.node("services"), providers)
        let capabilities = decodeCapabilities(file.node("capabilities"), services: file.node("services"))
        let server = decodeServer(file.node("server"))
        let security = decodeSecurity(file.node("security"), providers)
        if let features = file.node("features").flatMap({ ConfigSection($0, field: "features") }),
            features.boolean("providers") == false, providers.contains(where: { $0.type != "filesystem" })
        {
            warn(at: features.position(of: "providers"), "features.providers", "has no effect; providers are always on")
        }
        warnAboutVariables(providers, file.node("providers"))
        guard !found.hasErrors else { return nil }
        return Configuration(
            path: path,
            providers: providers,
            services: services,
            capabilities: capabilities,
            server: server,
            security: security,
            legacy: legacy,
            warnings: (earlier + problems).sorted { $0.position < $1.position }
        )
    }

    mutating func fail(
        _ code: String = ConfigProblem.generalCode,
        at position: ConfigPosition,
        _ field: String,
        _ message: String
    ) {
        report(ConfigProblem(code: code, at: position, field: field, message))
    }

    mutating func warn(at position: ConfigPosition, _ field: String, _ message: String) {
        report(ConfigProblem(.warning, at: position, field: field, message))
    }

    mutating func report(_ problem: ConfigProblem) { found.append(problem) }

    /// Whether an error was found in `field` or below it.
    func isBroken(_ field: String) -> Bool { found.isBroken(field) }
}

extension ConfigurationDecoder {
    private mutating func decodeServer(_ node: ConfigNode?) -> ServerSettings {
        var settings = ServerSettings()
        guard let section = node.flatMap({ ConfigSection($0, field: "server") }) else { return settings }
        settings.logBodies = section.boolean("logBodies") ?? false
        settings.allowAgentReload = section.boolean("allowAgentReload") ?? false
        settings.defaultAccess = section.string("defaultAccess").flatMap(AccessMode.init) ?? .open
        settings.defaultApproval = section.string("defaultApproval").flatMap(ApprovalMode.init) ?? .automatic
        if section.boolean("strictDecryption") == false {
            warn(
                at: section.position(of: "strictDecryption"),
                "server.strictDecryption",
                "has no effect: what cannot be decrypted is never sent"
            )
        }
        return settings
    }

    private mutating func decodeSecurity(_ node: ConfigNode?, _ providers: [ProviderEntry]) -> SecuritySettings {
        var settings = SecuritySettings()
        guard let section = node.flatMap({ ConfigSection($0, field: "security") }) else { return settings }
        settings.auditSync = section.boolean("auditSync") ?? false
        settings.devMode = section.boolean("devMode") ?? true
        guard let text = section.string("masterKey"), !isBroken("security.masterKey") else { return settings }
        if let template = try? SubstitutionTemplate(parsing: text, in: .credential), !template.isLiteral {
            settings.masterKey = .template(template)
        } else if let uri = try? SecretURI(parsing: text) {
            let type = providers.first { $0.name == uri.provider }?.type
            if type == nil, !uri.provider.isReserved {
                guard !declaredNames.contains(uri.provider) else { return settings }
                let error = unknown(uri.provider, providers)
                fail(error.code.rawValue, at: section.position(of: "masterKey"), "security.masterKey", error.detail)
            } else if type == nil || type == "filesystem" {
                fail(
                    SecretError.Code.providerConfigInvalid.rawValue,
                    at: section.position(of: "masterKey"),
                    "security.masterKey",
                    "must name a declared remote provider: the local store cannot hold its own key"
                )
            } else {
                do throws(SecretError) {
                    try check(uri, providers)
                    settings.masterKey = .secret(uri)
                } catch {
                    let position = section.position(of: "masterKey")
                    fail(error.code.rawValue, at: position, "security.masterKey", error.detail)
                }
            }
        }
        return settings
    }
}
