import JaneeProviders
import JaneeSecrets
import Testing

@Suite("Paths of stored secrets")
struct PathTests {
    @Test(
        "no path leads out of the store",
        arguments: [
            "../outside", "a/../../outside", "..", "%2e%2e/outside", "%2E%2E%2Foutside", "a%2F..%2F..%2Foutside", "./a",
            "%2e",
            "..%5Coutside", "a%00b", "a%0Ab", "a%5Cb", "", "/", "//",
        ]
    )
    func traversal(text: String) {
        #expect(throws: SecretError.self) { try reference(text) }
    }

    /// Paths that look dangerous and are ordinary names, with the entry they become.
    static let names: [(path: String, file: String)] = [
        ("...", "..."), ("..a", "..a"), (".hidden", ".hidden"), ("~", "~"), ("-rf", "-rf"),
        ("%2Fetc%2Fpasswd", "etc/passwd"),
        ("//etc///passwd/", "etc/passwd"), ("a%20b", "a b"), ("%C3%A9", "\u{E9}"), ("%F0%9F%94%91", "\u{1F511}"),
        ("a%3Ab", "a:b"),
        ("%2541", "%41"), ("%24(x)", "$(x)"), ("CON", "CON"), ("a.", "a."),
    ]

    @Test("an odd name is a file in the store and nowhere else", arguments: names)
    func oddNames(path: String, file: String) async throws {
        let store = try Store()
        let escaped = path.replacing("(", with: "%28").replacing(")", with: "%29")
        try await store.provider.setSecret(reference(escaped), value: SecretValue("value"))
        #expect(try store.entries().last == "file 600 \(file)")
        #expect(try await store.provider.getSecret(reference(escaped))?.text == "value")
        #expect(try await store.provider.listSecrets() == [reference(escaped)])
        #expect(try await store.provider.deleteSecret(reference(escaped)))
        #expect(try store.entries() == [])
    }

    @Test("two spellings of a path are one secret")
    func spellings() async throws {
        let store = try Store()
        try await store.provider.setSecret(reference("team%2Fstripe"), value: SecretValue("value"))
        #expect(try await store.provider.getSecret(reference("/team//%73tripe/"))?.text == "value")
    }

    /// Segments of at most 255 bytes, the longest that file systems take, and longer ones.
    @Test(
        "a segment may have 255 bytes and no more",
        arguments: [("a", 255, true), ("a", 256, false), ("%C3%A9", 127, true), ("%C3%A9", 128, false)]
    )
    func segmentLength(unit: String, count: Int, isAccepted: Bool) async throws {
        let store = try Store()
        let segment = String(repeating: unit, count: count)
        for path in [segment, "\(segment)/a", "a/\(segment)"] {
            for operation in Operation.onSecrets {
                let error = try await store.provider.failure(of: operation, path)
                #expect(error?.code == (isAccepted ? nil : .invalidSecretURI), "\(operation)")
            }
        }
        #expect(try store.entries() == [])
    }

    @Test("the deepest path there can be is stored, read, listed and deleted")
    func deepest() async throws {
        let store = try Store()
        let path = Array(repeating: "a", count: 512).joined(separator: "/")
        try await store.provider.setSecret(reference(path), value: SecretValue("value"))
        #expect(try await store.provider.getSecret(reference(path))?.text == "value")
        #expect(try await store.provider.listSecrets() == [reference(path)])
        #expect(try await store.provider.deleteSecret(reference(path)))
        #expect(try store.entries() == [])
    }

    @Test(
        "names of unfinished writes, fields and versions are refused before the disk is asked",
        arguments: [
            (".janee-tmp-1", nil, nil), ("a/.janee-tmp-x", nil, nil), (".janee-tmp-d/a", nil, nil), ("a", "field", nil),
            ("a", nil, "3"),
        ] as [(String, String?, String?)]
    )
    func refused(path: String, field: String?, version: String?) async throws {
        let store = try Store()
        let odd = try reference(path, field: field, version: version)
        for operation in Operation.onSecrets {
            #expect(await store.provider.failure(of: operation, odd)?.code == .invalidSecretURI, "\(operation)")
        }
        #expect(try store.entries() == [])
    }
}
