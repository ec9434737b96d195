/// Finds credentials that nobody has told of, in one pass over a text.
///
/// Every rule looks back and ahead by a limited number of bytes, or is followed by a jump to the end of what it has
/// read, so the time is linear in the text.
struct CredentialScanner {
    let text: UnsafeBufferPointer<UInt8>
    private let rules: Redactor.Rules

    init(_ text: UnsafeBufferPointer<UInt8>, _ rules: Redactor.Rules) {
        self.text = text
        self.rules = rules
    }

    func ranges() -> [Range<Int>] {
        var found: [Range<Int>] = []
        var index = 0
        while index < text.count {
            if let range = credential(at: index) {
                found.append(range)
                index = max(index + 1, range.upperBound)
            } else {
                index += 1
            }
        }
        return found
    }

    private func credential(at index: Int) -> Range<Int>? {
        switch text[index] {
        case UInt8(ascii: "="):
            return rules.contains(.names) ? assigned(at: index) : nil
        case UInt8(ascii: ":"):
            if rules.contains(.shapes), let login = login(at: index) { return login }
            return rules.contains(.names) ? labelled(at: index) : nil
        case UInt8(ascii: "-"):
            return rules.contains(.shapes) ? privateKey(at: index) : nil
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"):
            guard rules.contains(.shapes) else { return nil }
            return CredentialShape.token(in: text, at: index) ?? authorization(at: index)
        default: return nil
        }
    }

    /// `scheme://user:password@host`: everything before the `@`.
    private func login(at index: Int) -> Range<Int>? {
        guard has("://", at: index), index > 0, Self.isWord(text[index - 1]) else { return nil }
        let start = index + 3
        var end: Int?
        var position = start
        while position < text.count, !Self.endsAuthority(text[position]) {
            if text[position] == UInt8(ascii: "@") { end = position }
            position += 1
        }
        return end.flatMap { $0 > start ? start..<$0 : nil }
    }

    /// A private key in PEM, up to its foot or, where that is missing, to the end.
    private func privateKey(at index: Int) -> Range<Int>? {
        guard has("-----BEGIN ", at: index) else { return nil }
        let label = index + 11..<min(index + 11 + 48, text.count)
        guard let mark = first("PRIVATE KEY-----", in: label) else { return nil }
        guard let foot = first("-----END ", in: mark..<text.count) else { return index..<text.count }
        let end = first("-----", in: foot + 9..<min(foot + 9 + 64, text.count)).map { $0 + 5 }
        return index..<(end ?? text.count)
    }

    /// `Bearer …` and `Basic …`, if that is not followed by an ordinary word.
    private func authorization(at index: Int) -> Range<Int>? {
        guard index == 0 || !Self.isWord(text[index - 1]),
            let scheme = ["bearer ", "basic "].first(where: { has($0, at: index, ignoringCase: true) })
        else { return nil }
        let start = index + scheme.utf8.count
        let end = end(from: start) { Self.isTokenCharacter($0) }
        return end - start >= 8 && looksRandom(start..<end) ? start..<end : nil
    }
}

extension CredentialScanner {
    func has(_ word: StaticString, at index: Int) -> Bool {
        guard index + word.utf8CodeUnitCount <= text.count else { return false }
        return (0..<word.utf8CodeUnitCount).allSatisfy { text[index + $0] == word.utf8Start[$0] }
    }

    /// - Parameter word: In lower case.
    func has(_ word: String, at index: Int, ignoringCase: Bool) -> Bool {
        guard index + word.utf8.count <= text.count else { return false }
        return word.utf8.enumerated().allSatisfy { Self.lowercased(text[index + $0]) == $1 }
    }

    private func first(_ word: StaticString, in range: Range<Int>) -> Int? {
        range.first {
            text[$0] == word.utf8Start[0] && $0 + word.utf8CodeUnitCount <= range.upperBound && has(word, at: $0)
        }
    }

    /// Where the bytes of a kind end that begin at `start`.
    func end(from start: Int, atMost limit: Int = .max, while isPart: (UInt8) -> Bool) -> Int {
        var end = start
        while end < text.count, end - start < limit, isPart(text[end]) { end += 1 }
        return end
    }

    /// Whether this is no ordinary word: it has a digit, or a capital letter after a small one.
    func looksRandom(_ range: Range<Int>) -> Bool {
        var hasSmall = false
        for byte in text[range].prefix(256) {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): return true
            case UInt8(ascii: "a")...UInt8(ascii: "z"): hasSmall = true
            case UInt8(ascii: "A")...UInt8(ascii: "Z") where hasSmall: return true
            default: break
            }
        }
        return false
    }

    static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }

    /// The characters of RFC 9110's `token68`.
    static func isTokenCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): true
        default: isWord(byte)
        }
    }

    static func lowercased(_ byte: UInt8) -> UInt8 {
        (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
    }

    private static func endsAuthority(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...0x20, UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "\""), UInt8(ascii: "'"),
            UInt8(ascii: "<"), UInt8(ascii: ">"):
            true
        default: false
        }
    }
}
