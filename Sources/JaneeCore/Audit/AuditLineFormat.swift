import JaneeTelemetry

/// The fixed parts of a chained line, and putting them together.
enum AuditLineFormat {
    static let opensKey = Array(#","opens":""#.utf8)
    static let sequenceKey = Array(#","seq":"#.utf8)
    static let previousKey = Array(#","prev":""#.utf8)
    static let hashKey = Array(#","hash":""#.utf8)
    static let quote = Array(#"""#.utf8)
    static let end = Array(#""}"#.utf8)

    /// No line is longer than this, its line feed included.
    static let longestLine = 65_536

    /// The most digits of a sequence number; no chain gets there, and no arithmetic with it overflows.
    static let mostDigits = 18

    /// An upper bound of what the place in the chain takes at the end of a line.
    static let longestPlace = 256

    /// Completes a record and adds it to some bytes as a line; the result is the record's hash.
    static func append(
        _ record: [UInt8],
        opening day: UTCDay?,
        sequence: UInt64,
        previous: AuditHash,
        to bytes: inout [UInt8]
    ) -> AuditHash {
        let start = bytes.count
        bytes.append(contentsOf: record)
        if let day {
            bytes.append(contentsOf: opensKey)
            bytes.append(contentsOf: day.name.utf8)
            bytes.append(contentsOf: quote)
        }
        bytes.append(contentsOf: sequenceKey)
        bytes.append(contentsOf: String(sequence).utf8)
        bytes.append(contentsOf: previousKey)
        previous.appendHex(to: &bytes)
        bytes.append(contentsOf: quote)
        let hash = bytes.withUnsafeBytes { AuditHash(of: UnsafeRawBufferPointer(rebasing: $0[start...])) }
        bytes.append(contentsOf: hashKey)
        hash.appendHex(to: &bytes)
        bytes.append(contentsOf: end)
        bytes.append(UInt8(ascii: "\n"))
        return hash
    }
}
