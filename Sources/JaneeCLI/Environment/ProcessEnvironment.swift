import JaneeConfig
import JaneeFiles
import JaneeSecrets
import JaneeTelemetry

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What the process was started with.
enum ProcessEnvironment {
    /// The largest credential file, in bytes.
    private static let maximumCredentialBytes = 64 * 1024

    static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// The bytes of a variable, which need not be text.
    static func bytes(ofVariable name: String) -> [UInt8]? {
        getenv(name).map { pointer in Array(UnsafeRawBufferPointer(start: pointer, count: strlen(pointer))) }
    }

    /// The user's home directory: `$HOME`, else what the system knows.
    static var homeDirectory: String {
        if let home = variable("HOME"), home.hasPrefix("/") { return home }
        return getpwuid(getuid()).map { String(cString: $0.pointee.pw_dir) } ?? "/"
    }

    static var home: JaneeHome {
        JaneeHome(environment: variable("JANEE_HOME").map(absolute), homeDirectory: homeDirectory)
    }

    static var substitution: SubstitutionSource {
        SubstitutionSource(
            variable: { variable($0) },
            file: { path throws(SecretError) in try credentialFile(path) },
            observe: Redactor.shared.register
        )
    }

    private static func credentialFile(_ path: String) throws(SecretError) -> SecretValue {
        let expanded = LocalPath.expanded(path, home: homeDirectory)
        if let finding = PathTrust.examine(expanded).first(where: \.othersCanWrite) {
            throw SecretError(.providerConfigInvalid, "the file cannot be trusted: \(finding.advice)")
        }
        do throws(FileError) {
            var bytes = try RegularFile.read(expanded, limit: maximumCredentialBytes, followLinks: true)
            if bytes.last == 0x0A { bytes.removeLast() }
            if bytes.last == 0x0D { bytes.removeLast() }
            return SecretValue(bytes)
        } catch {
            throw SecretError(.providerConfigInvalid, error.description)
        }
    }

    private static func absolute(_ path: String) -> String {
        guard !path.isEmpty, !path.hasPrefix("/"), let directory = getcwd(nil, 0) else { return path }
        defer { free(directory) }
        return "\(String(cString: directory))/\(path)"
    }
}
