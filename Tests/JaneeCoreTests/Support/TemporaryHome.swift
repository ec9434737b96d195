import JaneeConfig
import JaneeSecrets
import JaneeTestSupport
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

    private let directory: TemporaryDirectory

    var path: String { directory.path }

    var home: JaneeHome { JaneeHome(environment: path, homeDirectory: path) }

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// Removes everything below the home.
    func empty() {
        directory.empty()
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
}
