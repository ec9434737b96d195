import JaneeFiles
import JaneeTelemetry

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Where the chain ends: what the file `.chain` holds.
///
/// It is one line of fixed width with a checksum, so it is replaced by a single write, a half-written one is noticed,
/// and a human can read it.
struct AuditHead: Equatable, Sendable {
    /// The day in whose file the last record is.
    var day: UTCDay

    /// The size of that file after the last record.
    var size: Int64

    /// The last record's sequence number, or 0 before the first one.
    var sequence: UInt64

    /// The last record's hash.
    var hash: AuditHash

    static let fileName = ".chain"

    /// The exact size of the file.
    static let encodedCount = 179

    private static let checksumCount = 16
    private static let checksumKey = " check="
    private static let title = "janee-audit-chain 1"

    init(day: UTCDay, size: Int64, sequence: UInt64, hash: AuditHash) {
        self.day = day
        self.size = size
        self.sequence = sequence
        self.hash = hash
    }

    /// What the head file holds, up to one byte more than a head has.
    static func bytes(of lock: FileLock) throws(AuditError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: encodedCount + 1)
        let descriptor = lock.descriptor
        // So few bytes of a regular file never come in parts.
        let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        guard count >= 0 else { throw .file(FileError("read", lock.path)) }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// Reads a head; anything but exactly what ``encoded`` makes is refused.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.encodedCount else { return nil }
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        guard fields.count == 7 else { return nil }
        func value(_ index: Int, _ key: String) -> Substring? {
            fields[index].hasPrefix(key) ? fields[index].dropFirst(key.utf8.count) : nil
        }
        guard
            let day = value(2, "day=").flatMap({ UTCDay(name: $0) }),
            let size = value(3, "size=").flatMap({ Int64($0) }), size >= 0,
            let sequence = value(4, "seq=").flatMap({ UInt64($0) }),
            String(sequence).utf8.count <= AuditLineFormat.mostDigits,
            let hex = value(5, "hash="),
            let hash = Array(hex.utf8).withUnsafeBytes({ AuditHash(hex: $0) })
        else { return nil }
        self.init(day: day, size: size, sequence: sequence, hash: hash)
        // Writing it again checks the title, the widths and the checksum at once.
        guard encoded == bytes else { return nil }
    }

    var encoded: [UInt8] {
        let digits = "00000000000000000000"
        func fixed(_ number: some BinaryInteger) -> Substring {
            (digits + String(number)).suffix(digits.utf8.count)
        }
        var bytes = Array("\(Self.title) day=\(day.name) size=\(fixed(size)) seq=\(fixed(sequence)) hash=".utf8)
        hash.appendHex(to: &bytes)
        var checksum: [UInt8] = []
        bytes.withUnsafeBytes { AuditHash(of: $0) }.appendHex(to: &checksum)
        bytes.append(contentsOf: Self.checksumKey.utf8)
        bytes.append(contentsOf: checksum.prefix(Self.checksumCount))
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }
}
