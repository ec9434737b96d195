import JaneeJSON

extension VaultState {
    /// The mount of a login, if the path is one that needs no token.
    func loginMount(_ call: VaultCall) -> (mount: String, rest: String)? {
        guard let (mount, rest) = authMount(call), let kind = namespaces[call.namespace]?.logins[mount]?.kind else {
            return nil
        }
        switch kind {
        case .userpass, .ldap: return rest.hasPrefix("login/") ? (mount, rest) : nil
        default: return rest == "login" ? (mount, rest) : nil
        }
    }

    /// The mount below `auth/` that a path leads to, and the rest.
    func authMount(_ call: VaultCall) -> (mount: String, rest: String)? {
        guard let path = call.path.after("auth/"), let namespace = namespaces[call.namespace] else { return nil }
        let mount = namespace.logins.keys.filter { path.hasPrefix($0) }.max { $0.count < $1.count }
        return mount.map { ($0, String(path.dropFirst($0.count))) }
    }

    mutating func logIn(_ call: VaultCall, _ mount: String, _ rest: String) throws(VaultError) -> VaultResponse {
        guard call.operation == .update else { throw .unsupportedOperation }
        guard let login = namespaces[call.namespace]?.logins[mount] else { throw .unsupportedPath }
        switch login.kind {
        case .approle: return try logInWithAppRole(call, mount, login)
        case .kubernetes: return try logInWithServiceAccount(call, login)
        case .jwt: return try logInWithJWT(call, login)
        case .userpass, .ldap: return try logInWithPassword(call, login, user: String(rest.dropFirst("login/".count)))
        case .cert: return try logInWithCertificate(call, login)
        case .aws: return try logInWithAWS(call, login)
        }
    }

    private mutating func logInWithPassword(
        _ call: VaultCall,
        _ login: VaultLogin,
        user: String
    ) throws(VaultError) -> VaultResponse {
        let password = try call.required("password")
        guard let role = login.roles[user], role.password == password else {
            let text =
                login.kind == .ldap
                ? "ldap operation failed: failed to bind as user" : "invalid username or password"
            throw VaultError(400, text)
        }
        return issue(
            role.token,
            call,
            displayName: "\(login.kind.rawValue)-\(user)",
            meta: ["username": .string(user)],
            entity: user
        )
    }

    private mutating func logInWithCertificate(
        _ call: VaultCall,
        _ login: VaultLogin
    ) throws(VaultError) -> VaultResponse {
        guard let commonName = call.clientCertificateCommonName else {
            throw VaultError(400, "client certificate must be supplied")
        }
        let candidates = call.text("name").map { [$0] } ?? login.roles.keys.sorted()
        let match = candidates.first { name in
            login.roles[name].map { $0.commonNames.isEmpty || $0.commonNames.contains(commonName) } ?? false
        }
        guard let name = match, let role = login.roles[name] else {
            throw VaultError(400, "invalid certificate or no client certificate supplied")
        }
        // The double does not read the certificate; identifiers of keys look like this.
        let keyID = "00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:00:11:22:33"
        return issue(
            role.token,
            call,
            displayName: "cert-\(commonName)",
            meta: [
                "authority_key_id": .string(keyID),
                "cert_name": .string(name),
                "common_name": .string(commonName),
                "serial_number": "5",
                "subject_key_id": .string(keyID),
            ],
            entity: commonName
        )
    }
}
