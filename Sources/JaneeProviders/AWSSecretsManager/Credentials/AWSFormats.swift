import JaneeSecrets

// The grammars are those of the API reference of STS.
extension ConfigStringFormat {
    /// The name of a role with its account.
    static let awsRoleARN = ConfigStringFormat(
        name: "ARN of a role",
        pattern: "^arn:aws[a-z-]*:iam::[0-9]{12}:role/[\\u0021-\\u007e]{1,576}$"
    ) { text in
        if let refusal = refusalOfSubstitution(in: text) { return refusal }
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", AWSPartition(rawValue: String(parts[1])) != nil, parts[2] == "iam",
            parts[3].isEmpty, AWSAccount.isValid(parts[4]), parts[5].hasPrefix("role/"),
            (6...581).contains(parts[5].utf8.count), parts[5].utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return Refusal("must be the ARN of a role, such as arn:aws:iam::123456789012:role/janee") }
        return nil
    }

    /// What a role of another organisation may ask for.
    static let awsExternalID = words(
        "external id",
        2...1224,
        "+=,.@:/-",
        pattern: "^[A-Za-z0-9_+=,.@:/-]{2,1224}$"
    )

    /// What the log of AWS calls a session.
    static let awsSessionName = words("session name", 2...64, "+=,.@-", pattern: "^[A-Za-z0-9_+=,.@-]{2,64}$")

    /// What a request to one server of Vault holds, in a header.
    static let awsServerID = words("server id", 1...255, ".:/-", pattern: "^[A-Za-z0-9_.:/-]{1,255}$")

    private static func words(
        _ name: String,
        _ length: ClosedRange<Int>,
        _ others: String,
        pattern: String
    ) -> ConfigStringFormat {
        ConfigStringFormat(name: name, pattern: pattern) { text in
            if let refusal = refusalOfSubstitution(in: text) { return refusal }
            guard length.contains(text.utf8.count), AWSAccount.isWord(text, or: others) else {
                return Refusal("must be \(length.lowerBound) to \(length.upperBound) letters, digits and _\(others)")
            }
            return nil
        }
    }
}

/// Pieces of names of AWS.
enum AWSAccount {
    /// Whether a text is the number of an account.
    static func isValid(_ text: Substring) -> Bool {
        text.utf8.count == 12 && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// Whether a text has only letters and digits of ASCII, underscores, and some other characters.
    static func isWord(_ text: some StringProtocol, or others: String) -> Bool {
        text.utf8.allSatisfy { byte in
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte & 0xDF) && byte < 0x80
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
                || others.utf8.contains(byte)
        }
    }
}
