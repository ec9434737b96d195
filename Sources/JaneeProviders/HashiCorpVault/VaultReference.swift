import JaneeSecrets

/// Which references a KV engine can have at all.
enum VaultReference {
    /// Checks a reference without asking the server.
    ///
    /// - Parameters:
    ///   - layout: The only layout, if there is one.
    ///   - version: The version of the engine, if it is known.
    /// - Throws: `INVALID_SECRET_URI`.
    static func check(
        _ reference: SecretReference,
        layout: KVLayout?,
        version: KVVersion?
    ) throws(SecretError) {
        if reference.segments.contains(where: holdsTwoDots) {
            throw SecretError(.invalidSecretURI, "Vault has no paths that hold '..'")
        }
        if reference.segments.last?.utf8.last == UInt8(ascii: ".") {
            throw SecretError(.invalidSecretURI, "Vault has no paths that end in a dot")
        }
        if let number = reference.version {
            guard let value = Int(number), value > 0, String(value) == number else {
                throw SecretError(.invalidSecretURI, "a version of Vault's is a whole number from 1")
            }
            if version == .v1 { throw SecretError(.invalidSecretURI, "secrets of KV version 1 have no versions") }
        }
        if layout == .field, reference.field == nil, reference.segments.count < 2 {
            throw SecretError(
                .invalidSecretURI,
                "with 'layout: field' a path is a secret and one of its fields: it needs at least two segments"
            )
        }
    }

    private static func holdsTwoDots(_ segment: String) -> Bool {
        let dot = UInt8(ascii: ".")
        return zip(segment.utf8, segment.utf8.dropFirst()).contains { $0 == dot && $1 == dot }
    }
}
