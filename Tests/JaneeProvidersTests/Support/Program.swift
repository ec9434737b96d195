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

/// A program of the test's own that an exec provider runs.
struct Program {
    let directory: TemporaryDirectory
    let path: String

    /// Writes a script; `@DIRECTORY@` in it stands for the test's directory.
    init(_ script: String, interpreter: String = "/bin/sh") throws {
        directory = try TemporaryDirectory()
        let text = "#!\(interpreter)\n" + script.replacing("@DIRECTORY@", with: directory.path)
        path = try directory.write(text, to: "program")
        try #require(chmod(path, 0o700) == 0)
    }

    /// A script in Python, which comes with the tests' other tools.
    init(python script: String) throws {
        let found = (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":").map { "\($0)/python3" }
        try self.init(script, interpreter: try #require(found.first { access($0, X_OK) == 0 }, "no python3"))
    }

    /// A provider that runs it.
    func provider(
        _ settings: [String: ConfigNode.Value] = [:],
        variables: [String: String] = [:],
        log: LogRecorder = LogRecorder(),
        time: TimeSource = .system
    ) throws -> any SecretsProvider {
        let section = try #require(ConfigSection.forTests(["command": .string(path)].merging(settings) { $1 }))
        let context = ProviderContext.forTests(
            key: Store.key,
            log: log,
            home: directory.path,
            variables: variables,
            time: time
        )
        return try ExecProviderDefinition()
            .makeProvider(
                name: try #require(ProviderName("tool")),
                configuration: section,
                context: context
            )
    }

    /// Returns once the script has noted a number of processes.
    func hasStarted(_ count: Int = 1) async {
        // The script tells by a file, which nobody is woken for.
        while processes.count < count { try? await Task.sleep(for: .milliseconds(5)) }
    }

    /// The numbers of the processes that the script has noted with `echo $$ >>@DIRECTORY@/processes`.
    var processes: [Int32] {
        let bytes = (try? RegularFile.read(directory.path(of: "processes"), limit: 4096)) ?? []
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { Int32($0) }
    }

    /// Waits until none of the script's processes is left; false if that takes too long.
    func isGone() async -> Bool {
        for _ in 0..<500 {
            if processes.allSatisfy({ !Self.isAlive($0) }) { return true }
            // No event tells of the end of a process that is not a child of ours.
            try? await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    private static func isAlive(_ process: Int32) -> Bool {
        guard kill(process, 0) == 0 else { return false }
        // One that nobody has waited for yet runs no more.
        let status = (try? RegularFile.read("/proc/\(process)/stat", limit: 4096)) ?? []
        let text = String(decoding: status, as: UTF8.self)
        return !text.contains(") Z ")
    }
}
