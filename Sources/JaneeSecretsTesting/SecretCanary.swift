public import JaneeSecrets

/// A random secret that must not turn up where it does not belong, and the means to find it there.
///
/// Give a canary to the code under test as if it were a credential, collect everything the code lets out (logs, errors,
/// answers, files), and ask ``forms(in:)-(StringProtocol)`` whether it is in there. Every canary is new, so a hit is never a
/// coincidence and no fixture holds something that looks like a real key.
public struct SecretCanary: Sendable {
    /// What a canary looks like.
    ///
    /// Each shape breaks another kind of careless handling.
    public enum Shape: String, Sendable, CaseIterable {
        /// A vendor's key: a prefix, then letters and digits.
        case apiKey
        /// Three parts with dots between them, in the alphabet of base64url.
        case token
        /// Quotes, backslash, percent sign and other characters that JSON, URLs and shells escape.
        case password
        /// Letters outside ASCII, one of them decomposed.
        case unicode
        /// Several lines between a head and a foot, as in PEM files.
        case multiline
        /// Bytes that are no text, NUL among them.
        case binary
    }

    /// What it looks like.
    public let shape: Shape
    /// The bytes.
    public let bytes: [UInt8]
    private let detector: SecretDetector

    /// Makes a canary from the system's random numbers.
    public init(_ shape: Shape = .apiKey) {
        var generator = SystemRandomNumberGenerator()
        self.init(shape, using: &generator)
    }

    /// Makes a canary from other random numbers, such as reproducible ones.
    public init(_ shape: Shape, using generator: inout some RandomNumberGenerator) {
        self.shape = shape
        let core = Self.core(of: shape, using: &generator)
        bytes = Self.surround(core, as: shape)
        detector = SecretDetector(core)
    }

    /// A canary of every shape.
    public static func ofEveryShape() -> [SecretCanary] {
        Shape.allCases.map { SecretCanary($0) }
    }

    /// The canary as the program carries secrets.
    public var value: SecretValue { SecretValue(bytes) }

    /// The canary as text; nil if it is none (``Shape/binary``).
    public var text: String? { String(validating: bytes, as: UTF8.self) }

    /// The forms in which the canary is in a text; empty if it is not.
    ///
    /// What is looked for is the random part, which no escape sequence of JSON, URLs or shells changes, so an escaped
    /// canary is found like a plain one.
    public func forms(in text: some StringProtocol) -> [SecretDetector.Form] {
        detector.forms(in: text.utf8)
    }

    /// The forms in which the canary is among bytes; empty if it is not.
    public func forms(in bytes: some Sequence<UInt8>) -> [SecretDetector.Form] {
        detector.forms(in: bytes)
    }

    private static let alphanumeric = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    private static func core(of shape: Shape, using generator: inout some RandomNumberGenerator) -> [UInt8] {
        guard shape != .binary else {
            // NUL ends a C string and 0xFF is in no UTF-8: whoever handles values as text damages these.
            return [0x00, 0xFF] + (0..<46).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        }
        return (0..<40).map { _ in alphanumeric[Int.random(in: 0..<alphanumeric.count, using: &generator)] }
    }

    private static func surround(_ core: [UInt8], as shape: Shape) -> [UInt8] {
        switch shape {
        case .apiKey: Array("canary_live_".utf8) + core
        case .token: Array("eyJjYW5hcnkiOnRydWV9.".utf8) + core + Array(".c2ln-bmF0_XJl".utf8)
        case .password: Array(#"p%20&"'\ <$`"#.utf8) + core + Array("+/=;?#@:>".utf8)
        case .unicode: Array("\u{43F}\u{430}\u{440}e\u{301}-".utf8) + core + Array("-\u{9375}\u{1F511}".utf8)
        case .multiline: Array("-----BEGIN CANARY-----\n".utf8) + core + Array("\n-----END CANARY-----\n".utf8)
        case .binary: core
        }
    }
}

extension SecretCanary: CustomStringConvertible, CustomReflectable {
    /// Shape only, so that a failed expectation does not print the canary into the log that is searched for it.
    public var description: String { "a canary of shape \(shape.rawValue)" }

    /// A mirror without the bytes.
    public var customMirror: Mirror { Mirror(self, children: ["shape": shape]) }
}
