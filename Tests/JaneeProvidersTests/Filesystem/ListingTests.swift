import JaneeFiles
import JaneeProviders
import JaneeSecrets
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("Listing and deleting stored secrets")
struct ListingTests {
    @Test("the list has every secret, sorted by path, and no value")
    func list() async throws {
        let store = try Store()
        let paths = ["b", "a/c", "a/b/d", "Z", "a%20b", "%C3%A9"]
        for path in paths { try await store.provider.setSecret(reference(path), value: SecretValue("value")) }
        let list = try await store.provider.listSecrets()
        #expect(list.map(\.path) == ["Z", "a b", "a/b/d", "a/c", "b", "\u{E9}"])
        #expect(list.map(\.displayPath).sorted() == paths.sorted())
    }

    @Test("what Janee did not put there is not listed")
    func foreignEntries() async throws {
        let store = try Store()
        try await store.provider.setSecret(reference("a/key"), value: SecretValue("value"))
        try store.put([], into: ".janee-tmp-abc")
        try store.put([], into: "a/.janee-tmp-abc")
        try store.put([], into: ".janee-tmp-directory/inside")
        try store.put([], into: "back\\slash")
        try store.put([], into: "line\nbreak")
        try store.makeDirectory("empty")
        #expect(symlink("a/key", store.file("link")) == 0)
        #expect(symlink("a", store.file("directory-link")) == 0)
        #expect(mkfifo(store.file("pipe"), 0o600) == 0)
        #if os(Linux)
        // A name that is no UTF-8; macOS has none.
        let descriptor = open(store.path.utf8CString.dropLast() + [0x2F, 0x61, -1, 0], O_CREAT | O_WRONLY, 0o600)
        #expect(descriptor >= 0)
        close(descriptor)
        #endif
        #expect(try await store.provider.listSecrets() == [reference("a/key")])
    }

    @Test("deleting says whether there was a secret, and removes directories that it left empty")
    func deleteAndPrune() async throws {
        let store = try Store()
        for path in ["a/b/c/one", "a/b/two", "three"] {
            try await store.provider.setSecret(reference(path), value: SecretValue("value"))
        }
        #expect(try await store.provider.deleteSecret(reference("a/b/c/one")))
        #expect(try store.entries() == ["dir 700 a", "dir 700 a/b", "file 600 a/b/two", "file 600 three"])
        #expect(try await store.provider.deleteSecret(reference("a/b/c/one")) == false)
        #expect(try await store.provider.deleteSecret(reference("a/b/two")))
        #expect(try store.entries() == ["file 600 three"])
        #expect(try await store.provider.deleteSecret(reference("three")))
        #expect(try store.entries() == [])
        #expect(FileStatus(store.path) == .directory("700"))
    }

    @Test("a directory with something else in it stays")
    func foreignFileKeepsDirectory() async throws {
        let store = try Store()
        try await store.provider.setSecret(reference("a/b/key"), value: SecretValue("value"))
        try store.put([], into: "a/README")
        #expect(try await store.provider.deleteSecret(reference("a/b/key")))
        #expect(try store.entries() == ["dir 700 a", "file 600 a/README"])
    }

    @Test("no operation leaves an unfinished file behind, whether it works or not")
    func noTemporaryFiles() async throws {
        let store = try Store()
        try await store.provider.setSecret(reference("a/key"), value: SecretValue("value"))
        try await store.provider.setSecret(reference("a/key"), value: SecretValue("other"))
        for path in ["a", "a/key/deeper", "A/key", "a/KEY"] { _ = try await store.provider.failure(of: .store, path) }
        _ = try await store.provider.deleteSecret(reference("a/missing"))
        #expect(try store.entries() == ["dir 700 a", "file 600 a/key"])
    }

    @Test("an unfinished file of a writer that was killed is in nobody's way")
    func abandonedWrite() async throws {
        let store = try Store()
        try store.put([1, 2, 3], into: "a/.janee-tmp-killed")
        try await store.provider.setSecret(reference("a/key"), value: SecretValue("value"))
        #expect(try await store.provider.getSecret(reference("a/key"))?.text == "value")
        #expect(try await store.provider.deleteSecret(reference("a/key")))
        #expect(try await store.provider.listSecrets() == [])
    }
}
