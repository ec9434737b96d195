import JaneeSecrets

/// How to log in: the field `auth`.
struct VaultAuth: Sendable {
    enum Method: Sendable {
        case token(SubstitutionTemplate)
        case approle(roleID: SubstitutionTemplate, secretID: SubstitutionTemplate, wrappedFor: String?)
        case kubernetes(role: String, tokenFile: String)
        case jwt(role: String?, SubstitutionTemplate)
        case certificate(name: String?)
        /// `userpass` and `ldap`, whose protocol is the same.
        case password(username: SubstitutionTemplate, password: SubstitutionTemplate)
        /// The agent at the address adds its own token.
        case agent
        case aws
    }

    /// Where Kubernetes puts the token of a pod's service account.
    static let serviceAccountPath = "/var/run/secrets/kubernetes.io/serviceaccount/token"

    let name: String
    let method: Method
    /// Where the auth method is mounted, below `auth/`.
    let mount: [String]
    /// The namespace of the login and of the token, where it is not that of the secrets.
    let namespace: String?

    /// - Throws: `PROVIDER_CONFIG_INVALID`.
    init(_ section: ConfigSection, home: String) throws(SecretError) {
        name = section.string("method") ?? ""
        let mount = VaultRequest.segments(section.string("mount") ?? name)
        self.mount = mount
        namespace = section.string("namespace")
        switch name {
        case "token": method = .token(try section.credential("token"))
        case "approle":
            method = .approle(
                roleID: try section.credential("roleId"),
                secretID: try section.credential("secretId"),
                wrappedFor: section.section("wrapping")?.string("role")
            )
        case "kubernetes":
            method = .kubernetes(
                role: section.string("role") ?? "",
                tokenFile: LocalPath.expanded(
                    section.string("serviceAccountPath") ?? Self.serviceAccountPath,
                    home: home
                )
            )
        case "jwt": method = .jwt(role: section.string("role"), try section.credential("jwt"))
        case "cert": method = .certificate(name: section.string("name"))
        case "userpass", "ldap":
            method = .password(
                username: try section.credential("username"),
                password: try section.credential("password")
            )
        case "agent": method = .agent
        case "aws": method = .aws
        default:
            throw SecretError(
                .providerConfigInvalid,
                "there is no auth method '\(name)'"
            )
        }
    }
}

extension VaultAuth {
    /// The variants of the field, of which none has the fields of another.
    static let schema = ConfigUnion(
        discriminator: "method",
        variants: [
            ("token", [.required("token", .string(.credential), "The token.")]),
            (
                "approle",
                [
                    .required("roleId", .string(.credential), "The role id."),
                    .required("secretId", .string(.credential), "The secret id, or a token that wraps it."),
                    .optional("wrapping", .object(wrapping), "Says that the secret id is a wrapping token."),
                ]
            ),
            (
                "kubernetes",
                [
                    .required("role", .string(.text), "The role."),
                    .optional("serviceAccountPath", .string(.localPath), "The service account's token file."),
                ]
            ),
            (
                "jwt",
                [
                    .required("jwt", .string(.credential), "The JSON Web Token, such as ${file:/var/run/token}."),
                    .optional("role", .string(.text), "The role; the mount's default role if absent."),
                ]
            ),
            ("cert", [.optional("name", .string(.text), "The certificate role; any that matches if absent.")]),
            ("userpass", credentials),
            ("ldap", credentials),
            ("agent", []),
            (
                "aws",
                [
                    .required("role", .string(.text), "The role."),
                    .optional(
                        "region",
                        .string(.awsRegion),
                        "The region of the server's STS; the global one if absent."
                    ),
                    .optional("serverId", .string(.awsServerID), "What the server's iam_server_id_header_value is."),
                    .optional("credentials", .union(AWSAuth.schema), "Whose keys to sign with; iam-role if absent."),
                    AWSAuth.assumeRole,
                ]
            ),
        ]
        .map { ($0.0, ConfigObject($0.1 + ($0.0 == "agent" ? [] : common))) }
    )

    private static let common: [ConfigField] = [
        .optional("mount", .string(.vaultPath), "The mount of the auth method; its name if absent."),
        .optional("namespace", .string(.vaultPath), "The namespace of the auth method."),
    ]

    private static let credentials: [ConfigField] = [
        .required("username", .string(.credential), "The user's name."),
        .required("password", .string(.credential), "The password."),
    ]

    private static let wrapping = ConfigObject([
        .required("role", .string(.text), "The role whose secret id is wrapped, as the creation path names it.")
    ])
}
