/// The two alphabets of RFC 4648, sections 4 and 5.
package struct Base64Alphabet: Sendable {
    package static let standard = Base64Alphabet(last: "+/")
    package static let urlSafe = Base64Alphabet(last: "-_")

    private let characters: [UInt8]

    private init(last: String) {
        characters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8) + last.utf8
    }

    /// The characters of an encoding in which `bytes` start `alignment` bytes after a group's beginning, without those
    /// that also depend on what stands before or after.
    func stableCore(of bytes: UnsafeRawBufferPointer, alignment: Int) -> [UInt8] {
        let firstBit = alignment * 8
        let lastBit = firstBit + bytes.count * 8
        let firstCharacter = (firstBit + 5) / 6
        let endCharacter = lastBit / 6
        guard firstCharacter < endCharacter else { return [] }
        return (firstCharacter..<endCharacter)
            .map { character in
                var value: UInt8 = 0
                for bit in character * 6 - firstBit..<character * 6 + 6 - firstBit {
                    value = value << 1 | (bytes[bit / 8] >> UInt8(7 - bit % 8)) & 1
                }
                return characters[Int(value)]
            }
    }
}

extension SecretValue {
    /// What base64 and base64url make of the value at each of the three alignments, so that it is also found inside a
    /// longer text that was encoded as a whole.
    ///
    /// - Parameter minimumLength: Shorter forms are left out, because they would match ordinary text.
    package func base64Cores(minimumLength: Int) -> [SecretValue] {
        var forms: [SecretValue] = []
        for alignment in 0..<3 {
            for alphabet in [Base64Alphabet.standard, .urlSafe] {
                let form = withBytes { alphabet.stableCore(of: $0, alignment: alignment) }
                guard form.count >= minimumLength else { continue }
                let value = SecretValue(form)
                if !forms.contains(value) { forms.append(value) }
            }
        }
        return forms
    }
}
