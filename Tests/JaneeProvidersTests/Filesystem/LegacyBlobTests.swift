import JaneeProviders
import JaneeSecrets
import Testing

@Suite("Files of Janee 0.16")
struct LegacyBlobTests {
    /// Key 00..1f, nonce a0..ab, no associated data.
    private static let blob = "oKGio6Slpqeoqaqrb8iUIgAUJXZErMiFuhSZQZVzI1kguHbgCATptmI="
    private static let value = "sk_test_janee"

    @Test("a blob is read, with whatever an editor or a shell left at its end", arguments: ["", "\n", "\r\n", " \n\n"])
    func read(ending: String) async throws {
        let store = try Store()
        try store.put((Self.blob + ending).utf8, into: "stripe")
        #expect(try await store.provider.getSecret(reference("stripe"))?.text == Self.value)
    }

    @Test("a blob is bound to no path, so one that was moved is still read")
    func moved() async throws {
        let store = try Store()
        try store.put(Self.blob.utf8, into: "team/other")
        #expect(try await store.provider.getSecret(reference("team/other"))?.text == Self.value)
    }

    @Test("a blob is left as it is by reading, listing and probing")
    func untouched() async throws {
        let store = try Store()
        try store.put(Self.blob.utf8, into: "stripe")
        _ = try await store.provider.getSecret(reference("stripe"))
        #expect(try await store.provider.listSecrets() == [reference("stripe")])
        #expect(try await store.provider.probe(reference("stripe")) == true)
        #expect(try store.content("stripe") == Array(Self.blob.utf8))
    }

    @Test("storing over a blob writes the bound envelope")
    func replaced() async throws {
        let store = try Store()
        try store.put(Self.blob.utf8, into: "stripe")
        try await store.provider.setSecret(reference("stripe"), value: SecretValue("new"))
        #expect(try store.content("stripe").starts(with: "janee:1:".utf8))
        #expect(try await store.provider.getSecret(reference("stripe"))?.text == "new")
    }

    @Test(
        "a blob made with another key, or with a marker it was not made for, is an error",
        arguments: ["", "janee:1:"]
    )
    func refused(prefix: String) async throws {
        let store = try Store()
        try store.put((prefix + Self.blob).utf8, into: "stripe")
        let key = prefix.isEmpty ? SecretValue([UInt8](repeating: 7, count: 32)) : Store.key
        let error = try await store.provider(key: key).failure(of: .read, "stripe")
        #expect(error?.code == .providerInternalError)
    }
}
