/// Where `${NAME}` and `${file:…}` get their values.
public struct SubstitutionSource: Sendable {
    /// Looks up an environment variable.
    public let variable: @Sendable (String) -> String?
    /// Reads a credential file.
    ///
    /// A regular file of at most 64 KiB, `~` expanded. The error says why it cannot.
    public let file: @Sendable (String) throws(SecretError) -> SecretValue
    /// Learns of every credential, so that it can be taken out of whatever is logged or shown.
    ///
    /// A provider tells it of credentials that it is given later, such as the token that a login yields.
    public let observe: @Sendable (SecretValue) -> Void

    /// Makes a source.
    public init(
        variable: @escaping @Sendable (String) -> String?,
        file: @escaping @Sendable (String) throws(SecretError) -> SecretValue,
        observe: @escaping @Sendable (SecretValue) -> Void = { _ in }
    ) {
        self.variable = variable
        self.file = file
        self.observe = observe
    }
}

extension SubstitutionTemplate {
    /// The text a reference stands for.
    ///
    /// - Throws: `PROVIDER_CONFIG_INVALID` naming the variable that is not set.
    public func text(from source: SubstitutionSource) throws(SecretError) -> String {
        var text = ""
        for part in parts {
            switch part {
            case .literal(let literal): text += literal
            case .variable(let name): text += try Self.value(of: name, from: source)
            case .choice(let variable, let equals, let value, let then, let otherwise):
                text += ((source.variable(variable) ?? "") == value) == equals ? then : otherwise
            case .file:
                throw SecretError(.providerConfigInvalid, "'${file:…}' is not allowed here")
            }
        }
        return text
    }

    /// The credential a field stands for; files are read anew each time.
    ///
    /// The source learns of it, and of the parts that it is made of.
    ///
    /// - Throws: `PROVIDER_CONFIG_INVALID` naming the variable or the file.
    public func secret(from source: SubstitutionSource) throws(SecretError) -> SecretValue {
        var bytes: [UInt8] = []
        for part in parts {
            let value: SecretValue
            switch part {
            case .literal(let literal):
                bytes += literal.utf8
                continue
            case .variable(let name): value = SecretValue(try Self.value(of: name, from: source))
            case .file(let path): value = try source.file(path)
            case .choice:
                throw SecretError(.providerConfigInvalid, "a conditional is not allowed here")
            }
            value.withBytes { bytes += $0 }
            source.observe(value)
        }
        let whole = SecretValue(bytes)
        source.observe(whole)
        return whole
    }

    private static func value(of name: String, from source: SubstitutionSource) throws(SecretError) -> String {
        guard let value = source.variable(name) else {
            throw SecretError(.providerConfigInvalid, "environment variable \(name) is not set")
        }
        return value
    }
}
