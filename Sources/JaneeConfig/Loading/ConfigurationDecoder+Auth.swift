import JaneeSecrets

extension ConfigurationDecoder {
    /// The `auth` block of a service with the references of its secrets: those written there, and for absent fields those
    /// that Janee 0.16 has stored for the service.
    mutating func decodeAuth(_ service: String, _ block: ConfigSection, _ providers: [ProviderEntry]) -> ServiceAuth? {
        guard let section = block.section("auth"), let type = section.string("type"),
            let known = schema.authTypes.first(where: { $0.type == type })
        else { return nil }
        var auth = ServiceAuth(type: type, section: section)
        for field in known.secretFields {
            let before = auth.secrets.count
            var isWritten = false
            if let node = section.node(field.name) {
                if case .null = node.value {} else { isWritten = true }
                decode(field, node, into: &auth, providers)
            }
            if !isWritten || field.shape == .map { addStored(field, of: service, to: &auth) }
            let isRequired = known.configuration.fields.contains { $0.name == field.name && $0.isRequired }
            if isRequired, !isWritten, auth.secrets.count == before {
                fail(at: section.position, section.field, "misses the required field '\(field.name)'")
            }
        }
        return auth
    }

    private mutating func decode(
        _ field: SecretField,
        _ node: ConfigNode,
        into auth: inout ServiceAuth,
        _ providers: [ProviderEntry]
    ) {
        let path = "\(auth.section.field).\(field.name)"
        switch (field.shape, node.value) {
        case (_, .null): return
        case (.map, _):
            for entry in ConfigSection.entries(of: node) {
                guard let uri = decodeReference(entry.value, "\(path).\(entry.key)", providers) else { continue }
                auth.add(uri, as: field.entry(entry.key), at: entry.value.position)
            }
        case (.textOrReference, .string(let text)) where !text.contains("://"): return
        case (.reference, _), (.textOrReference, _):
            guard let uri = decodeReference(node, path, providers) else { return }
            auth.add(uri, as: field.name, at: node.position)
        }
    }

    private mutating func addStored(_ field: SecretField, of service: String, to auth: inout ServiceAuth) {
        let stored = legacy?.blobs[service] ?? [:]
        let prefix = field.entry("")
        let written = Set(auth.secrets.keys.map { $0.lowercased() })
        for name in stored.keys.sorted() {
            let isOfField = field.shape == .map ? name.hasPrefix(prefix) : name == field.name
            guard isOfField, !written.contains(name.lowercased()) else { continue }
            do throws(SecretError) {
                auth.add(try LegacyCredentials.reference(service, name), as: name, at: auth.section.position)
            } catch {
                fail(error.code.rawValue, at: auth.section.position, auth.section.field, error.detail)
            }
        }
    }
}
