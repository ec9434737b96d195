extension ConfigStringFormat {
    /// A provider name of RFC 0005's grammar.
    public static let providerName = ConfigStringFormat(name: "provider name", pattern: TextPattern.providerName) {
        text in
        ProviderName(text) == nil
            ? Refusal(
                "is not a provider name: a letter, then letters, digits, '-' or '_', at most \(ProviderName.maximumLength)",
                code: SecretError.Code.providerConfigInvalid.rawValue
            ) : nil
    }

    /// A reference to a secret: `provider://path`, or a bare path in the default provider; `${…}` as documented.
    public static let secretReference = ConfigStringFormat(
        name: "secret reference",
        pattern: TextPattern.secretReference
    ) { text in
        do {
            let template = try SubstitutionTemplate(parsing: text, in: .reference)
            if template.isLiteral { _ = try SecretURI(parsing: text) }
            return nil
        } catch let refusal as Refusal {
            return Refusal(refusal.message, code: SecretError.Code.providerConfigInvalid.rawValue)
        } catch let error as SecretError {
            return Refusal(error.detail, code: error.code.rawValue)
        } catch {
            return Refusal("is not a secret reference")
        }
    }

    /// Text that is a reference where it holds `://`.
    static let textOrSecretURI = ConfigStringFormat(
        name: "text or secret reference",
        pattern: TextPattern.textOrSecretURI
    ) { text in
        text.contains("://") ? secretReference.check(text) : ConfigStringFormat.text.check(text)
    }

    /// A credential of a provider, which may use `${NAME}` and `${file:/path}`.
    public static let credential = ConfigStringFormat(
        name: "credential with ${NAME} or ${file:/path}",
        pattern: TextPattern.credential
    ) { text in
        guard !text.isEmpty else { return Refusal("must not be empty") }
        do throws(Refusal) {
            _ = try SubstitutionTemplate(parsing: text, in: .credential)
            return nil
        } catch {
            return error
        }
    }

    /// The base address of a provider: https, or http where the host is literally loopback.
    public static let providerAddress = ConfigStringFormat(name: "https address", pattern: TextPattern.providerAddress)
    { text in
        if let refusal = refusalOfSubstitution(in: text) { return refusal }
        do throws(EndpointURLError) {
            let endpoint = try EndpointURL(parsing: text)
            if endpoint.scheme == .http, !endpoint.isLiteralLoopback {
                return Refusal("must be https; plain http is for localhost only")
            }
            if let address = endpoint.ipAddress,
                let refusal = AddressPolicy(allowedPrivate: everyRange, loopback: endpoint.isLiteralLoopback)
                    .check(address)
            {
                return Refusal(refusal.message)
            }
            return nil
        } catch {
            return Refusal(error.description)
        }
    }

    /// A range of addresses, such as `10.1.0.0/16`, or one address.
    public static let addressRange = ConfigStringFormat(name: "address range", pattern: TextPattern.addressRange) {
        text in
        CIDRBlock(text) == nil
            ? Refusal("must be an address range such as 10.1.0.0/16 (no bits beyond the prefix) or fd00::/8") : nil
    }

    /// An absolute path or one under `~`.
    public static let localPath = ConfigStringFormat(name: "absolute path", pattern: TextPattern.localPath) { text in
        if let refusal = refusalOfSubstitution(in: text) { return refusal }
        guard text.hasPrefix("/") || text == "~" || text.hasPrefix("~/") else {
            return Refusal("must be an absolute path or start with '~/'")
        }
        guard !text.utf8.contains(0), !text.split(separator: "/").contains("..") else {
            return Refusal("must not contain '..' or NUL")
        }
        return nil
    }
}

extension ConfigSchema {
    /// A secret reference in its short or its structured form.
    public static let secret = ConfigSchema.stringOrObject(.secretReference, structuredReference)

    /// Plain text, or a secret reference: as a URI with `://` or in the structured form.
    public static let textOrSecret = ConfigSchema.stringOrObject(.textOrSecretURI, structuredReference)

    private static let structuredReference = ConfigObject([
        .required("provider", .string(.providerName), "The provider that holds the secret."),
        .required("path", .string(.secretPath), "The path in that provider, percent-encoded like in a URI."),
        .optional("field", .string(.text), "A field of a structured secret."),
        .optional("version", .stringOrInteger(.text), "A version; the latest if absent."),
    ])
}

extension ConfigStringFormat {
    /// The path of a structured reference.
    static let secretPath = ConfigStringFormat(name: "secret path", pattern: TextPattern.secretPath) { text in
        do throws(SecretError) {
            _ = try SecretReference(path: text)
            return nil
        } catch {
            return Refusal(error.detail, code: error.code.rawValue)
        }
    }
}

/// Both address families whole: private ranges are a matter of `network.allow`, checked where that is known.
private let everyRange = ["0.0.0.0/0", "::/0"].compactMap { CIDRBlock($0) }
