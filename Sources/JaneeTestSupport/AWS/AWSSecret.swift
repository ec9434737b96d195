import JaneeSecrets

/// A secret with its versions.
struct AWSSecret: Sendable {
    enum Content: Sendable {
        case string(String)
        case binary([UInt8])
    }

    enum Encryption: Sendable {
        case works
        case denied
        case broken
    }

    struct Version: Sendable {
        let id: String
        let content: Content
        var stages: [String]
    }

    let name: String
    let arn: String
    var versions: [Version] = []
    var isDeleted = false
    var encryption = Encryption.works
}

extension AWSState {
    /// The secret of a name, which is made if there is none.
    mutating func secret(_ name: String) -> AWSSecret {
        if let secret = secrets[name] { return secret }
        let suffix = "AbC" + GregorianDay.padded(nextNumber() % 1000, 3)
        let secret = AWSSecret(
            name: name,
            arn: "arn:aws:secretsmanager:\(region):\(account):secret:\(name)-\(suffix)"
        )
        secrets[name] = secret
        return secret
    }

    /// Adds a version; what had its stage before is the previous version, if that is the current one.
    mutating func put(_ name: String, _ content: AWSSecret.Content, stage: String, id: String? = nil) {
        var secret = secret(name)
        for index in secret.versions.indices {
            let wasCurrent = secret.versions[index].stages.contains("AWSCURRENT") && stage == "AWSCURRENT"
            secret.versions[index].stages.removeAll { $0 == stage || (stage == "AWSCURRENT" && $0 == "AWSPREVIOUS") }
            if wasCurrent { secret.versions[index].stages.append("AWSPREVIOUS") }
        }
        let id = id ?? "00000000-0000-4000-8000-" + GregorianDay.padded(nextNumber(), 12)
        secret.versions.append(AWSSecret.Version(id: id, content: content, stages: [stage]))
        secrets[name] = secret
    }
}
