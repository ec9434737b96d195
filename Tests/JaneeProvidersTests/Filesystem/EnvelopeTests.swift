import JaneeFiles
import JaneeProviders
import JaneeSecrets
import JaneeSecretsTesting
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("The envelope of a stored secret")
struct EnvelopeTests {
    private static let values: [String: [UInt8]] = [
        "nothing": [],
        "a NUL": [0],
        "a line break at the end": Array("value\n".utf8),
        "letters outside ASCII": Array("\u{E9}e\u{301}\u{1F511}".utf8),
        "every byte": Array(UInt8.min...UInt8.max),
        "no UTF-8": [0xFF, 0xFE, 0xC3, 0x28],
        "64 KiB": [UInt8](repeating: 0x61, count: 65_536),
        "as much as there may be": [UInt8](repeating: 0, count: FilesystemProvider.maximumValueBytes),
    ]

    @Test("what is stored is read, byte for byte", arguments: values.keys.sorted())
    func roundTrip(name: String) async throws {
        let store = try Store()
        let bytes = try #require(Self.values[name])
        try await store.provider.setSecret(reference("a/b"), value: SecretValue(bytes))
        let isSame = try await store.provider.getSecret(reference("a/b"))?.bytes == bytes
        #expect(isSame)
    }

    @Test(
        "a file is one line of base64 after its marker and shows nothing of the value",
        arguments: SecretCanary.ofEveryShape()
    )
    func form(canary: SecretCanary) async throws {
        let store = try Store()
        try await store.provider.setSecret(reference("a"), value: canary.value)
        let content = try store.content("a")
        #expect(canary.forms(in: content).isEmpty)
        let text = String(decoding: content, as: UTF8.self)
        #expect(text.wholeMatch(of: #/janee:1:[A-Za-z0-9+\/]+=*\n/#) != nil)
    }

    @Test("storing the same value again gives other bytes")
    func freshNonce() async throws {
        let store = try Store()
        try await store.provider.setSecret(reference("a"), value: SecretValue("same"))
        let first = try store.content("a")
        try await store.provider.setSecret(reference("a"), value: SecretValue("same"))
        #expect(try store.content("a") != first)
    }

    @Test("a file copied over another, or moved, is an error", arguments: ["b", "a/b", "A"])
    func boundToItsPath(other: String) async throws {
        let store = try Store()
        try await store.provider.setSecret(reference("x"), value: SecretValue("of x"))
        let content = try store.content("x")
        try await store.provider.setSecret(reference(other), value: SecretValue("of the other"))
        try store.put(content, into: other)
        let error = try await store.provider.failure(of: .read, other)
        #expect(error?.code == .providerInternalError)
        #expect(error?.detail.contains("moved") == true)
        #expect(error?.path == other)
    }

    @Test("a whole directory that was renamed is an error for each secret in it")
    func renamedDirectory() async throws {
        let store = try Store()
        try await store.provider.setSecret(reference("dev/key"), value: SecretValue("of dev"))
        #expect(rename(store.file("dev"), store.file("prod")) == 0)
        let error = try await store.provider.failure(of: .read, "prod/key")
        #expect(error?.code == .providerInternalError)
    }

    @Test("without its marker a bound file is no unbound one")
    func strippedMarker() async throws {
        let store = try Store()
        try await store.provider.setSecret(reference("a"), value: SecretValue("value"))
        try store.put(try store.content("a").dropFirst("janee:1:".utf8.count), into: "a")
        let error = try await store.provider.failure(of: .read)
        #expect(error?.code == .providerInternalError)
    }

    @Test("a changed character never gives another value")
    func tampering() async throws {
        let store = try Store()
        let path = try reference("a")
        try await store.provider.setSecret(path, value: SecretValue("value"))
        let content = try store.content("a")
        for index in content.indices {
            var changed = content
            changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            try store.putQuickly(changed, into: "a")
            do throws(SecretError) {
                let value = try await store.provider.getSecret(path)
                // The last character before the padding, and the line break, hold bits that mean nothing.
                #expect(value?.text == "value", "index \(index)")
                #expect(index >= content.count - 4, "index \(index)")
            } catch {
                #expect(error.code == .providerInternalError)
            }
        }
    }

    @Test("another master key is an error that says so, and not 'not found'")
    func wrongKey() async throws {
        let store = try Store()
        try await store.provider.setSecret(reference("a"), value: SecretValue("value"))
        let other = store.provider(key: SecretValue([UInt8](repeating: 1, count: 32)))
        let error = try await other.failure(of: .read)
        #expect(error?.code == .providerInternalError)
        #expect(error?.detail.contains("another master key") == true)
    }

    @Test("a master key that is not 32 bytes is refused for reading and writing", arguments: [0, 16, 31, 33, 64])
    func keyLength(count: Int) async throws {
        let store = try Store()
        let path = try reference("a")
        try await store.provider.setSecret(path, value: SecretValue("value"))
        let other = store.provider(key: SecretValue([UInt8](repeating: 1, count: count)))
        #expect(await other.failure(of: .read, path)?.code == .providerConfigInvalid)
        #expect(await other.failure(of: .store, path)?.code == .providerConfigInvalid)
        #expect(try await store.provider.getSecret(path)?.text == "value")
    }

    @Test("a value that is too large is refused before anything is written")
    func tooLarge() async throws {
        let store = try Store()
        let path = try reference("a")
        let value = SecretValue([UInt8](repeating: 0, count: FilesystemProvider.maximumValueBytes + 1))
        await #expect(throws: SecretError.self) { try await store.provider.setSecret(path, value: value) }
        #expect(try store.entries() == [])
    }
}
