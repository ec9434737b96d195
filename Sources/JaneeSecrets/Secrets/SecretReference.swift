/// What a provider is asked for: a path and, where the back end knows them, a field of the secret and a version.
///
/// The path is canonical: percent-decoded once, without empty, `.` or `..` segments (RFC 0005, "URI Format and
/// Parsing"). Two spellings of one secret give equal references, so caches, single flight and audit see one secret.
public struct SecretReference: Sendable {
    /// The longest decoded path, in Unicode scalars.
    public static let maximumPathLength = 1024

    /// The decoded segments; never empty.
    ///
    /// Providers re-encode each one for their own wire.
    public let segments: [String]
    /// A field of a structured secret, or nil for the whole secret.
    public let field: String?
    /// A version of the secret, or nil for the latest.
    public let version: String?

    /// The decoded segments joined by `/`.
    public var path: String { segments.joined(separator: "/") }

    /// Parses a percent-encoded path of the URI grammar.
    ///
    /// - Throws: `INVALID_SECRET_URI`; the text never quotes the path, which may be a key pasted by mistake.
    public init(path text: some StringProtocol, field: String? = nil, version: String? = nil) throws(SecretError) {
        segments = try SecretPathParser.segments(of: text)
        self.field = field
        self.version = version
    }

    /// The path with everything outside the unreserved characters percent-encoded: safe for terminals and logs.
    public var displayPath: String {
        segments.map(PercentEncoding.encodeSegment).joined(separator: "/")
    }
}

extension SecretReference: Hashable {
    /// Compares byte by byte: texts that Unicode calls equivalent (`é` as one scalar or as two) are different secrets.
    public static func == (left: SecretReference, right: SecretReference) -> Bool {
        left.segments.elementsEqual(right.segments, by: haveSameBytes)
            && haveSameBytes(left.field, right.field)
            && haveSameBytes(left.version, right.version)
    }

    /// Hashes the bytes that are compared.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(segments.count)
        for segment in segments { Self.hash(segment, into: &hasher) }
        Self.hash(field, into: &hasher)
        Self.hash(version, into: &hasher)
    }

    private static func haveSameBytes(_ left: String?, _ right: String?) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        return left.utf8.elementsEqual(right.utf8)
    }

    private static func hash(_ text: String?, into hasher: inout Hasher) {
        guard var text else { return hasher.combine(UInt8(0)) }
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        // No byte of UTF-8, so that it ends every text.
        hasher.combine(UInt8(0xFF))
    }
}

extension SecretReference: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Never the path, which may be a key pasted by mistake; ask for ``displayPath`` where it may be shown.
    public var description: String { "a secret reference" }
    /// Never the path.
    public var debugDescription: String { description }
    /// A mirror without children.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
