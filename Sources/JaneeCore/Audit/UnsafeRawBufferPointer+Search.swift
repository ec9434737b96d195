#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension UnsafeRawBufferPointer {
    /// Where some bytes occur for the first time, at or behind an offset.
    func firstOffset(of pattern: [UInt8], from start: Int = 0) -> Int? {
        guard let base = baseAddress, let first = pattern.first else { return nil }
        var position = start
        while position + pattern.count <= count {
            guard let found = memchr(base + position, CInt(first), count - position - pattern.count + 1) else {
                return nil
            }
            position = base.distance(to: UnsafeRawPointer(found))
            if memcmp(found, pattern, pattern.count) == 0 { return position }
            position += 1
        }
        return nil
    }
}
