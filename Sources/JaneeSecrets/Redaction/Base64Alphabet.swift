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
        // How many bits of the first byte belong to a character that also depends on what stands before.
        let skipped = [0, 4, 2][alignment]
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count * 4 / 3 + 1)
        var bits = -skipped
        var rest: UInt32 = 0
        for byte in bytes {
            rest = rest << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                output.append(characters[Int(rest >> UInt32(bits)) & 63])
            }
        }
        return output
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
