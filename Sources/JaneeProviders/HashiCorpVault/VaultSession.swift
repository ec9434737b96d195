import HTTPTypes
import JaneeJSON
import JaneeSecrets

/// The requests with which a token asks about itself, and those about a mount.
struct VaultSession: Sendable {
    let client: VaultClient
    /// The namespace of the secrets.
    let namespace: String?
    /// The namespace in which the token was made.
    let tokenNamespace: String?
    /// Where the KV engine is mounted.
    let mount: [String]

    /// Looks the token up.
    func lookUp(_ token: SecretValue) async throws(SecretError) -> VaultAnswer {
        try await client.send(
            VaultRequest(path: ["auth", "token", "lookup-self"], token: token, namespace: tokenNamespace)
        )
    }

    /// What was found out about a token, and how many requests with it that took.
    struct Examination: Sendable {
        let isAlive: Bool
        let mayLookUp: Bool
        let requests: Int
    }

    /// Finds out whether the server knows the token.
    func examine(_ token: VaultToken) async throws(SecretError) -> Examination {
        let answer = try await lookUp(token.value)
        if answer.isSuccess { return Examination(isAlive: true, mayLookUp: true, requests: 1) }
        let isAlive = try await isAlive(token.value, afterLookUp: answer)
        return Examination(isAlive: isAlive, mayLookUp: false, requests: 2)
    }

    /// Whether the server knows a token that it does not let look itself up.
    func isAlive(_ token: SecretValue, afterLookUp answer: VaultAnswer) async throws(SecretError) -> Bool {
        guard answer.status == 403 || answer.status == 400 else { throw answer.failure }
        guard !answer.saysTokenIsInvalid, answer.status == 403 else { return false }
        let second = try await mountAnswer(token)
        switch second.status {
        case 200, 404: return true
        // A refusal that is about the policies of the token has words of its own.
        case 403: return second.says("preflight capability check")
        case 400: return false
        default: throw second.failure
        }
    }

    /// The version of the mount's engine; nil if the token may not know.
    ///
    /// - Throws: `PROVIDER_CONFIG_INVALID` if another engine is mounted there.
    func mountedVersion(_ token: SecretValue) async throws(SecretError) -> KVVersion? {
        let answer = try await mountAnswer(token)
        switch answer.status {
        case 200: break
        // A server from before the question has no other version.
        case 404: return .v1
        case 403: return nil
        default: throw answer.failure
        }
        guard let data = answer.data, let type = data["type"]?.stringValue else { throw answer.failure }
        guard type == "kv" || type == "generic" else {
            throw SecretError(.providerConfigInvalid, "another engine than KV is mounted at the mountPath")
        }
        if let path = data["path"]?.stringValue, VaultRequest.segments(path).count < mount.count {
            throw SecretError(
                .providerConfigInvalid,
                "the mountPath names something inside a mount; the mount is its first"
                    + " \(VaultRequest.segments(path).count) segment(s), and 'data/' is added by Janee"
            )
        }
        return data["options"]?["version"]?.stringValue == "2" ? .v2 : .v1
    }

    /// What the policies of the token allow at paths.
    func capabilities(_ token: SecretValue, _ paths: [String]) async throws(SecretError) -> VaultAnswer {
        try await client.send(
            VaultRequest(
                method: .post,
                path: ["sys", "capabilities-self"],
                token: token,
                namespace: namespace,
                body: ["paths": .array(paths.map { .string($0) })]
            )
        )
    }

    private func mountAnswer(_ token: SecretValue) async throws(SecretError) -> VaultAnswer {
        try await client.send(
            VaultRequest(path: ["sys", "internal", "ui", "mounts"] + mount, token: token, namespace: namespace)
        )
    }
}
