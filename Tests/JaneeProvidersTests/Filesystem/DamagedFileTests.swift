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

@Suite("Files that are no secrets")
struct DamagedFileTests {
    private static let contents: [String] = [
        "", "\n", " ", "janee:1:", "janee:1:\n", "janee:1:====", "janee:2:AAAA", "plain text",
        "sk_live_pasted_key_0123456789",
        "AAAA", "janee:1:AAAA", String(repeating: "A", count: 36), "janee:1:" + String(repeating: "\u{0}", count: 64),
        "\u{FEFF}janee:1:" + String(repeating: "A", count: 64), "janee:1:" + String(repeating: "%", count: 64),
    ]

    @Test("a file that is no envelope is an error that repeats nothing of it", arguments: contents)
    func garbage(content: String) async throws {
        let store = try Store()
        try store.put(content.utf8, into: "a")
        let error = try #require(try await store.provider.failure(of: .read))
        #expect(error.code == .providerInternalError)
        #expect(error.path == "a")
        let trimmed = content.trimmingPrefix("janee:1:")
        if trimmed.utf8.count > 8 { #expect(!error.message.contains(trimmed)) }
    }

    @Test("a file cut off anywhere is an error")
    func truncated() async throws {
        let store = try Store()
        let path = try reference("a")
        try await store.provider.setSecret(path, value: SecretValue("a value of some length"))
        let content = try store.content("a")
        // Only the line break at the end may be missing.
        for count in 0..<content.count - 1 {
            try store.putQuickly(content.prefix(count), into: "a")
            let error = await store.provider.failure(of: .read, path)
            #expect(error?.code == .providerInternalError, "cut off after \(count) bytes")
        }
        try store.putQuickly(content.dropLast(), into: "a")
        #expect(try await store.provider.getSecret(path)?.text == "a value of some length")
    }

    @Test("a huge file is refused without being read")
    func huge() async throws {
        let store = try Store()
        try store.put([], into: "a")
        // Sparse: it takes no space, and reading it would take long.
        #expect(truncate(store.file("a"), 1 << 40) == 0)
        let error = try await store.provider.failure(of: .read)
        #expect(error?.code == .providerInternalError)
        #expect(error?.detail.contains("larger than") == true)
    }
}
