import JaneeSecrets

extension ConfigurationDecoder {
    private static let invalid = SecretError.Code.providerConfigInvalid.rawValue

    mutating func decodeProviders(_ node: ConfigNode?) -> [ProviderEntry] {
        guard let node else { return [] }
        if case .null = node.value { return [] }
        var validator = ConfigValidator(code: Self.invalid)
        validator.check(node, against: .map(keys: .providerName, values: schema.provider), field: "providers")
        for problem in validator.problems { report(problem) }

        var providers: [ProviderEntry] = []
        for entry in ConfigSection.entries(of: node) {
            let field = "providers.\(entry.key)"
            guard let name = ProviderName(entry.key) else { continue }
            let (isNew, twin) = declaredNames.insert(name)
            guard isNew else {
                fail(
                    Self.invalid,
                    at: entry.keyPosition,
                    field,
                    "is the same name as '\(twin)': provider names do not differ by upper and lower case"
                )
                continue
            }
            guard let section = ConfigSection(entry.value, field: field), let type = section.string("type"),
                let definition = schema.providers.first(where: { $0.type == type })
            else { continue }
            if name.isReserved, type != "filesystem" {
                fail(
                    Self.invalid,
                    at: entry.keyPosition,
                    field,
                    "is a reserved name; it may be declared only with 'type: filesystem'"
                )
                continue
            }
            providers.append(ProviderEntry(name: name, definition: definition, section: section))
        }
        return providers
    }

    /// Reports credentials whose environment variables are not set; they become errors when the provider is used.
    mutating func warnAboutVariables(_ providers: [ProviderEntry], _ node: ConfigNode?) {
        for provider in providers {
            // Where the strict reader found something wrong, a key may be a value in the wrong place.
            guard let auth = provider.section.node("auth"), !isBroken("\(provider.section.field).auth") else {
                continue
            }
            for entry in ConfigSection.entries(of: auth) {
                guard case .string(let text) = entry.value.value,
                    let template = try? SubstitutionTemplate(parsing: text, in: .credential)
                else { continue }
                for name in template.requiredVariables where substitution.variable(name) == nil {
                    report(
                        ConfigProblem(
                            .warning,
                            code: Self.invalid,
                            at: entry.value.position,
                            field: "\(provider.section.field).auth.\(entry.key)",
                            "environment variable \(name) is not set; the provider cannot be used without it"
                        )
                    )
                }
            }
        }
    }
}
