package import JaneeSecrets

/// `type: exec`: another program, such as a provider of summon or the command-line tool of a password manager.
package struct ExecProviderDefinition: ProviderDefinition {
    package init() {}

    package var type: String { "exec" }

    package var configuration: ConfigObject {
        ConfigObject(
            [
                .required("command", .string(.localPath), "The program, absolute or under '~'."),
                .optional(
                    "args",
                    .list(.string(.anyText)),
                    "Its arguments; '{path}', '{field}' and '{version}' are filled in, a missing '{path}' goes last."
                ),
                .optional(
                    "protocol",
                    .string(.oneOf(ExecSettings.Mode.allCases.map(\.rawValue))),
                    "How it is spoken to; summon if absent."
                ),
                .optional(
                    "passEnvironment",
                    .list(.string(.passedVariable)),
                    "Variables of Janee's environment that it gets; otherwise PATH, HOME and LC_ALL only."
                ),
                .optional("exitCodes", .object(exitCodes), "What its exit status means, for the protocol summon."),
            ] + RemoteProviderFields.resilience
        )
    }

    private var exitCodes: ConfigObject {
        ConfigObject(ExitCodes.meanings.map { .optional($0.field, .integer(1...125), $0.summary) })
    }

    package func validate(_ reference: SecretReference, configuration: ConfigSection) throws(SecretError) {
        let settings = ExecSettings(configuration)
        if settings.mode == .summon { _ = try settings.arguments(reference) }
    }

    package func makeProvider(
        name: ProviderName,
        configuration: ConfigSection,
        context: ProviderContext
    ) throws(SecretError) -> any SecretsProvider {
        ExecProvider(name: name, settings: ExecSettings(configuration), context: context)
    }
}

extension ConfigStringFormat {
    /// A variable that another program may be given.
    fileprivate static let passedVariable = ConfigStringFormat(
        name: "environment variable",
        pattern: environmentVariable.pattern
    ) { text in
        if let refusal = environmentVariable.check(text) { return refusal }
        return text.hasPrefix("JANEE_") ? Refusal("is a setting of Janee's own, which no other program gets") : nil
    }
}
