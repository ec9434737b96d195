import JaneeJSON
import JaneeSecrets

/// What a reference names in Secrets Manager: a secret by its name or its ARN, and a version.
///
/// The rules are those of the API reference of Secrets Manager, `CreateSecret` and `GetSecretValue`.
struct SecretIdentifier: Sendable, Hashable {
    enum Version: Sendable, Hashable {
        case id(String)
        case stage(String)
    }

    private static let maximumNameLength = 512
    private static let otherCharacters = "/+=.@-"

    /// The value of `SecretId`.
    let secretID: String
    let version: Version?

    /// Checks a reference without asking AWS.
    ///
    /// - Throws: `INVALID_SECRET_URI`.
    init(_ reference: SecretReference, in region: AWSRegion) throws(SecretError) {
        secretID = reference.path
        version = try reference.version.map { text throws(SecretError) in try Self.version(text) }
        if let field = reference.field, field.hasPrefix("/") { _ = try JSONPointer(field) }
        if secretID.hasPrefix("arn:") {
            try Self.checkARN(secretID, region)
        } else {
            try Self.checkName(secretID)
        }
    }

    /// A request for the value, or for what is known about it.
    func body(withVersion: Bool = true) -> [UInt8] {
        var json: JSONObject = ["SecretId": .string(secretID)]
        if withVersion {
            switch version {
            case .id(let id): json.append("VersionId", .string(id))
            case .stage(let stage): json.append("VersionStage", .string(stage))
            case nil: break
            }
        }
        return JSONValue.object(json).bytes
    }

    private static func checkName(_ name: some StringProtocol) throws(SecretError) {
        guard name.utf8.count <= maximumNameLength else {
            throw SecretError(.invalidSecretURI, "names of secrets have \(maximumNameLength) characters at most")
        }
        guard !name.isEmpty, AWSAccount.isWord(name, or: otherCharacters) else {
            throw SecretError(
                .invalidSecretURI,
                "names of secrets in AWS have letters and digits of ASCII and _\(otherCharacters) only"
            )
        }
    }

    private static func checkARN(_ text: String, _ region: AWSRegion) throws(SecretError) {
        let parts = text.split(separator: ":", maxSplits: 6, omittingEmptySubsequences: false)
        guard parts.count == 7, parts[2] == "secretsmanager", AWSAccount.isValid(parts[4]), parts[5] == "secret" else {
            throw SecretError(
                .invalidSecretURI,
                "it begins like an ARN, but is none of a secret: arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-SUFFIX"
            )
        }
        guard parts[3] == region.name else {
            // Only what is a region is repeated.
            let other = AWSRegion(String(parts[3])).map { "region \($0.name)" } ?? "another region"
            throw SecretError(
                .invalidSecretURI,
                "the ARN is of \(other), but the provider asks region \(region.name); add a provider for that region"
            )
        }
        guard parts[1] == region.partition.rawValue else {
            throw SecretError(
                .invalidSecretURI,
                "the ARN is of another partition than the region, which is in \(region.partition.rawValue)"
            )
        }
        let name = parts[6]
        let suffix = name.suffix(7)
        // Of an ARN without its end AWS guesses what is meant, and takes the end of a name for that of an ARN.
        guard suffix.utf8.count == 7, suffix.first == "-", AWSAccount.isWord(suffix.dropFirst(), or: ""),
            name.utf8.count > 7
        else {
            throw SecretError(
                .invalidSecretURI,
                "the ARN is not whole: it ends in a hyphen and six characters, as 'aws secretsmanager describe-secret'"
                    + " shows; or write the name of the secret instead"
            )
        }
        try checkName(name.dropLast(7))
    }

    private static func version(_ text: String) throws(SecretError) -> Version {
        let isWord = AWSAccount.isWord(text, or: "-")
        if isWord, (32...64).contains(text.utf8.count) { return .id(text) }
        guard (1...256).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw SecretError(
                .invalidSecretURI,
                "a version is a staging label such as AWSPREVIOUS, or the id of a version: 32 to 64 letters, digits and"
                    + " hyphens"
            )
        }
        return .stage(text)
    }
}
