import JaneeSecrets

/// Whose permissions to use: the field `auth` of AWS, and `assumeRole` beside it.
struct AWSAuth: Sendable {
    enum Method: Sendable {
        /// The role that the platform gives to the program.
        case iamRole
        case accessKey(id: SubstitutionTemplate, secret: SubstitutionTemplate, token: SubstitutionTemplate?)
    }

    /// A role that is assumed with the keys before it.
    struct Role: Sendable {
        let arn: String
        let externalID: String?
        let sessionName: String
    }

    let method: Method
    /// Assumed one after the other.
    let roles: [Role]

    /// - Parameters:
    ///   - section: The field `auth`.
    ///   - parent: The map in which `assumeRole` stands.
    ///   - name: The provider, which names sessions that have no name.
    /// - Throws: `PROVIDER_CONFIG_INVALID`.
    init(_ section: ConfigSection?, assuming parent: ConfigSection, _ name: ProviderName) throws(SecretError) {
        if let section, section.string("method") == "access-key" {
            method = .accessKey(
                id: try section.credential("accessKeyId"),
                secret: try section.credential("secretAccessKey"),
                token: try section.optionalCredential("sessionToken")
            )
        } else {
            method = .iamRole
        }
        var roles: [Role] = []
        for section in parent.sections("assumeRole") {
            roles.append(
                Role(
                    arn: section.string("roleArn") ?? "",
                    externalID: section.string("externalId"),
                    sessionName: section.string("sessionName") ?? String("janee-\(name.spelling)".prefix(64))
                )
            )
        }
        self.roles = roles
    }
}

extension AWSAuth {
    static let schema = ConfigUnion(
        discriminator: "method",
        variants: [
            ("iam-role", ConfigObject([])),
            (
                "access-key",
                ConfigObject([
                    .required("accessKeyId", .string(.credential), "The access key's id."),
                    .required("secretAccessKey", .string(.credential), "The secret access key."),
                    .optional("sessionToken", .string(.credential), "The token of temporary credentials."),
                ])
            ),
        ]
    )

    static let assumeRole = ConfigField.optional(
        "assumeRole",
        .objectOrList(
            ConfigObject([
                .required("roleArn", .string(.awsRoleARN), "The role, such as arn:aws:iam::123456789012:role/janee."),
                .optional("externalId", .string(.awsExternalID), "The external id that the role asks for."),
                .optional("sessionName", .string(.awsSessionName), "The session's name; janee-<provider> if absent."),
            ])
        ),
        "A role, or a chain of roles, to assume."
    )
}

extension ConfigSection {
    /// The maps of a field that holds one or a list of them.
    fileprivate func sections(_ name: String) -> [ConfigSection] {
        if let section = section(name) { return [section] }
        guard case .list(let nodes) = node(name)?.value else { return [] }
        return nodes.enumerated().compactMap { ConfigSection($1, field: "\(field).\(name)[\($0)]") }
    }
}
