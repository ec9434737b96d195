import JaneeJSON

/// What one line of a day's file is.
///
/// A chained line ends with `,"seq":N,"prev":"…","hash":"…"}`; the hash is that of all bytes before `,"hash":"`. Texts
/// within a line cannot imitate these endings, because every quote in them is escaped.
enum AuditLine {
    /// A line in exactly the form of a chained record; its hash may still be wrong.
    case chained(ChainedLine)

    /// A JSON object that claims no place in the chain, such as Janee 0.16 writes.
    case unchained

    /// A JSON object that has keys of the chain but not its form.
    case damaged

    /// Not a JSON object, for instance the remains of an unfinished write.
    case malformed

    /// Tells what the bytes of a line, without its line feed, are.
    init(_ bytes: UnsafeRawBufferPointer) {
        if let line = ChainedLine(bytes) {
            self = .chained(line)
            return
        }
        guard let object = Self.object(bytes) else {
            self = .malformed
            return
        }
        let claimsPlace = ["seq", "prev", "hash"].contains { object[$0] != nil }
        self = claimsPlace ? .damaged : .unchained
    }

    /// A line as the JSON object that it should be.
    static func object(_ bytes: UnsafeRawBufferPointer) -> JSONObject? {
        let limits = JSONLimits(maximumBytes: AuditLineScanner.longestLine, maximumValues: 100_000)
        return (try? JSONReader.parse(bytes, limits: limits))?.objectValue
    }

    /// Whether a line that came after the head was written is not a line of any log, as if its writer died while
    /// writing.
    ///
    /// What follows such a line may have the ending of a record.
    func isUnfinished(_ bytes: UnsafeRawBufferPointer) -> Bool {
        switch self {
        case .malformed: true
        case .chained(let record) where !record.isSound: Self.object(bytes) == nil
        case .chained, .unchained, .damaged: false
        }
    }

    /// Whether a line has nearly the ending of a chained one, even if it is not JSON any more.
    static func resemblesChained(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let ending = UnsafeRawBufferPointer(rebasing: bytes.suffix(AuditLineFormat.longestPlace))
        return ending.firstOffset(of: AuditLineFormat.hashKey) != nil
            || ending.firstOffset(of: AuditLineFormat.previousKey) != nil
    }

    /// The sequence number a damaged line seems to have.
    static func claimedSequence(_ bytes: UnsafeRawBufferPointer) -> UInt64? {
        if let line = ChainedLine(bytes) { return line.sequence }
        let ending = UnsafeRawBufferPointer(rebasing: bytes.suffix(AuditLineFormat.longestPlace))
        guard let key = ending.firstOffset(of: AuditLineFormat.sequenceKey) else { return nil }
        let digits = ending[(key + AuditLineFormat.sequenceKey.count)...].prefix(AuditLineFormat.mostDigits)
            .prefix { $0 &- 0x30 < 10 }
        return UInt64(String(decoding: digits, as: UTF8.self))
    }
}
