import JaneeSecrets

extension ConfigSection {
    /// The credential of a field, which is not looked up yet.
    ///
    /// - Throws: `PROVIDER_CONFIG_INVALID` if it is absent or cannot be one.
    func credential(_ field: String) throws(SecretError) -> SubstitutionTemplate {
        guard let template = try optionalCredential(field) else {
            throw SecretError(.providerConfigInvalid, "the field '\(self.field).\(field)' is missing")
        }
        return template
    }

    /// The same where it may be absent.
    func optionalCredential(_ field: String) throws(SecretError) -> SubstitutionTemplate? {
        guard let text = string(field) else { return nil }
        do throws(ConfigStringFormat.Refusal) {
            return try SubstitutionTemplate(parsing: text, in: .credential)
        } catch {
            throw SecretError(.providerConfigInvalid, "\(self.field).\(field) \(error.message)")
        }
    }
}
