import JaneeSecrets

/// The configuration of an exec provider.
struct ExecSettings: Sendable {
    /// How the program is spoken to.
    enum Mode: String, Sendable, CaseIterable {
        /// The path as an argument, the value on standard output.
        case summon
        /// Requests and answers as JSON lines.
        case jsonLines = "json-lines"
    }

    let command: String
    let mode: Mode
    let arguments: ArgumentTemplate
    /// As they are written, for a program that gets no path as an argument.
    let plainArguments: [String]
    let passedVariables: [String]
    let exitCodes: ExitCodes
    /// How long a request may take.
    let patience: Duration

    init(_ section: ConfigSection) {
        command = section.string("command") ?? ""
        mode = section.string("protocol").flatMap(Mode.init) ?? .summon
        plainArguments = section.strings("args") ?? []
        arguments = ArgumentTemplate(plainArguments)
        passedVariables = section.strings("passEnvironment") ?? []
        exitCodes = ExitCodes(section.section("exitCodes"))
        let limits = ProviderLimits(section)
        patience = min(limits.attempt, limits.operation)
    }
}

/// What a command means by its exit status; everything that is not listed is an error of its own.
struct ExitCodes: Sendable, Hashable {
    /// The fields, with what they mean; nil for "no such secret".
    static let meanings: [(field: String, code: SecretError.Code?, summary: String)] = [
        ("notFound", nil, "The exit status for: there is no such secret."),
        ("permissionDenied", .providerPermissionDenied, "The exit status for: the secret may not be read."),
        ("authFailed", .providerAuthFailed, "The exit status for: the credential is refused, log in."),
        ("unavailable", .providerUnavailable, "The exit status for: try again later."),
        ("rateLimited", .providerRateLimited, "The exit status for: too many requests, try again later."),
    ]

    private var codes: [Int32: SecretError.Code?] = [:]

    init(_ section: ConfigSection?) {
        for meaning in Self.meanings {
            if let status = section?.integer(meaning.field) { codes[Int32(status)] = .some(meaning.code) }
        }
    }

    /// Nil for "no such secret".
    func meaning(of status: Int32) throws(SecretError) -> SecretValue? {
        switch codes[status] {
        case .some(nil): return nil
        case .some(let code?): throw SecretError(code, "the command failed with exit status \(status)")
        case nil:
            throw SecretError(
                .providerInternalError,
                "the command failed with exit status \(status); run it by hand to see what it says"
            )
        }
    }
}
