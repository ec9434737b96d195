import JaneeSecrets
import Testing

@testable import JaneeProviders

/// The store must survive being copied to a file system that ignores upper and lower case or composes letters.
@Suite("Names that some file systems take for one")
struct CollisionTests {
    static let colliding: [(first: String, second: String)] = [
        ("stripe", "STRIPE"), ("a/key", "A/key"), ("a/b/key", "a/B/other"), ("caf%C3%A9", "cafe%CC%81"),
        ("CAF%C3%89", "cafe%CC%81"),
        ("%CF%83", "%CF%82"), ("%CE%A3", "%CF%82"), ("k", "%E2%84%AA"), ("Key", "key/inside"),
        ("%C3%A9/a", "e%CC%81/b"),
        ("stra%C3%9Fe", "STRASSE"), ("%EA%B0%80", "%E1%84%80%E1%85%A1"),
    ]

    @Test("the second of two names that differ only by case or composition is refused", arguments: colliding)
    func collision(first: String, second: String) async throws {
        for (stored, refused) in [(first, second), (second, first)] {
            let store = try Store()
            try await store.provider.setSecret(reference(stored), value: SecretValue("first"))
            let before = try store.entries()
            let error = try await store.provider.failure(of: .store, refused)
            #expect(error?.code == .providerInternalError)
            #expect(error?.detail.contains("differs only by") == true)
            #expect(try store.entries() == before)
            #expect(try await store.provider.getSecret(reference(stored))?.text == "first")
        }
    }

    @Test(
        "names that merely resemble each other are stored side by side",
        arguments: [
            ("a", "b"), ("key", "keys"), ("e", "%C3%A9"), ("a-b", "a_b"), ("a/key", "b/KEY"), ("%C3%A9", "%C3%A8"),
        ]
    )
    func similar(first: String, second: String) async throws {
        let store = try Store()
        try await store.provider.setSecret(reference(first), value: SecretValue("first"))
        try await store.provider.setSecret(reference(second), value: SecretValue("second"))
        #expect(try await store.provider.getSecret(reference(first))?.text == "first")
        #expect(try await store.provider.getSecret(reference(second))?.text == "second")
    }

    @Test("a name is free again once the one it collided with is deleted")
    func freed() async throws {
        let store = try Store()
        try await store.provider.setSecret(reference("Team/key"), value: SecretValue("first"))
        _ = try await store.provider.deleteSecret(reference("Team/key"))
        try await store.provider.setSecret(reference("team/KEY"), value: SecretValue("second"))
        #expect(try await store.provider.getSecret(reference("team/KEY"))?.text == "second")
    }

    @Test("a name does not collide with itself", arguments: ["stripe", "e\u{301}", "\u{E9}", ""])
    func itself(name: String) {
        #expect(!FoldedName(name).collides(with: name))
    }

    @Test("a secret and a directory cannot have one name, and neither is harmed by trying", arguments: [true, false])
    func secretAndDirectory(isSecretFirst: Bool) async throws {
        let store = try Store()
        let (first, second) = isSecretFirst ? ("a", "a/b") : ("a/b", "a")
        try await store.provider.setSecret(reference(first), value: SecretValue("first"))
        let before = try store.entries()
        #expect(try await store.provider.failure(of: .store, second)?.code == .providerInternalError)
        #expect(try store.entries() == before)
        #expect(try await store.provider.getSecret(reference(first))?.text == "first")
        // The other secret does not exist, which is no error.
        #expect(try await store.provider.getSecret(reference(second)) == nil)
        #expect(try await store.provider.probe(reference(second)) == false)
        #expect(try await store.provider.deleteSecret(reference(second)) == false)
        #expect(try store.entries() == before)
    }
}
