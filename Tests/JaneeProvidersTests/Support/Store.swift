import JaneeFiles
import JaneeProviders
import JaneeSecrets
import JaneeSecretsTesting
import JaneeTestSupport
import Logging
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A filesystem provider over a directory of the test's own, and ways to look at and meddle with its files.
struct Store {
    /// The key of Janee 0.16's test vector: bytes 00 to 1f.
    static let key = SecretValue((0..<32).map { UInt8($0) })

    let directory: TemporaryDirectory
    /// The provider's directory; it does not exist before the first secret is stored.
    let path: String
    let log = LogRecorder()

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path(of: "store")
    }

    var provider: FilesystemProvider { provider() }

    func provider(key: SecretValue = Store.key, at path: String? = nil) -> FilesystemProvider {
        FilesystemProvider(name: .local, path: path ?? self.path, context: .forTests(key: key, log: log))
    }

    /// Where a file of the store is.
    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// The bytes of a file of the store.
    func content(_ name: String) throws -> [UInt8] {
        try RegularFile.read(file(name), limit: 16 << 20)
    }

    /// Puts bytes into a file of the store, making its directories.
    func put(_ bytes: some Sequence<UInt8>, into name: String, mode: UInt32 = 0o600) throws {
        try makeDirectory(name.split(separator: "/").dropLast().joined(separator: "/"))
        try RegularFile.write(Array(bytes), to: file(name), mode: mode)
    }

    func makeDirectory(_ name: String = "") throws {
        try RegularFile.makeDirectory(name.isEmpty ? path : file(name))
    }

    /// All entries below the store with their types and permissions, sorted, such as `dir 700 a` and `file 600 a/b`.
    func entries() throws -> [String] {
        try Self.entries(path, prefix: "").sorted()
    }

    private static func entries(_ path: String, prefix: String) throws -> [String] {
        guard RegularFile.exists(path) else { return [] }
        return try DirectoryHandle(path: path).names()
            .flatMap { name in
                let child = "\(path)/\(name)"
                switch FileStatus(child) {
                case .directory(let mode):
                    return ["dir \(mode) \(prefix)\(name)"] + (try entries(child, prefix: "\(prefix)\(name)/"))
                case .file(let mode): return ["file \(mode) \(prefix)\(name)"]
                case .other: return ["other \(prefix)\(name)"]
                case .missing: return []
                }
            }
    }

    /// The entries that are left of unfinished writes.
    func temporaryFiles() throws -> [String] {
        try entries().filter { $0.contains(DirectoryHandle.temporaryPrefix) }
    }
}

/// What an entry is, with its permissions in octal digits; links are not followed.
enum FileStatus: Equatable {
    case file(String)
    case directory(String)
    case other
    case missing

    init(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            self = .missing
            return
        }
        let mode = String(status.st_mode & 0o7777, radix: 8)
        switch status.st_mode & S_IFMT {
        case S_IFREG: self = .file(mode)
        case S_IFDIR: self = .directory(mode)
        default: self = .other
        }
    }
}

extension ProviderContext {
    /// A context without a way to the network.
    static func forTests(
        key: SecretValue,
        log: LogRecorder,
        home: String = "/nowhere",
        variables: [String: String] = [:],
        time: TimeSource = .system
    ) -> ProviderContext {
        ProviderContext(
            transport: ScriptedTransport(),
            logger: log.logger,
            substitution: SubstitutionSource(
                variable: { variables[$0] },
                file: { _ throws(SecretError) in throw SecretError(.providerConfigInvalid, "there are no files here") }
            ),
            masterKey: { () throws(SecretError) in key },
            homeDirectory: home,
            time: time
        )
    }
}

/// Parses a path of the URI grammar.
func reference(_ path: String, field: String? = nil, version: String? = nil) throws -> SecretReference {
    try SecretReference(path: path, field: field, version: version)
}

extension SecretValue {
    /// The value as text.
    var text: String { withBytes { String(decoding: $0, as: UTF8.self) } }
    /// The value's bytes.
    var bytes: [UInt8] { withBytes { Array($0) } }
}

extension Store {
    /// Overwrites an existing file in place, without the flush to the disk that ``put(_:into:mode:)`` waits for.
    func putQuickly(_ bytes: some Sequence<UInt8>, into name: String) throws {
        let descriptor = open(file(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let bytes = Array(bytes)
        try #require(write(descriptor, bytes, bytes.count) == bytes.count)
    }
}
