#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// An open file that is closed when it goes out of scope.
struct FileDescriptor: ~Copyable {
    let number: Int32
    let path: String

    /// Takes over the result of an `open` call, or throws its `errno`.
    init(_ number: Int32, opening path: String) throws(FileError) {
        guard number >= 0 else { throw FileError("open", path) }
        self.number = number
        self.path = path
    }

    deinit { close(number) }

    func status() throws(FileError) -> stat {
        var status = stat()
        guard fstat(number, &status) == 0 else { throw FileError("examine", path) }
        return status
    }

    /// Refuses to read what is no regular file, which may never end.
    @discardableResult
    func statusOfRegularFile() throws(FileError) -> stat {
        let status = try status()
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileError("read", path, refusal: "it is not a regular file")
        }
        return status
    }

    /// Reads a whole regular file of at most `limit` bytes.
    func readAll(limit: Int) throws(FileError) -> [UInt8] {
        let status = try statusOfRegularFile()
        guard status.st_size <= limit else {
            throw FileError("read", path, refusal: "it is larger than \(limit) bytes")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(status.st_size) + 1)
        while true {
            // One byte more than allowed tells a file that grew meanwhile from one that is exactly full.
            let chunk = try read(upTo: min(65_536, limit + 1 - bytes.count))
            if chunk.isEmpty { return bytes }
            bytes += chunk
            guard bytes.count <= limit else {
                throw FileError("read", path, refusal: "it is larger than \(limit) bytes")
            }
        }
    }

    /// Reads on; nothing only at the end of the file.
    func read(upTo room: Int) throws(FileError) -> [UInt8] {
        while true {
            var failure: Int32 = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
                let result = systemRead(number, buffer.baseAddress, room)
                failure = result < 0 ? errno : 0
                count = max(0, result)
            }
            if failure == EINTR { continue }
            guard failure == 0 else { throw FileError("read", path, errorNumber: failure) }
            return bytes
        }
    }

    /// Writes everything, whatever the system accepts at a time.
    func writeAll(_ bytes: [UInt8]) throws(FileError) {
        var offset = 0
        while offset < bytes.count {
            let written = bytes.withUnsafeBytes {
                write(number, $0.baseAddress.map { $0 + offset }, bytes.count - offset)
            }
            if written < 0 {
                if errno == EINTR { continue }
                throw FileError("write", path)
            }
            offset += written
        }
    }
}

/// The system call, which the method of the same name would hide.
private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}
