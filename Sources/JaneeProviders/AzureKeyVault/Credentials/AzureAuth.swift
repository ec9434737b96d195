import JaneeSecrets

/// Which identity to use: the field `auth`.
enum AzureAuth: Sendable {
    /// The identity that the platform gives to the program.
    case managedIdentity(ManagedIdentityID)
    /// An application of a directory, which proves itself.
    case application(AzureApplication)

    /// - Throws: `PROVIDER_CONFIG_INVALID`.
    init(_ section: ConfigSection, home: String) throws(SecretError) {
        switch section.string("method") {
        case "managed-identity":
            let named = [
                ("clientId", ManagedIdentityID.Kind.client), ("objectId", .object), ("resourceId", .resource),
            ]
            var ids: [(ManagedIdentityID.Kind, SubstitutionTemplate)] = []
            for (field, kind) in named {
                if let template = try section.optionalCredential(field) { ids.append((kind, template)) }
            }
            guard ids.count < 2 else {
                throw SecretError(
                    .providerConfigInvalid,
                    "an identity has one id: set one of clientId, objectId and resourceId"
                )
            }
            self = .managedIdentity(ids.first.map { .assigned($0.0, $0.1) } ?? .system)
        case "workload-identity":
            self = .application(
                AzureApplication(
                    tenantID: try section.optionalCredential("tenantId"),
                    clientID: try section.optionalCredential("clientId"),
                    proof: .federatedToken(
                        file: section.string("tokenFile").map { LocalPath.expanded($0, home: home) }
                    )
                )
            )
        case "certificate":
            let file = { (name: String) in section.string(name).map { LocalPath.expanded($0, home: home) } }
            let certificate = file("certificateFile") ?? ""
            self = .application(
                AzureApplication(
                    tenantID: try section.credential("tenantId"),
                    clientID: try section.credential("clientId"),
                    proof: .certificate(certificate, key: file("keyFile") ?? certificate)
                )
            )
        default:
            self = .application(
                AzureApplication(
                    tenantID: try section.credential("tenantId"),
                    clientID: try section.credential("clientId"),
                    proof: .secret(try section.credential("clientSecret"))
                )
            )
        }
    }

    static let schema = ConfigUnion(
        discriminator: "method",
        variants: [
            (
                "managed-identity",
                ConfigObject([
                    .optional("clientId", .string(.credential), "A user-assigned identity, by its client id."),
                    .optional("objectId", .string(.credential), "The same by its object (principal) id."),
                    .optional("resourceId", .string(.credential), "The same by its resource id."),
                ])
            ),
            (
                "service-principal",
                ConfigObject([
                    .required("tenantId", .string(.credential), "The directory."),
                    .required("clientId", .string(.credential), "The application."),
                    .required("clientSecret", .string(.credential), "Its secret."),
                ])
            ),
            (
                "certificate",
                ConfigObject([
                    .required("tenantId", .string(.credential), "The directory."),
                    .required("clientId", .string(.credential), "The application."),
                    .required("certificateFile", .string(.localPath), "Its certificate, in PEM."),
                    .optional("keyFile", .string(.localPath), "The RSA key; the certificate's file if absent."),
                ])
            ),
            (
                "workload-identity",
                ConfigObject([
                    .optional("tenantId", .string(.credential), "The directory; AZURE_TENANT_ID if absent."),
                    .optional("clientId", .string(.credential), "The application; AZURE_CLIENT_ID if absent."),
                    .optional("tokenFile", .string(.localPath), "The token; AZURE_FEDERATED_TOKEN_FILE if absent."),
                ])
            ),
        ]
    )
}

/// An application of a directory, and how it proves itself.
struct AzureApplication: Sendable {
    enum Proof: Sendable {
        case secret(SubstitutionTemplate)
        case certificate(String, key: String)
        /// A token of another identity provider, such as a cluster's; nil for the file that the environment names.
        case federatedToken(file: String?)
    }

    /// Nil for what the environment says.
    let tenantID: SubstitutionTemplate?
    let clientID: SubstitutionTemplate?
    let proof: Proof
}

/// Which of the identities of a machine or an application.
enum ManagedIdentityID: Sendable {
    enum Kind: Sendable {
        case client
        case object
        case resource
    }

    /// The only one that a platform gives without being asked for one.
    case system
    case assigned(Kind, SubstitutionTemplate)
}
