import JaneeProviders
import JaneeSecrets
import JaneeSecretsTesting
import JaneeTestSupport
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Neither a value nor a key leaves the provider by an error, a log line or a file, and a path, which may be a key that
/// somebody pasted, only by an error's `path`.
@Suite("What the filesystem provider lets out")
struct LeakTests {
    /// Ways to make every operation fail, each with what it does to a store whose secret is `name`.
    enum Trouble: CaseIterable, Sendable {
        case wrongKey
        case shortKey
        case garbage
        case plaintext
        case huge
        case link
        case pipe
        case writableFile
        case writableStore
        case directoryIsFile
        case directoryIsLink
        case collision
        case fileInPlaceOfStore
    }

    @Test(
        "no error, health check or log line holds the value, the master key or, but for 'path', the path",
        arguments: Trouble.allCases
    )
    func errors(trouble: Trouble) async throws {
        let (path, value, key) = (SecretCanary(.apiKey), SecretCanary(.password), SecretCanary(.binary))
        let store = try Store()
        let name = try #require(path.text)
        let working = store.provider(key: SecretValue(key.bytes.prefix(32)))
        try await working.setSecret(reference("\(name)/\(name)"), value: value.value)
        let provider = try cause(trouble, in: store, name, value, working)

        var texts: [String] = []
        var failures = 0
        for operation in Operation.allCases {
            for target in ["\(name)/\(name)", "\(name)/\(name)/deeper", name, "\(name)/\(name.uppercased())"] {
                guard let error = try await provider.failure(of: operation, target) else { continue }
                failures += 1
                var dumped = ""
                dump(error, to: &dumped)
                texts += [error.detail, error.agentDescription, "\(error)", String(reflecting: error), dumped]
                #expect(value.forms(in: error.message).isEmpty)
            }
        }
        #expect(failures > 0)
        texts += [await provider.healthCheck().error ?? ""] + store.log.lines
        for text in texts {
            #expect(path.forms(in: text).isEmpty, "the path is in: \(text.prefix(20))…")
            #expect(value.forms(in: text).isEmpty)
            #expect(SecretDetector(key.bytes.prefix(32)).forms(in: text).isEmpty)
        }
    }

    /// Makes the trouble and answers the provider that has it.
    private func cause(
        _ trouble: Trouble,
        in store: Store,
        _ name: String,
        _ value: SecretCanary,
        _ working: FilesystemProvider
    ) throws -> FilesystemProvider {
        let file = "\(name)/\(name)"
        switch trouble {
        case .wrongKey: return store.provider(key: SecretValue([UInt8](repeating: 3, count: 32)))
        case .shortKey: return store.provider(key: SecretValue([UInt8](repeating: 3, count: 5)))
        case .garbage: try store.put("janee:1:%%%".utf8, into: file)
        case .plaintext: try store.put(value.bytes, into: file)
        case .huge: #expect(truncate(store.file(file), 1 << 30) == 0)
        case .link:
            unlink(store.file(file))
            #expect(symlink("/etc/hostname", store.file(file)) == 0)
        case .pipe:
            unlink(store.file(file))
            #expect(mkfifo(store.file(file), 0o600) == 0)
        case .writableFile: #expect(chmod(store.file(file), 0o666) == 0)
        case .writableStore: #expect(chmod(store.path, 0o777) == 0)
        case .directoryIsFile:
            unlink(store.file(file))
            rmdir(store.file(name))
            try store.put([], into: name)
        case .directoryIsLink:
            #expect(rename(store.file(name), store.directory.path(of: "elsewhere")) == 0)
            #expect(symlink(store.directory.path(of: "elsewhere"), store.file(name)) == 0)
        case .collision: break
        case .fileInPlaceOfStore: return store.provider(at: try store.directory.write("", to: "file"))
        }
        return working
    }
}
