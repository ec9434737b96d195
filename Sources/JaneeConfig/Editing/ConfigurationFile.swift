import JaneeFiles
import JaneeSecrets

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Changes `config.yaml`: under a lock, in one step, with the version before kept as `config.yaml.bak`.
///
/// What does not load afterwards is never written.
package struct ConfigurationFile: Sendable {
    private let home: JaneeHome
    private let loader: ConfigurationLoader
    private let lockTimeout: Duration

    package init(home: JaneeHome, loader: ConfigurationLoader, lockTimeout: Duration = .seconds(10)) {
        self.home = home
        self.loader = loader
        self.lockTimeout = lockTimeout
    }

    /// Loads the configuration, lets `body` change its text, and writes it.
    ///
    /// - Parameter isRehearsal: Whether to do everything but write.
    /// - Returns: The configuration as it is now.
    /// - Throws: ``ConfigurationChangeError``, or what `body` throws; then nothing was written.
    @discardableResult
    package func change(
        isRehearsal: Bool = false,
        _ body: (inout YAMLEditor, Configuration) throws -> Void
    ) throws -> Configuration {
        guard RegularFile.exists(home.configFile) else { throw ConfigurationError(notFound: home.configFile) }
        let lock: FileLock
        do throws(FileLockError) {
            lock = try FileLock(path: home.configLock)
            try lock.acquire(timeout: lockTimeout)
        } catch {
            throw ConfigurationChangeError.notWritten("\(error)")
        }
        defer { lock.release() }
        let before = try loader.load(home.configFile, credentials: home.credentialsFile)
        let path = Self.target(of: home.configFile)
        let bytes = try Self.files { () throws(FileError) in
            try RegularFile.read(path, limit: YAMLReader.maximumBytes)
        }
        var editor = try Self.edits { () throws(YAMLEditError) in
            try YAMLEditor(String(decoding: bytes, as: UTF8.self))
        }
        try body(&editor, before)
        try Self.edits { () throws(YAMLEditError) in try keepReachable(&editor, before) }
        let text = Array(editor.text.utf8)
        guard text != bytes else { return before }
        let after: Configuration
        do throws(ConfigurationError) {
            after = try loader.parse(text, path: home.configFile, credentials: before.legacyFile)
        } catch {
            throw ConfigurationChangeError.invalid(error)
        }
        guard !isRehearsal else { return after }
        try Self.files { () throws(FileError) in
            let owner = FileOwner(of: path)
            try RegularFile.write(bytes, to: "\(home.configFile).bak", owner: owner)
            try RegularFile.write(text, to: path, mode: Self.mode(of: path), owner: owner)
        }
        return after
    }

    /// Writes down what services of a home of Janee 0.16 may reach, so that it can be seen and changed.
    private func keepReachable(_ editor: inout YAMLEditor, _ before: Configuration) throws(YAMLEditError) {
        for service in before.services.values.sorted(by: { $0.name < $1.name }) {
            let path = ["services", service.name, "network"]
            guard service.networkIsImplied, editor.root.at(path[...]) == nil,
                editor.root.at(path.dropLast()) != nil, let needed = ServiceNetwork.needed(for: service.baseURL)
            else { continue }
            try editor.set(path, to: needed.yaml)
        }
    }

    /// The file that is written: where a link leads to, so that the link stays.
    private static func target(of path: String) -> String {
        guard let pointer = realpath(path, nil) else { return path }
        defer { free(pointer) }
        return String(cString: pointer)
    }

    /// The permissions of the file, which stay as they are.
    private static func mode(of path: String) -> UInt32 {
        var status = stat()
        return stat(path, &status) == 0 ? UInt32(status.st_mode) & 0o777 : 0o600
    }

    private static func files<Result>(_ body: () throws(FileError) -> Result) throws -> Result {
        do throws(FileError) {
            return try body()
        } catch {
            throw ConfigurationChangeError.notWritten(error.description)
        }
    }

    private static func edits<Result>(_ body: () throws(YAMLEditError) -> Result) throws -> Result {
        do throws(YAMLEditError) {
            return try body()
        } catch {
            throw ConfigurationChangeError.notWritten(error.description)
        }
    }
}

/// Why a configuration was not changed.
package enum ConfigurationChangeError: Error, Sendable {
    /// The change would make the configuration one that does not load.
    case invalid(ConfigurationError)
    /// The file could not be locked, read, edited or written.
    case notWritten(String)
}

extension ServiceNetwork {
    /// The block as it is written into a file.
    package var yaml: YAMLValue {
        var entries: [YAMLValue.Entry] = []
        if !allow.isEmpty { entries.append(YAMLValue.Entry("allow", .texts(allow.map(\.description)))) }
        if allowPlaintext { entries.append(YAMLValue.Entry("allowPlaintext", .boolean(true))) }
        return .map(entries)
    }
}

extension Configuration {
    /// What `credentials.json` holds, unless the secrets stand in the file itself.
    fileprivate var legacyFile: LegacyCredentials? {
        legacy.flatMap { $0.isInline ? nil : $0 }
    }
}
