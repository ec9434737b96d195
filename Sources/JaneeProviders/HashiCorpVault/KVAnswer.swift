import JaneeJSON
import JaneeSecrets

/// The version of the KV engine of a mount.
enum KVVersion: Int, Sendable {
    case v1 = 1
    case v2 = 2
}

/// What one read of one path of a KV engine led to, if the server gave an answer about it at all.
enum KVAnswer: Sendable {
    case fields(JSONObject)
    case absent(KVAbsence)
    /// Refused, which may be because of a policy or because the token is dead; with the token that was sent.
    case denied(VaultToken)
}

/// Why a path holds nothing.
enum KVAbsence: Sendable, Hashable {
    /// Nothing is there, or nothing that we may know of.
    case missing
    /// The version was deleted; nil if the server does not say when.
    case deleted(at: String?)
    case destroyed

    /// Whether something is known about the path, so that the server let us look at it.
    var isKnown: Bool { self != .missing }

    /// Words for operators; nil if there is nothing to say.
    var detail: String? {
        switch self {
        case .missing: nil
        case .deleted(let time): time.map { "the version was deleted at \($0)" } ?? "the version was deleted"
        case .destroyed: "the version was destroyed"
        }
    }
}

extension KVAnswer {
    /// What the answer to a read means.
    ///
    /// - Throws: What says nothing about the secret: an outage, a rate limit, a wrong mount.
    init(_ answer: VaultAnswer, _ version: KVVersion, token: VaultToken, mount: [String]) throws(SecretError) {
        switch answer.status {
        case 200:
            self = .fields(try Self.fields(of: answer, version))
        case 404:
            self = .absent(try Self.absence(answer, version, mount))
        case 403:
            guard !answer.saysTokenIsInvalid else { throw Self.refusal(of: token) }
            self = .denied(token)
        case 400 where answer.lacksToken: throw Self.refusal(of: token)
        default: throw answer.failure
        }
    }

    /// The token is refused, whatever is asked for with it.
    static func refusal(of token: VaultToken) -> SecretError {
        // What an agent adds is its own matter: no login of ours mends it, and it gets another by itself.
        token.value.isEmpty
            ? SecretError(.providerUnavailable, "the agent has no token at the moment that the server accepts")
            : SecretError(.providerAuthFailed, "the server refuses the token")
    }

    private static func fields(of answer: VaultAnswer, _ version: KVVersion) throws(SecretError) -> JSONObject {
        guard let data = answer.data?.objectValue else { throw answer.failure }
        guard version == .v2 else { return data }
        // A KV v1 engine has a secret at `data/…` only if somebody put one there.
        guard let fields = data["data"]?.objectValue, data["metadata"]?.objectValue != nil else {
            guard data["metadata"] == nil else { throw answer.failure }
            throw SecretError(
                .providerConfigInvalid,
                "the mount answers as KV version 1 does; set 'kvVersion: 1' if it is one"
            )
        }
        return fields
    }

    private static func absence(
        _ answer: VaultAnswer,
        _ version: KVVersion,
        _ mount: [String]
    ) throws(SecretError) -> KVAbsence {
        guard answer.json != nil else {
            throw SecretError(
                .providerInternalError,
                "the answer (status 404) is not Vault's; are host, port and path of the address right?"
            )
        }
        if answer.says("no handler for route") {
            throw SecretError(
                .providerConfigInvalid,
                "nothing is mounted at '\(mount.map(PercentEncoding.encodeSegment).joined(separator: "/"))', the mountPath, or"
                    + " it is in another namespace; 'vault secrets list' shows mounts"
            )
        }
        if version == .v1, answer.says("versioned K/V") {
            throw SecretError(.providerConfigInvalid, "the mount is KV version 2; set 'kvVersion: 2' or leave it out")
        }
        guard let metadata = answer.data?["metadata"] else { return .missing }
        if metadata["destroyed"]?.boolValue == true { return .destroyed }
        return .deleted(at: metadata["deletion_time"]?.stringValue.flatMap(Self.timestamp))
    }

    /// A time as the server writes it, if it is one.
    private static func timestamp(_ text: String) -> String? {
        let isTime = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "TZ:.+-".utf8.contains(byte)
        }
        return isTime && (10...40).contains(text.utf8.count) ? text : nil
    }
}
