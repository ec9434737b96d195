import JaneeFiles
import Testing

/// Texts beside the tests that the end-to-end tests read too.
enum Fixture {
    static func text(_ name: String) throws -> String {
        let directory = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "/")
        let bytes = try RegularFile.read("\(directory)/Fixtures/\(name)", limit: 1 << 20)
        return try #require(String(validating: bytes, as: UTF8.self))
    }
}
