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
            let isRefused = isBroken("\(section.field).\(field.name)")
            if isRequired, !isWritten, !isRefused, auth.secrets.count == before {
                let hint =
                    hasVersionOf016 && legacy == nil
                    ? "; credentials.json, in which Janee 0.16 kept it, is not there" : ""
                fail(at: section.position, section.field, "misses the required field '\(field.name)'\(hint)")
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
            var names: Set<String> = []
            for entry in ConfigSection.entries(of: node) {
                guard names.insert(entry.key.lowercased()).inserted else {
                    fail(at: entry.keyPosition, "\(path).\(entry.key)", "is there more than once, in other letters")
                    continue
                }
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
        var written = Set(auth.secrets.keys.map { $0.lowercased() })
        let inFile = written
        for name in stored.keys.sorted() {
            let isOfField = field.shape == .map ? name.hasPrefix(prefix) : name == field.name
            guard isOfField, !inFile.contains(name.lowercased()) else { continue }
            guard written.insert(name.lowercased()).inserted else {
                fail(
                    at: auth.section.position,
                    "\(auth.section.field).\(name)",
                    "is stored by Janee 0.16 more than once, in other letters; write the header that is meant into 'headers'"
                )
                continue
            }
            do throws(SecretError) {
                auth.add(try LegacyCredentials.reference(service, name), as: name, at: auth.section.position)
            } catch {
                fail(error.code.rawValue, at: auth.section.position, auth.section.field, error.detail)
            }
        }
    }
}
