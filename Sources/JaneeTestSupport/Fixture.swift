import JaneeFiles

/// Texts in the directory `Fixtures` beside the tests that use them.
package enum Fixture {
    /// A file's text does not have the form of text.
    struct IsNoText: Error {
        let name: String
    }

    /// The text of a file.
    ///
    /// - Parameter test: The file of the test, which the compiler fills in.
    package static func text(_ name: String, of test: String = #filePath) throws -> String {
        let directory = test.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let bytes = try RegularFile.read("\(directory)/Fixtures/\(name)", limit: 1 << 20)
        guard let text = String(validating: bytes, as: UTF8.self) else { throw IsNoText(name: name) }
        return text
    }
}
