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
            needles += credential.base64Cores(minimumLength: Self.minimumEncodedLength)
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
        return bytes.replace(matches, with: Self.replacement)
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
}
