import JaneeFiles
import JaneeProviders
import JaneeSecrets
import JaneeTestSupport
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Whoever can put a link into the store must not be able to make the provider read, write or remove elsewhere.
@Suite("Links and other things in place of files and directories")
struct LinkTests {
    /// A store whose secret `real/key` can be reached by links, and a provider.
    private func makeStore() async throws -> Store {
        let store = try Store()
        try await store.provider.setSecret(reference("real/key"), value: SecretValue("value"))
        return store
    }

    private func link(_ target: String, _ path: String) throws {
        try #require(symlink(target, path) == 0)
    }

    @Test("a link in place of a file is refused", arguments: ["real/key", "/etc/hostname", "nothing-there"])
    func file(target: String) async throws {
        let store = try await makeStore()
        try link(target, store.file("link"))
        let error = try await store.provider.failure(of: .read, "link")
        #expect(error?.code == .providerInternalError)
        #expect(error?.detail.contains("symbolic link") == true)
        #expect(try await store.provider.probe(reference("link")) == false)
    }

    @Test("storing replaces a link in place of a file and leaves its target alone")
    func writing() async throws {
        let store = try await makeStore()
        let outside = try store.directory.write("precious", to: "outside")
        try link(outside, store.file("link"))
        try await store.provider.setSecret(reference("link"), value: SecretValue("new"))
        #expect(try RegularFile.read(outside, limit: 100) == Array("precious".utf8))
        #expect(FileStatus(store.file("link")) == .file("600"))
        #expect(try await store.provider.getSecret(reference("link"))?.text == "new")
    }

    @Test("deleting removes a link in place of a file and leaves its target alone")
    func deleting() async throws {
        let store = try await makeStore()
        let outside = try store.directory.write("precious", to: "outside")
        try link(outside, store.file("link"))
        _ = try await store.provider.deleteSecret(reference("link"))
        #expect(try RegularFile.read(outside, limit: 100) == Array("precious".utf8))
        #expect(FileStatus(store.file("link")) == .missing)
    }

    @Test(
        "a link in place of a directory is refused for everything, and nothing appears behind it",
        arguments: [true, false]
    )
    func directory(isInside: Bool) async throws {
        let store = try await makeStore()
        let outside = try store.directory.makeDirectory("outside")
        try link(isInside ? "real" : outside, store.file("link"))
        let provider = store.provider
        for operation in Operation.onSecrets {
            let error = try await provider.failure(of: operation, "link/key")
            #expect(error?.code == .providerInternalError, "\(operation)")
        }
        #expect(try DirectoryHandle(path: outside).names() == [])
        #expect(try await provider.getSecret(reference("real/key"))?.text == "value")
        #expect(try await provider.listSecrets() == [reference("real/key")])
    }

    @Test("a link in place of the store itself is refused, however the path is written", arguments: ["", "/", "///"])
    func root(ending: String) async throws {
        let store = try await makeStore()
        let path = store.directory.path(of: "link")
        try link(store.path, path)
        let provider = store.provider(at: path + ending)
        for operation in Operation.allCases {
            let error = try await provider.failure(of: operation, "real/key")
            #expect(error?.code == .providerConfigInvalid, "\(operation)")
        }
        #expect(await provider.healthCheck().healthy == false)
        #expect(try await store.provider.getSecret(reference("real/key"))?.text == "value")
    }

    @Test("links above the store are the operator's business")
    func above() async throws {
        let store = try await makeStore()
        let path = store.directory.path(of: "home")
        try link(store.directory.path, path)
        let provider = store.provider(at: "\(path)/store")
        #expect(try await provider.getSecret(reference("real/key"))?.text == "value")
    }

    @Test("a pipe in place of a file is refused at once")
    func pipe() async throws {
        let store = try await makeStore()
        try #require(mkfifo(store.file("pipe"), 0o600) == 0)
        let error = try await store.provider.failure(of: .read, "pipe")
        #expect(error?.code == .providerInternalError)
        #expect(error?.detail.contains("not a regular file") == true)
        #expect(try await store.provider.probe(reference("pipe")) == false)
        #expect(try await store.provider.listSecrets() == [reference("real/key")])
    }

    @Test("a pipe in place of a directory, or of the store, is refused at once")
    func pipeAsDirectory() async throws {
        let store = try await makeStore()
        try #require(mkfifo(store.file("pipe"), 0o600) == 0)
        #expect(try await store.provider.failure(of: .read, "pipe/key")?.code == .providerInternalError)
        let asRoot = store.provider(at: store.file("pipe"))
        #expect(try await asRoot.failure(of: .initialize)?.code == .providerConfigInvalid)
    }
}
