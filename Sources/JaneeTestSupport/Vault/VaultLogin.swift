import JaneeJSON

/// A way to log in, and where it hangs.
struct VaultLogin: Sendable {
    enum Kind: String, Sendable {
        case approle
        case kubernetes
        case jwt
        case userpass
        case ldap
        case cert
        case aws

        /// Below which name of the mount roles or users are.
        var collection: String {
            switch self {
            case .approle, .kubernetes, .jwt, .aws: "role"
            case .userpass, .ldap: "users"
            case .cert: "certs"
            }
        }
    }

    let kind: Kind
    var roles: [String: VaultRole] = [:]
}

/// A role, a user or a certificate that may log in; each way looks at what is its own.
struct VaultRole: Sendable {
    var token = VaultTokenSettings()

    var roleID = ""
    var isSecretIDBound = true
    var secretIDUses = 0
    var secretIDTTL: Int64 = 0
    var secretIDNetworks: [String] = []
    var secretIDs: [String: SecretID] = [:]

    var password = ""
    var audiences: [String] = []
    var subject: String?
    var claims: JSONObject = [:]
    var userClaim = "sub"
    var serviceAccounts: [String] = []
    var serviceAccountNamespaces: [String] = []
    var commonNames: [String] = []
    var principals: [String] = []

    struct SecretID: Sendable {
        let networks: [String]
        let expires: VaultTime?
        /// nil for any number of times.
        var remainingUses: Int?
    }

    /// Takes over what a request sets.
    mutating func update(_ call: VaultCall) {
        token.update(call)
        if let bound = call.flag("bind_secret_id") { isSecretIDBound = bound }
        if let uses = call.integer("secret_id_num_uses") { secretIDUses = uses }
        if let seconds = call.seconds("secret_id_ttl") { secretIDTTL = seconds }
        if let networks = call.list("secret_id_bound_cidrs") { secretIDNetworks = networks }
        if let text = call.text("password") { password = text }
        if let list = call.list("bound_audiences") ?? call.list("audience") { audiences = list }
        if let text = call.text("bound_subject") { subject = text }
        if let object = call.body["bound_claims"]?.objectValue { claims = object }
        if let text = call.text("user_claim") { userClaim = text }
        if let list = call.list("bound_service_account_names") { serviceAccounts = list }
        if let list = call.list("bound_service_account_namespaces") { serviceAccountNamespaces = list }
        if let list = call.list("allowed_common_names") { commonNames = list }
        if let list = call.list("bound_iam_principal_arn") { principals = list }
    }
}
