#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The only carrier of a secret inside the program.
///
/// A value cannot be printed, interpolated, mirrored or encoded by accident: every textual form is `***`. Its bytes are
/// reachable only inside ``withBytes(_:)`` and are overwritten when the last reference goes away. Equality is compared
/// in constant time for values of equal length.
public final class SecretValue: Sendable {
    /// The value's own memory, never shared and never written after `init`.
    ///
    /// `nonisolated(unsafe)` is sound because the memory is initialised before the object is published, is only read
    /// afterwards, and is wiped in `deinit`, when no other reference can exist.
    private nonisolated(unsafe) let storage: UnsafeMutableRawBufferPointer

    /// Copies `bytes` into memory owned by the new value; the caller should drop or wipe its own copy.
    public init(_ bytes: some Sequence<UInt8>) {
        var copy = ContiguousArray(bytes)
        storage = .allocate(byteCount: copy.count, alignment: 1)
        copy.withUnsafeBytes { storage.copyMemory(from: $0) }
        copy.withUnsafeMutableBytes { Self.wipe($0) }
    }

    /// Copies the UTF-8 form of `text`.
    public convenience init(_ text: String) {
        self.init(text.utf8)
    }

    deinit {
        Self.wipe(storage)
        storage.deallocate()
    }

    /// The length of the value in bytes.
    public var count: Int { storage.count }

    /// Whether the value has no bytes.
    ///
    /// An empty secret is a value, not "not found".
    public var isEmpty: Bool { storage.isEmpty }

    /// Lends the bytes to `body`; they must not escape it.
    public func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(storage))
    }

    private static func wipe(_ memory: UnsafeMutableRawBufferPointer) {
        guard let base = memory.baseAddress, !memory.isEmpty else { return }
        #if canImport(Darwin)
        _ = memset_s(base, memory.count, 0, memory.count)
        #else
        explicit_bzero(base, memory.count)
        #endif
    }
}

extension SecretValue: Equatable {
    /// Compares two values without an early exit, so that the time does not tell where they differ.
    public static func == (left: SecretValue, right: SecretValue) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in 0..<left.count {
            difference |= left.storage[index] ^ right.storage[index]
        }
        return difference == 0
    }
}

extension SecretValue: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Always `***`.
    public var description: String { "***" }
    /// Always `***`.
    public var debugDescription: String { "***" }
    /// A mirror without children, so that `dump` and debuggers' formatters show nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
