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

@Suite("Who may read and write the store")
struct PermissionTests {
    private func makeStore() async throws -> Store {
        let store = try Store()
        try await store.provider.setSecret(reference("a"), value: SecretValue("value"))
        return store
    }

    @Test(
        "a store that others can write is refused, with the command that helps",
        arguments: [0o770, 0o720, 0o702, 0o707, 0o777]
    )
    func writableStore(mode: mode_t) async throws {
        let store = try await makeStore()
        #expect(chmod(store.path, mode) == 0)
        for operation in [Operation.initialize, .store] {
            let error = try await store.provider.failure(of: operation, "b")
            #expect(error?.code == .providerConfigInvalid)
            #expect(error?.detail.contains("chmod 700 \(store.path)") == true)
        }
        let health = await store.provider.healthCheck()
        #expect(!health.healthy)
        #expect(health.error?.contains("chmod") == true)
        #expect(try store.entries() == ["file 600 a"])
    }

    @Test("a store below a directory that others can write is refused", arguments: [0o770, 0o707])
    func writableParent(mode: mode_t) async throws {
        let store = try Store()
        let parent = try store.directory.makeDirectory("shared", mode: UInt32(mode))
        let provider = store.provider(at: "\(parent)/deeper/store")
        for operation in [Operation.initialize, .store] {
            #expect(try await provider.failure(of: operation)?.code == .providerConfigInvalid)
        }
        #expect(FileStatus("\(parent)/deeper") == .missing)
    }

    @Test("a store that others can only read works and warns at start", arguments: [0o755, 0o750, 0o704])
    func readableStore(mode: mode_t) async throws {
        let store = try await makeStore()
        #expect(chmod(store.path, mode) == 0)
        try await store.provider.initialize()
        #expect(store.log.lines.count == 1)
        #expect(store.log.lines.first?.hasPrefix("warning: provider 'local'") == true)
        #expect(store.log.lines.first?.contains("others can read it") == true)
        #expect(await store.provider.healthCheck() == .healthy)
        #expect(try await store.provider.getSecret(reference("a"))?.text == "value")
        #expect(store.log.lines.count == 1)
    }

    @Test("a private store starts without a word")
    func privateStore() async throws {
        let store = try await makeStore()
        try await store.provider.initialize()
        #expect(store.log.lines == [])
    }

    @Test("a secret's file that others can write is refused", arguments: [0o620, 0o602, 0o666])
    func writableFile(mode: mode_t) async throws {
        let store = try await makeStore()
        #expect(chmod(store.file("a"), mode) == 0)
        let error = try await store.provider.failure(of: .read)
        #expect(error?.code == .providerInternalError)
        #expect(error?.detail.contains("others can write it") == true)
    }

    @Test("a missing store is an empty one, and the first secret makes it")
    func missingStore() async throws {
        let store = try Store()
        let provider = store.provider(at: store.file("deeper/still"))
        try await provider.initialize()
        #expect(await provider.healthCheck() == .healthy)
        #expect(try await provider.getSecret(reference("a")) == nil)
        #expect(try await provider.probe(reference("a")) == false)
        #expect(try await provider.deleteSecret(reference("a")) == false)
        #expect(try await provider.listSecrets() == [])
        #expect(FileStatus(store.path) == .missing)
        try await provider.setSecret(reference("a"), value: SecretValue("value"))
        #expect(FileStatus(store.path) == .directory("700"))
        #expect(try store.entries() == ["dir 700 deeper", "dir 700 deeper/still", "file 600 deeper/still/a"])
    }

    @Test("a file in place of the store is refused")
    func fileAsStore() async throws {
        let store = try Store()
        let provider = store.provider(at: try store.directory.write("", to: "file"))
        for operation in Operation.allCases {
            #expect(try await provider.failure(of: operation)?.code == .providerConfigInvalid, "\(operation)")
        }
    }

