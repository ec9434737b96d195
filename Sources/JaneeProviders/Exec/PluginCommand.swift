import JaneeFiles
import JaneeSecrets
import Subprocess
import SystemPackage

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A program of somebody else's, and how it is started: alone in a session of its own, with a clean environment.
struct PluginCommand: Sendable {
    /// How long it may take to end when it is asked to.
    static let grace = Duration.milliseconds(500)

    /// Where programs look for others unless `passEnvironment` says otherwise.
    private static let searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// The absolute path.
    let path: String
    /// Variables of ours that it gets; nothing else of our environment reaches it.
    let passedVariables: [String]
    let variable: @Sendable (String) -> String?
    let homeDirectory: String

    /// Makes sure that the program is there and that nobody else can change it.
    ///
    /// - Throws: `PROVIDER_CONFIG_INVALID`.
    func check() throws(SecretError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw SecretError(
                .providerConfigInvalid,
                "the command cannot be found: \(String(cString: strerror(errno)))"
            )
        }
        guard status.st_mode & S_IFMT == S_IFREG, access(path, X_OK) == 0 else {
            throw SecretError(.providerConfigInvalid, "the command is not a file that may be executed; run: chmod +x")
        }
        if let finding = PathTrust.examine(path).first(where: \.othersCanWrite) {
            throw SecretError(.providerConfigInvalid, "the command cannot be trusted: \(finding.advice)")
        }
    }

    func configuration(arguments: [String]) -> Subprocess.Configuration {
        var options = PlatformOptions()
        // Its own session, so that it has no terminal to ask and its children can be ended with it.
        options.createSession = true
        options.teardownSequence = [
            .gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: Self.grace)
        ]
        return Subprocess.Configuration(
            executable: .path(FilePath(path)),
            arguments: Arguments(arguments),
            environment: .custom(environment),
            workingDirectory: "/",
            platformOptions: options
        )
    }

    /// Entries as C has them, with a NUL at the end.
    private var environment: [[UInt8]] {
        var environment = ["PATH": Self.searchPath, "HOME": homeDirectory, "LC_ALL": "C.UTF-8"]
        for name in passedVariables { environment[name] = variable(name) }
        return environment.map { Array("\($0.key)=\($0.value)\0".utf8) }
    }

    /// Keeps a program that has ended from ending this process, which may be writing to it.
    static func survivesBrokenPipes() {
        _ = brokenPipesAreIgnored
    }

    private static let brokenPipesAreIgnored: Void = {
        // A handler that somebody else has set stays; nil stands for the default.
        if let handler = signal(SIGPIPE, SIG_IGN) { signal(SIGPIPE, handler) }
    }()

    /// Ends whatever a program has left behind in its session's first process group.
    ///
    /// The number stays taken as long as a process of the group lives, so it cannot mean another one.
    static func endGroup(_ identifier: ProcessIdentifier) {
        kill(-identifier.value, SIGKILL)
    }

    /// What a failure to run a program means.
    static func failure(_ error: any Error) -> SecretError {
        switch error {
        case let error as SecretError: return error
        case is CancellationError: return .cancelled
        case let error as SubprocessError:
            switch error.code {
            case .executableNotFound:
                return SecretError(.providerConfigInvalid, "the command cannot be executed")
            case .spawnFailed:
                // The machine is short of something; everything else stays as it is until somebody changes it.
                let passing: [Errno] = [
                    .resourceTemporarilyUnavailable, .noMemory, .tooManyOpenFiles, .tooManyOpenFilesInSystem,
                    .textFileBusy,
                ]
                return error.underlyingError.map(passing.contains) == true
                    ? SecretError(.providerUnavailable, "the command could not be started")
                    : SecretError(
                        .providerConfigInvalid,
                        "the command cannot be executed; a script needs a first line such as '#!/bin/sh'"
                    )
            default: return SecretError(.providerUnavailable, "the connection to the command failed")
            }
        default: return SecretError(.providerUnavailable, "the command could not be run")
        }
    }
}
