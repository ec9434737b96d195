/// Names behind which credentials stand.
enum CredentialName {
    /// The longest name that is looked at, in bytes.
    static let longest = 64
    /// Names count by how they end, so `VAULT_TOKEN`, `x-vault-token` and `db.password` are among them.
    private static let endings = [
        "password", "passwd", "passphrase", "secret", "token", "apikey", "secretkey", "accesskey", "privatekey",
        "signature", "secretvalue", "assertion", "authorization",
    ]
    /// Ordinary words that are credentials in the query of a URL only.
    private static let inQueries: Set<String> = ["key", "sig", "auth", "code", "pwd", "pass", "jwt", "sas"]

    /// - Parameters:
    ///   - name: As it is written; case, `-` and `_` do not matter.
    ///   - inQuery: Whether it is the name of a query parameter.
    static func matches(_ name: some Sequence<UInt8>, inQuery: Bool = false) -> Bool {
        let letters = name.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "_") }
        let plain = String(decoding: letters.map(CredentialScanner.lowercased), as: UTF8.self)
        return endings.contains { plain.hasSuffix($0) } || inQuery && inQueries.contains(plain)
    }
}

extension CredentialScanner {
    /// The value of `name=value`, with the `=` at `index`.
    func assigned(at index: Int) -> Range<Int>? {
        let name = name(before: index)
        guard !name.isEmpty else { return nil }
        let before = name.lowerBound > 0 ? text[name.lowerBound - 1] : 0
        let inQuery = before == UInt8(ascii: "?") || before == UInt8(ascii: "&")
        guard CredentialName.matches(text[name], inQuery: inQuery) else { return nil }
        if let quoted = quoted(at: index + 1) { return quoted }
        guard !isPlaceholder(at: index + 1) else { return nil }
        let value = index + 1..<end(from: index + 1) { !Self.endsValue($0) }
        return isHarmless(value) ? nil : value
    }

    /// The value of `"name": "value"` or `name: value`, with the colon at `index`.
    ///
    /// Only what is quoted, or does not look like a word, is a value: sentences have colons too.
    func labelled(at index: Int) -> Range<Int>? {
        var index = index
        var quote = index - 1
        while quote > 0, index - quote < 9, text[quote] == 0x20 { quote -= 1 }
        let hasQuotes = quote > 0 && text[quote] == UInt8(ascii: "\"")
        let name = name(before: hasQuotes ? quote : index)
        guard !name.isEmpty, CredentialName.matches(text[name]) else { return nil }
        index = min(end(from: index + 1) { $0 == 0x20 || $0 == 0x09 }, index + 9)
        if let quoted = quoted(at: index) { return quoted }
        if let scheme = ["bearer ", "basic ", "token "].first(where: { has($0, at: index, ignoringCase: true) }) {
            index += scheme.utf8.count
        }
        // Decided by the beginning alone, because a text may be full of colons.
        let beginning = index..<end(from: index, atMost: 256) { !Self.endsValue($0) }
        guard beginning.count >= ValueForms.minimumLength, looksRandom(beginning), !isPlaceholder(at: index),
            // References to secrets are for reading.
            !beginning.contains(where: { has("://", at: $0) })
        else { return nil }
        return index..<end(from: beginning.upperBound) { !Self.endsValue($0) }
    }

    /// The name that ends before `index`.
    private func name(before index: Int) -> Range<Int> {
        var start = index
        while start > 0, index - start < CredentialName.longest, Self.isWord(text[start - 1]) { start -= 1 }
        return start..<index
    }

    /// What stands in double quotes that begin at `index`; without the second one, up to the end of the line.
    private func quoted(at index: Int) -> Range<Int>? {
        guard index < text.count, text[index] == UInt8(ascii: "\"") else { return nil }
        var end = index + 1
        while end < text.count, text[end] != UInt8(ascii: "\""), text[end] != 0x0A {
            end += text[end] == UInt8(ascii: "\\") ? 2 : 1
        }
        let value = index + 1..<min(end, text.count)
        return isHarmless(value) ? nil : value
    }

    /// Whether `$NAME` or `${NAME}` tells where the value is to come from.
    private func isPlaceholder(at index: Int) -> Bool {
        index < text.count && text[index] == UInt8(ascii: "$")
    }

    /// Whether a value tells nothing: none, a truth, or a placeholder.
    private func isHarmless(_ value: Range<Int>) -> Bool {
        guard let first = value.first, !isPlaceholder(at: first) else { return true }
        return ["true", "false", "null", "nil", "none"]
            .contains { $0.utf8.count == value.count && has($0, at: first, ignoringCase: true) }
    }

    private static func endsValue(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...0x20, UInt8(ascii: "&"), UInt8(ascii: ";"), UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: "'"),
            UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: "<"), UInt8(ascii: ">"),
            UInt8(ascii: "#"):
            true
        default: false
        }
    }
}
