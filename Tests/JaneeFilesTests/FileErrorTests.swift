import JaneeFiles
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("File errors")
struct FileErrorTests {
    @Test(
        "an error says what was tried, where, and why",
        arguments: [
            (ENOENT, "it does not exist"), (EACCES, "permission denied"), (EPERM, "permission denied"),
            (ENOSPC, "the disk is full (or the quota is used up)"),
            (EDQUOT, "the disk is full (or the quota is used up)"),
            (EROFS, "the file system is read-only"), (ELOOP, "it is a symbolic link, which is not followed here"),
            (ENAMETOOLONG, "the name is too long"), (EIO, String(cString: strerror(EIO))),
        ]
    )
    func words(number: Int32, reason: String) {
        let error = FileError("open", "/a/b", errorNumber: number)
        #expect(error.description == "cannot open /a/b: \(reason)")
        #expect(error.isNotFound == (number == ENOENT))
        #expect(error.isPermissionDenied == (number == EACCES || number == EPERM))
    }

    @Test("a refusal of our own has no number")
    func refusal() {
        let error = FileError("read", "/a", refusal: "it is not a regular file")
        #expect(error.errorNumber == 0)
        #expect(error.description == "cannot read /a: it is not a regular file")
        #expect(!error.isNotFound && !error.isPermissionDenied)
    }
}
