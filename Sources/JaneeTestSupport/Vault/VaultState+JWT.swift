import JaneeJSON

/// The content of a token of an identity provider, whose signature is not verified.
///
/// One whose signature is the word `bad` counts as wrongly signed: `jwt` does not know its key, and to `kubernetes` the
/// TokenReview says no.
struct VaultJWT: Sendable {
    let claims: JSONValue
    let isWronglySigned: Bool

    init?(_ text: String) {
        let blanks: Set<Character> = [" ", "\n", "\r", "\t", "\r\n"]
        let trimmed = String(text.filter { !blanks.contains($0) })
        let parts = trimmed.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let payload = Self.decode(parts[1]), let claims = try? JSONReader.parse(payload),
            claims.objectValue != nil
        else { return nil }
        self.claims = claims
        isWronglySigned = parts[2] == "bad"
    }

    func isExpired(at now: VaultTime) -> Bool {
        guard let expiry = claims["exp"]?.numberValue?.double else { return false }
        return Double(now.seconds) >= expiry
    }

    func isFor(_ audiences: [String]) -> Bool {
        let own = claims["aud"]?.arrayValue?.compactMap(\.stringValue) ?? claims["aud"]?.stringValue.map { [$0] } ?? []
        return audiences.isEmpty || !Set(audiences).isDisjoint(with: own)
    }

    /// Base64 with the alphabet of URLs.
    private static func decode(_ text: Substring) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in text.utf8 where byte != UInt8(ascii: "=") {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit = byte - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = byte - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0") + 52
            case UInt8(ascii: "-"), UInt8(ascii: "+"): digit = 62
            case UInt8(ascii: "_"), UInt8(ascii: "/"): digit = 63
            default: return nil
            }
            bits = bits << 6 | UInt32(digit)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return bytes
    }
}

extension VaultState {
    mutating func logInWithServiceAccount(
        _ call: VaultCall,
        _ login: VaultLogin
    ) throws(VaultError) -> VaultResponse {
        let roleName = try call.required("role")
        let text = try call.required("jwt")
        guard let role = login.roles[roleName] else { throw VaultError(400, "invalid role name \"\(roleName)\"") }
        guard let jwt = VaultJWT(text) else { throw VaultError(500, "not a compact JWS") }
        guard !jwt.isExpired(at: call.now) else { throw VaultError(500, "token is expired") }
        let account = ServiceAccount(jwt.claims)
        guard Self.admits(role.serviceAccounts, account.name) else {
            throw VaultError(500, "service account name not authorized")
        }
        guard Self.admits(role.serviceAccountNamespaces, account.namespace) else {
            throw VaultError(500, "namespace not authorized")
        }
        guard jwt.isFor(role.audiences) else {
            throw VaultError(
                500,
                "invalid audience (aud) claim: audience claim does not match any expected audience"
            )
        }
        guard !jwt.isWronglySigned else { throw .permissionDenied }
        return issue(
            role.token,
            call,
            displayName: "kubernetes-\(account.namespace)-\(account.name)",
            meta: [
                "role": .string(roleName),
                "service_account_name": .string(account.name),
                "service_account_namespace": .string(account.namespace),
                "service_account_secret_name": .string(account.secretName),
                "service_account_uid": .string(account.uid),
            ],
            entity: account.uid
        )
    }

    private static func admits(_ allowed: [String], _ name: String) -> Bool {
        allowed.isEmpty || allowed.contains("*") || allowed.contains(name)
    }

    mutating func logInWithJWT(_ call: VaultCall, _ login: VaultLogin) throws(VaultError) -> VaultResponse {
        let roleName = try call.required("role")
        guard let role = login.roles[roleName] else {
            throw VaultError(400, "role \"\(roleName)\" could not be found")
        }
        guard let text = call.text("jwt"), !text.isEmpty else { throw VaultError(400, "missing token") }
        let failure = "error validating token: "
        guard let jwt = VaultJWT(text) else {
            throw VaultError(
                400,
                failure + "error verifying token: square/go-jose: compact JWS format must have three parts"
            )
        }
        guard !jwt.isWronglySigned else {
            let reason = "error verifying token signature: no known key successfully validated the token signature"
            throw VaultError(400, failure + reason)
        }
        guard !jwt.isExpired(at: call.now) else {
            throw VaultError(400, failure + "invalid expiration time (exp) claim: token is expired")
        }
        guard jwt.isFor(role.audiences) else {
            let reason = "invalid audience (aud) claim: audience claim does not match any expected audience"
            throw VaultError(400, failure + reason)
        }
        let subject = jwt.claims["sub"]?.stringValue ?? ""
        guard role.subject == nil || role.subject == subject else {
            throw VaultError(400, failure + "invalid subject (sub) claim: subject claim does not match")
        }
        for (name, value) in role.claims where jwt.claims[name] != value {
            throw VaultError(
                400,
                "error validating claims: claim \"\(name)\" does not match any associated bound claim values"
            )
        }
        let user = jwt.claims[role.userClaim]?.stringValue ?? subject
        return issue(
            role.token,
            call,
            displayName: "jwt-\(user)",
            meta: ["role": .string(roleName)],
            entity: user
        )
    }
}

/// Whom a token of Kubernetes is for: bound to a pod and a time, or of the old kind that a secret holds.
private struct ServiceAccount {
    let name: String
    let namespace: String
    let uid: String
    let secretName: String

    init(_ claims: JSONValue) {
        let bound = claims["kubernetes.io"]
        func text(_ key: String) -> String { claims["kubernetes.io/serviceaccount/\(key)"]?.stringValue ?? "" }
        name = bound?["serviceaccount"]?["name"]?.stringValue ?? text("service-account.name")
        uid = bound?["serviceaccount"]?["uid"]?.stringValue ?? text("service-account.uid")
        namespace = bound?["namespace"]?.stringValue ?? text("namespace")
        secretName = text("secret.name")
    }
}
