package import JaneeSecrets
import Synchronization

/// Takes secrets out of everything that the program writes for people: log lines, errors, output of commands.
///
/// It finds the values that were registered (exactly, in base64, base64url and hexadecimal, each also where the text
/// around is escaped), and without knowing them credentials that show what they are (``CredentialShape``,
/// ``CredentialName``). What it finds becomes `***`. Redacting twice changes nothing more.
package final class Redactor: Sendable {
    /// Which credentials are found without being known.
    package struct Rules: OptionSet, Sendable {
        package let rawValue: Int

        package init(rawValue: Int) {
            self.rawValue = rawValue
        }

        /// Those that look like credentials: tokens, private keys, logins in URLs.
        package static let shapes = Rules(rawValue: 1)
        /// Whatever stands behind a name such as `token=`.
        package static let names = Rules(rawValue: 2)
        /// For text that holds foreign words.
        package static let foreign: Rules = [.shapes, .names]
    }

    package static let replacement = "***"
    /// The one of this process.
    package static let shared = Redactor()
    /// JSON in a string of JSON in a string of JSON is as deep as it is looked for.
    private static let mostEscapings = 3
    /// Of nested notations there could be more ways to read a text than are worth the time.
    private static let mostReadings = 12
    private static let mostPasses = 8

    private let known: Mutex<KnownValues>

    /// - Parameter limit: How many values are known at most.
    package convenience init(limit: Int = 4096) {
        var generator = SystemRandomNumberGenerator()
        self.init(limit: limit, using: &generator)
    }

    /// Makes one with other random numbers, such as reproducible ones.
    package init(limit: Int, using generator: inout some RandomNumberGenerator) {
        known = Mutex(KnownValues(limit: limit, using: &generator))
    }

    /// How many values are known.
    package var count: Int { known.withLock { $0.count } }

    /// Makes a value known; it is not kept (``KnownValues``).
    package func register(_ value: SecretValue) {
        known.withLock { $0.insert(value) }
    }

    /// The text without credentials.
    package func redact(_ text: String, _ rules: Rules = .foreign) -> String {
        var bytes = Array(text.utf8)
        return redact(&bytes, rules) ? String(decoding: bytes, as: UTF8.self) : text
    }

    /// Takes credentials out of bytes, text or not; false if there were none.
    package func redact(_ bytes: inout [UInt8], _ rules: Rules = .foreign) -> Bool {
        // A copy, which shares its memory, so that nobody waits while a long text is searched.
        let index = known.withLock { $0.index }
        // What was hidden beside a credential may be one itself, once that is gone.
        for pass in 0..<Self.mostPasses {
            let found = Self.everywhere(in: bytes, index, rules).filter { !Self.isReplacement(bytes[$0]) }
            guard bytes.replace(found, with: Self.replacement) > 0 else { return pass > 0 }
        }
        return true
    }

    private static func isReplacement(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.elementsEqual(replacement.utf8)
    }

    /// The credentials in the text, and in what it says once its escapes are resolved.
    private static func everywhere(in bytes: [UInt8], _ index: FingerprintIndex, _ rules: Rules) -> [Range<Int>] {
        var found = credentials(in: bytes, index, rules)
        var readings: [(bytes: [UInt8], steps: [EscapedReading])] = [(bytes, [])]
        var next = 0
        while next < readings.count {
            let (text, steps) = readings[next]
            next += 1
            for notation in [EscapedReading.Notation.display, .percent, .lineBreaks]
            where steps.count < mostEscapings && readings.count <= mostReadings {
                guard let reading = EscapedReading(text, notation) else { continue }
                let path = steps + [reading]
                readings.append((reading.bytes, path))
                // Joined lines are no text in which words could be told apart.
                let rules = path.contains { $0.notation == .lineBreaks } ? [] : rules
                found += credentials(in: reading.bytes, index, rules)
                    .map { range in path.reversed().reduce(range) { $1.original($0) } }
            }
        }
        return found
    }

    private static func credentials(in bytes: [UInt8], _ index: FingerprintIndex, _ rules: Rules) -> [Range<Int>] {
        bytes.withUnsafeBufferPointer { buffer in
            var found = index.occurrences(in: buffer)
            if !rules.isEmpty { found += CredentialScanner(buffer, rules).ranges() }
            return found
        }
    }
}
