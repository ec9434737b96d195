/// What a document may cost at most; whatever exceeds a limit is refused.
package struct JSONLimits: Sendable {
    /// The greatest depth that can be asked for.
    ///
    /// Values are compared, written and released recursively, and this keeps that within the stack of a small thread.
    package static let deepest = 256

    package static let `default` = JSONLimits()

    /// The size of the whole document.
    package var maximumBytes: Int

    /// How many arrays and objects may be open at once, never more than ``deepest``.
    package var maximumDepth: Int {
        didSet { maximumDepth = min(maximumDepth, Self.deepest) }
    }

    /// The size of one string or key after its escapes are resolved.
    package var maximumStringBytes: Int

    /// The length of one number literal.
    package var maximumNumberLength: Int

    /// The number of values in the document, arrays and objects included.
    package var maximumValues: Int

    package init(
        maximumBytes: Int = 16 << 20,
        maximumDepth: Int = 64,
        maximumStringBytes: Int = 16 << 20,
        maximumNumberLength: Int = 256,
        maximumValues: Int = 1_000_000
    ) {
        self.maximumBytes = maximumBytes
        self.maximumDepth = min(maximumDepth, Self.deepest)
        self.maximumStringBytes = maximumStringBytes
        self.maximumNumberLength = maximumNumberLength
        self.maximumValues = maximumValues
    }
}
