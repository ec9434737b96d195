package import JaneeSecrets

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Removes the credentials of one call from everything that goes back to the agent.
///
/// Found are the exact bytes and their base64 and base64url forms at all three alignments, so that a credential is also
/// found inside a longer encoded text, each also where JSON escapes parts of it. This is the seam for further encodings.
package struct CredentialScrubber: Sendable {
    package static let replacement = "[REDACTED]"
    /// Encoded forms shorter than this would match ordinary text.
    private static let minimumEncodedLength = 8

    /// JSON inside a string of JSON inside a string of JSON is as deep as it is looked for.
    private static let mostEscapings = 3

    private let needles: [SecretValue]

    package init(_ credentials: some Sequence<SecretValue>) {
        var needles: [SecretValue] = []
        for credential in credentials where !credential.isEmpty {
            needles.append(credential)
            needles += Self.encodedForms(of: credential)
        }
        // The longest match at a place wins, so that no rest of a longer form is left behind.
        self.needles = needles.sorted { $0.count > $1.count }
    }

    /// Replaces every occurrence in `bytes` and tells how many there were.
    package func scrub(_ bytes: inout [UInt8]) -> Int {
        var matches = occurrences(in: bytes)
        var readings: [EscapedReading] = []
        while readings.count < Self.mostEscapings, let reading = EscapedReading(readings.last?.bytes ?? bytes) {
            readings.append(reading)
            matches += occurrences(in: reading.bytes)
                .map { range in
                    readings.reversed().reduce(range) { $1.original($0) }
                }
        }
        guard !matches.isEmpty else { return 0 }
        matches.sort { ($0.lowerBound, -$0.upperBound) < ($1.lowerBound, -$1.upperBound) }
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var position = 0
        var count = 0
        for match in matches {
            if match.lowerBound < position {
                // Overlapping forms: what sticks out of the earlier one is removed with it.
                position = max(position, match.upperBound)
                continue
            }
            output += bytes[position..<match.lowerBound]
            output += Self.replacement.utf8
            position = match.upperBound
            count += 1
        }
        output += bytes[position...]
        bytes = output
        return count
    }

    /// The text with every occurrence replaced.
    package func scrub(_ text: String) -> (text: String, count: Int) {
        var bytes = Array(text.utf8)
        let count = scrub(&bytes)
        return count == 0 ? (text, 0) : (String(decoding: bytes, as: UTF8.self), count)
    }

    private func occurrences(in bytes: [UInt8]) -> [Range<Int>] {
        needles.flatMap { Self.occurrences(of: $0, in: bytes) }
    }

    private static func occurrences(of needle: SecretValue, in bytes: [UInt8]) -> [Range<Int>] {
        guard needle.count > 0, bytes.count >= needle.count else { return [] }
        return needle.withBytes { needle in
            bytes.withUnsafeBytes { haystack in
                guard let base = haystack.baseAddress, let pattern = needle.baseAddress else { return [] }
                var found: [Range<Int>] = []
                var offset = 0
                while offset + needle.count <= haystack.count,
                    let hit = memchr(base + offset, Int32(needle[0]), haystack.count - needle.count - offset + 1)
                {
                    let start = base.distance(to: UnsafeRawPointer(hit))
                    offset = start + 1
                    guard memcmp(base + start, pattern, needle.count) == 0 else { continue }
                    if let last = found.last, start < last.upperBound {
                        // An occurrence that overlaps itself goes as a whole.
                        found[found.count - 1] = last.lowerBound..<start + needle.count
                    } else {
                        found.append(start..<start + needle.count)
                    }
                }
                return found
            }
        }
    }

    private static func encodedForms(of credential: SecretValue) -> [SecretValue] {
        var forms: [SecretValue] = []
        for alignment in 0..<3 {
            for alphabet in [Base64Alphabet.standard, .urlSafe] {
                let form = credential.withBytes { alphabet.stableCore(of: $0, alignment: alignment) }
                guard form.count >= minimumEncodedLength else { continue }
                let value = SecretValue(form)
                if !forms.contains(value) { forms.append(value) }
            }
        }
        return forms
    }
}

/// The two alphabets of RFC 4648, sections 4 and 5.
struct Base64Alphabet {
    static let standard = Base64Alphabet(last: "+/")
    static let urlSafe = Base64Alphabet(last: "-_")

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
