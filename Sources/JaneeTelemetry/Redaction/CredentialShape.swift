/// Tokens that show by their first characters what they are.
struct CredentialShape: Sendable {
    private let prefix: StaticString
    /// How many characters must follow.
    private let minimum: Int
    private let isPart: @Sendable (UInt8) -> Bool

    private init(
        _ prefix: StaticString,
        _ minimum: Int,
        _ isPart: @escaping @Sendable (UInt8) -> Bool = CredentialScanner.isWord
    ) {
        self.prefix = prefix
        self.minimum = minimum
        self.isPart = isPart
    }

    private static let all = [
        // HashiCorp Vault: service, batch and recovery tokens, and service tokens before 1.10.
        CredentialShape("hvs.", 4), CredentialShape("hvb.", 4), CredentialShape("hvr.", 4),
        CredentialShape("s.", 24, isAlphanumeric),
        CredentialShape("sk_live_", 4), CredentialShape("sk_test_", 4), CredentialShape("rk_live_", 4),
        CredentialShape("ghp_", 20), CredentialShape("gho_", 20), CredentialShape("ghu_", 20),
        CredentialShape("ghs_", 20), CredentialShape("ghr_", 20), CredentialShape("github_pat_", 20),
        CredentialShape("glpat-", 16),
        CredentialShape("xoxa-", 10), CredentialShape("xoxb-", 10), CredentialShape("xoxp-", 10),
        CredentialShape("xoxr-", 10), CredentialShape("xoxs-", 10),
        CredentialShape("sk-", 32), CredentialShape("AIza", 35),
    ]
    /// Ids of access keys of AWS have exactly this length; they are all capitals and digits.
    private static let awsLength = 20

    /// The token that begins at `index`, which must not be within a word.
    static func token(in text: UnsafeBufferPointer<UInt8>, at index: Int) -> Range<Int>? {
        guard index == 0 || !CredentialScanner.isWord(text[index - 1]) else { return nil }
        // The first letters of all shapes.
        switch text[index] {
        case UInt8(ascii: "h"), UInt8(ascii: "s"), UInt8(ascii: "r"), UInt8(ascii: "g"), UInt8(ascii: "x"),
            UInt8(ascii: "A"), UInt8(ascii: "e"):
            break
        default: return nil
        }
        let scanner = CredentialScanner(text, .shapes)
        if let token = jsonWebToken(scanner, at: index) ?? awsKey(scanner, at: index) { return token }
        for shape in all where scanner.has(shape.prefix, at: index) {
            let start = index + shape.prefix.utf8CodeUnitCount
            let end = scanner.end(from: start, while: shape.isPart)
            if end - start >= shape.minimum { return index..<end }
        }
        return nil
    }

    /// Three parts in base64url with dots between them, of which the first two are JSON objects.
    private static func jsonWebToken(_ scanner: CredentialScanner, at index: Int) -> Range<Int>? {
        guard scanner.has("eyJ", at: index) else { return nil }
        let text = scanner.text
        let head = scanner.end(from: index, while: CredentialScanner.isWord)
        guard head - index >= 10, head < text.count, text[head] == UInt8(ascii: ".") else { return nil }
        let body = scanner.end(from: head + 1, while: CredentialScanner.isWord)
        guard body - head > 10, body < text.count, text[body] == UInt8(ascii: ".") else { return nil }
        return index..<scanner.end(from: body + 1, while: CredentialScanner.isWord)
    }

    private static func awsKey(_ scanner: CredentialScanner, at index: Int) -> Range<Int>? {
        guard scanner.has("AKIA", at: index) || scanner.has("ASIA", at: index) else { return nil }
        let end = scanner.end(from: index) { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) }
        let isWhole = end == scanner.text.count || !CredentialScanner.isWord(scanner.text[end])
        return end - index == awsLength && isWhole ? index..<end : nil
    }

    private static let isAlphanumeric: @Sendable (UInt8) -> Bool = {
        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
    }
}
