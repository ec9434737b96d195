import JaneeConfig
import JaneeFiles
import JaneeSecrets
import Logging

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A home in a directory of its own that goes when the test ends.
final class TemporaryHome: Sendable {
    /// What may stand where a secret's file is expected.
    enum Obstacle: CaseIterable {
        case nothing
        case garbage
        case anotherKeysFile
        case directory
        case link
        case unreadable
    }

    let path: String

    var home: JaneeHome { JaneeHome(environment: path, homeDirectory: path) }

    init() throws {
        var template = Array("/tmp/janee-home-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw FileError("create", "/tmp/janee-home-XXXXXX") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        Self.remove(path)
    }

    /// Removes everything below the home.
    func empty() {
        for name in Self.names(in: path) { Self.remove(path + "/" + name) }
    }

    func write(_ text: String, to name: String, mode: mode_t = 0o600) {
        makeParents(of: name)
        let descriptor = open(path + "/" + name, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { systemWrite(descriptor, $0) }
        close(descriptor)
        chmod(path + "/" + name, mode)
    }

    func place(_ obstacle: Obstacle, at name: String) {
        let file = path + "/" + name
        switch obstacle {
        case .nothing: break
        case .garbage: write("no secret", to: name)
        case .anotherKeysFile:
            // The vector of Janee 0.16, which the key of this home does not open.
            write("oKGio6Slpqeoqaqrb8iUIgAUJXZErMiFuhSZQZVzI1kguHbgCATptmI=", to: name)
        case .directory:
            makeParents(of: name)
            mkdir(file, 0o700)
        case .link:
            makeParents(of: name)
            symlink("/etc/hostname", file)
        case .unreadable: write("no secret", to: name, mode: 0o000)
        }
    }

    /// What the program lends to providers, with a master key of 32 zeros, or none.
    func context(masterKey: SecretValue? = SecretValue([UInt8](repeating: 0, count: 32))) -> ProviderContext {
        ProviderContext(
            transport: ScriptedTransport(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            substitution: TestConfiguration.noSubstitution,
            masterKey: { () throws(SecretError) in
                guard let masterKey else { throw SecretError(.providerConfigInvalid, "there is no master key") }
                return masterKey
            },
            homeDirectory: path
        )
    }

    private func makeParents(of name: String) {
        var directory = path
        for part in name.split(separator: "/").dropLast() {
            directory += "/" + part
            mkdir(directory, 0o700)
        }
    }

    private static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR {
            for name in names(in: path) { remove(path + "/" + name) }
            rmdir(path)
        } else {
            unlink(path)
        }
    }

    private static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
