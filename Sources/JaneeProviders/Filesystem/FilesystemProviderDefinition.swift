import JaneeFiles
package import JaneeSecrets

/// `type: filesystem`: encrypted files on this machine (RFC 0005, "LocalFilesystemConfig").
package struct FilesystemProviderDefinition: ProviderDefinition {
    package init() {}

    package var type: String { "filesystem" }

    package var configuration: ConfigObject {
        ConfigObject([.required("path", .string(.localPath), "The directory of the secrets, absolute or under '~'.")])
    }

    package func validate(_ reference: SecretReference, configuration: ConfigSection) throws(SecretError) {
        try Self.check(reference)
    }

    package func limits(configuration: ConfigSection) -> ProviderLimits { .local }

    package func makeProvider(
        name: ProviderName,
        configuration: ConfigSection,
        context: ProviderContext
    ) throws(SecretError) -> any SecretsProvider {
        guard let path = configuration.string("path") else {
            throw SecretError(.providerConfigInvalid, "misses the required field 'path'", provider: name.spelling)
        }
        return FilesystemProvider(
            name: name,
            path: LocalPath.expanded(path, home: context.homeDirectory),
            context: context
        )
    }

    /// Refuses what no file can be named.
    static func check(_ reference: SecretReference) throws(SecretError) {
        guard reference.field == nil, reference.version == nil else {
            throw SecretError(.invalidSecretURI, "secrets on the file system have neither fields nor versions")
        }
        for segment in reference.segments {
            guard segment.utf8.count <= 255 else {
                throw SecretError(.invalidSecretURI, "a segment of the path is longer than 255 bytes")
            }
            guard !segment.hasPrefix(DirectoryHandle.temporaryPrefix) else {
                throw SecretError(
                    .invalidSecretURI,
                    "names that start with '\(DirectoryHandle.temporaryPrefix)' are reserved"
                )
            }
        }
    }
}