    @Test(
        "files are 0600 and directories 0700 whatever the umask",
        .enabled(if: ThreadOfItsOwn.canChangeUmask, "the umask belongs to the whole process here"),
        arguments: [0, 0o022, 0o077, 0o007]
    )
    func modes(mask: mode_t) async throws {
        let store = try Store()
        let path = try reference("a/b/key")
        try await ThreadOfItsOwn.withUmask(mask) {
            try await store.provider.setSecret(path, value: SecretValue("value"))
        }
        #expect(FileStatus(store.path) == .directory("700"))
        #expect(try store.entries() == ["dir 700 a", "dir 700 a/b", "file 600 a/b/key"])
    }
}

@Suite(
    "A store whose permissions refuse its user",
    .enabled(if: ThreadOfItsOwn.hasOrdinaryUser, "root is refused nothing, and no thread can be somebody else here")
)
struct RefusedUserTests {
    /// A store with the secret `a`, which belongs to an ordinary user.
    private func makeStore() async throws -> Store {
        let store = try Store()
        try await store.provider.setSecret(reference("a"), value: SecretValue("value"))
        let user = ThreadOfItsOwn.ordinaryUser
        #expect(chmod(store.directory.path, 0o755) == 0)
        for path in [store.path, store.file("a")] { #expect(chown(path, user, getgid()) == 0) }
        return store
    }

    @Test("a read-only store is read; storing and deleting are PROVIDER_PERMISSION_DENIED and change nothing")
    func readOnly() async throws {
        let store = try await makeStore()
        #expect(chmod(store.path, 0o500) == 0)
        try await ThreadOfItsOwn.asOrdinaryUser { () async throws in
            #expect(try await store.provider.getSecret(reference("a"))?.text == "value")
            #expect(try await store.provider.failure(of: .store, "a")?.code == .providerPermissionDenied)
            #expect(try await store.provider.failure(of: .store, "b")?.code == .providerPermissionDenied)
            #expect(try await store.provider.failure(of: .store, "c/d")?.code == .providerPermissionDenied)
            #expect(try await store.provider.failure(of: .delete, "a")?.code == .providerPermissionDenied)
            #expect(try await store.provider.getSecret(reference("a"))?.text == "value")
        }
        #expect(try store.entries() == ["file 600 a"])
    }

    @Test("a store that cannot be entered is PROVIDER_PERMISSION_DENIED, not 'not found', and unhealthy")
    func unreadable() async throws {
        let store = try await makeStore()
        #expect(chmod(store.path, 0) == 0)
        try await ThreadOfItsOwn.asOrdinaryUser { () async throws in
            for operation in Operation.allCases {
                #expect(
                    try await store.provider.failure(of: operation)?.code == .providerPermissionDenied,
                    "\(operation)"
                )
            }
            let health = await store.provider.healthCheck()
            #expect(!health.healthy)
            #expect(health.error?.contains("permission denied") == true)
        }
    }

    @Test("a secret's file that cannot be read is PROVIDER_PERMISSION_DENIED, not 'not found'")
    func unreadableFile() async throws {
        let store = try await makeStore()
        #expect(chmod(store.file("a"), 0) == 0)
        try await ThreadOfItsOwn.asOrdinaryUser { () async throws in
            #expect(try await store.provider.failure(of: .read)?.code == .providerPermissionDenied)
            #expect(try await store.provider.probe(reference("a")) == true)
        }
    }

    @Test("a directory that cannot be entered is PROVIDER_PERMISSION_DENIED, not 'not found'")
    func unreadableDirectory() async throws {
        let store = try await makeStore()
        try await store.provider.setSecret(reference("b/key"), value: SecretValue("value"))
        #expect(chmod(store.file("b"), 0) == 0)
        try await ThreadOfItsOwn.asOrdinaryUser { () async throws in
            for operation in Operation.onSecrets + [.list] {
                let error = try await store.provider.failure(of: operation, "b/key")
                #expect(error?.code == .providerPermissionDenied, "\(operation)")
            }
        }
    }
}
