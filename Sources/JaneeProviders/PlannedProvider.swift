import JaneeSecrets

/// What providers answer whose configuration is known but which this version cannot use.
enum PlannedProvider {
    static func refusal(type: String, name: ProviderName) -> SecretError {
        SecretError(
            .providerConfigInvalid,
            "providers of type '\(type)' are not usable in this version of Janee; their configuration is checked only",
            provider: name.spelling
        )
    }
}
