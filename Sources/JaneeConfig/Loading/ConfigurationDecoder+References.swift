import JaneeSecrets

extension ConfigurationDecoder {
    /// Resolves a secret field of a service to a reference of a known provider, checked offline; nil if that fails, or if
    /// the strict reader has refused the field.
    mutating func decodeReference(_ node: ConfigNode, _ field: String, _ providers: [ProviderEntry]) -> SecretURI? {
        guard !isBroken(field) else { return nil }
        do throws(SecretError) {
            let uri = try reference(node)
            try check(uri, providers)
            return uri
        } catch {
            fail(error.code.rawValue, at: node.position, field, error.detail)
            return nil
        }
    }

    private func reference(_ node: ConfigNode) throws(SecretError) -> SecretURI {
        if case .string(let text) = node.value {
            let template: SubstitutionTemplate
            do {
                template = try SubstitutionTemplate(parsing: text, in: .reference)
            } catch {
                throw SecretError(.providerConfigInvalid, error.message)
            }
            return try SecretURI(parsing: try template.text(from: substitution))
        }
        guard let section = ConfigSection(node, field: ""), let path = section.string("path"),
            let name = section.string("provider").flatMap({ ProviderName($0) })
        else { throw SecretError(.invalidSecretURI, "is not a secret reference") }
        let version = section.string("version") ?? section.integer("version").map(String.init)
        let reference = try SecretReference(path: path, field: section.string("field"), version: version)
        return SecretURI(provider: name, reference: reference)
    }

    func check(_ uri: SecretURI, _ providers: [ProviderEntry]) throws(SecretError) {
        let declared =
            providers.first { $0.name == uri.provider }
            ?? (uri.provider.isReserved ? DefaultProvider.choose(among: providers) : nil)
        if let declared {
            try declared.definition.validate(uri.reference, configuration: declared.section)
            return
        }
        if uri.provider.isReserved {
            guard let local = schema.providers.first(where: { $0.type == "filesystem" }),
                let empty = ConfigSection(ConfigNode(.map([]), at: .start), field: "")
            else { return }
            try local.validate(uri.reference, configuration: empty)
            return
        }
        // What is wrong with a provider that is declared has been said where it stands.
        guard !declaredNames.contains(uri.provider) else { return }
        throw unknown(uri.provider, providers)
    }

    /// That no provider has this name, with the nearest one.
    func unknown(_ name: ProviderName, _ providers: [ProviderEntry]) -> SecretError {
        let names = providers.map(\.name.spelling) + [ProviderName.local.spelling]
        let hint =
            NearestName.of(name.spelling, among: names).map { "did you mean '\($0)'?" }
            ?? "declare it under 'providers'"
        return SecretError(.providerNotFound, "no provider is named '\(name)'; \(hint)")
    }
}
