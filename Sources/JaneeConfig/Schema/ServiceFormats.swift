import JaneeSecrets

extension ConfigStringFormat {
    static let baseURL = ConfigStringFormat(
        name: "base URL",
        pattern: #"^[Hh][Tt][Tt][Pp][Ss]?://[^\s?#@\\/][^\s?#@\\]*$"#
    ) { text in
        if let refusal = refusalOfSubstitution(in: text) { return refusal }
        do throws(EndpointURLError) {
            _ = try EndpointURL(parsing: text)
            return nil
        } catch {
            return Refusal(error.description)
        }
    }

    static let timeToLive = ConfigStringFormat(name: "duration", pattern: "^0*[1-9][0-9]*[smhd]$") { text in
        TimeToLive(text) == nil ? Refusal("must be a number with a unit, such as 30s, 5m, 1h or 7d") : nil
    }

    /// `${NAME}`, `${file:/path}`, or the reference of a secret in another provider: never the key itself.
    static let masterKey = ConfigStringFormat(name: "master key source", pattern: #"^[\s\S]*(?:\$\{|://)[\s\S]*$"#) {
        text in
        if let template = try? SubstitutionTemplate(parsing: text, in: .credential), !template.isLiteral { return nil }
        guard text.contains("://"), (try? SecretURI(parsing: text)) != nil else {
            return Refusal(
                "must be ${file:/path}, ${NAME} or the reference of a secret in a remote provider, never a key"
            )
        }
        return nil
    }
}
