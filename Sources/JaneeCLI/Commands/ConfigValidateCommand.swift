import ArgumentParser
import JaneeConfig
import JaneeCore
import JaneeFiles
import JaneeJSON
import JaneeProviders
import JaneeSecrets
import JaneeTelemetry

struct ConfigValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check the configuration and say what it uses",
        discussion: """
            Reports every problem with file:line:column. No secret is read and no provider is asked for a value. The exit \
            code is 1 if there is an error, with --strict also if there is a warning.

            EXAMPLES
              janee config validate
              janee config validate --strict --json
            """
    )

    @Flag(help: "Treat warnings as errors.") var strict = false
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await output.print {
            let home = ProcessEnvironment.home
            var problems: [ConfigProblem]
            var services: [Service] = []
            var runtime: JaneeRuntime?
            do {
                let installation = try Installation.load()
                runtime = installation.runtime
                services = installation.runtime.configuration.services.values.sorted { $0.name < $1.name }
                problems = installation.runtime.configuration.warnings
                problems += await StartupReport(examining: installation.runtime).findings.map(\.problem)
                problems += StorePermissions.problems(installation)
                problems += await MasterKeyProblem.find(installation)
            } catch let failure as CommandFailure where !failure.problems.isEmpty {
                problems = failure.problems
            }
            return render(home.configFile, problems.sorted { $0.position < $1.position }, services, runtime)
        }
    }

    private func render(
        _ file: String,
        _ problems: [ConfigProblem],
        _ services: [Service],
        _ runtime: JaneeRuntime?
    ) -> CommandOutput {
        let failed = problems.contains { $0.severity == .error || strict }
        var used: JSONObject = [:]
        var lines = problems.map { DisplayText.escaped($0.line(in: file)) }
        if let runtime, !runtime.configuration.declaresProviders {
            lines.append("Using default filesystem provider for all services")
        }
        for service in services {
            let provider = Self.providers(of: service, runtime)
            used[service.name] = ["provider": .string(provider)]
            if runtime?.configuration.declaresProviders ?? false {
                lines.append("\(DisplayText.escaped(service.name)): \(provider)")
            }
        }
        let errors = problems.count { $0.severity == .error }
        lines.append(
            failed
                ? "Configuration is not valid: \(errors) error(s), \(problems.count - errors) warning(s)"
                : "Configuration is valid: \(services.count) service(s), \(runtime?.configuration.capabilities.count ?? 0) capability(ies), \(problems.count) warning(s)"
        )
        return CommandOutput(
            json: [
                "ok": .bool(!failed),
                "file": .string(file),
                "problems": .array(problems.map { Self.json($0, file) }),
                "services": .object(used),
            ],
            text: lines.joined(separator: "\n"),
            exitCode: failed ? .failure : .success
        )
    }

    /// The providers whose secrets a service uses, by their declared names.
    private static func providers(of service: Service, _ runtime: JaneeRuntime?) -> String {
        let names = service.auth.secrets.values.map { uri in
            (try? runtime?.secrets.provider(uri.provider))?.name.spelling ?? uri.provider.spelling
        }
        return names.isEmpty ? "no secret" : Set(names).sorted().joined(separator: ", ")
    }

    private static func json(_ problem: ConfigProblem, _ file: String) -> JSONValue {
        [
            "severity": .string(problem.severity.rawValue),
            "code": .string(problem.code),
            "file": .string(file),
            "line": .number(JSONNumber(problem.position.line)),
            "column": .number(JSONNumber(problem.position.column)),
            "field": .string(problem.field),
            "message": .string(problem.message),
        ]
    }
}

/// Who else can read or write what belongs to the installation beside the configuration file.
enum StorePermissions {
    static func problems(_ installation: Installation) -> [ConfigProblem] {
        let home = installation.home
        var problems: [ConfigProblem] = []
        var seen: Set<String> = []
        let configuration = installation.runtime.configuration
        let used = Set(configuration.services.values.flatMap(\.auth.secrets.values).map(\.provider))
        // A store that nothing refers to is not opened.
        let declared = configuration.providers.filter { $0.type == "filesystem" && used.contains($0.name) }
            .compactMap { $0.section.string("path") }
            .map { LocalPath.expanded($0, home: ProcessEnvironment.homeDirectory) }
        let own = [home.path, home.masterKeyFile, home.credentialsFile, home.credentialsDirectory, home.logsDirectory]
        for path in own + declared {
            for finding in PathTrust.examine(path) where finding.path == path && seen.insert(path).inserted {
                problems.append(
                    ConfigProblem(finding.othersCanWrite ? .error : .warning, at: .start, field: "", finding.advice)
                )
            }
        }
        return problems
    }
}

/// Whether the store that services use can be decrypted at all.
enum MasterKeyProblem {
    static func find(_ installation: Installation) async -> [ConfigProblem] {
        let runtime = installation.runtime
        let isNeeded = runtime.configuration.services.values.flatMap(\.auth.secrets.values)
            .contains { uri in (try? runtime.secrets.provider(uri.provider)) is any WritableSecretsProvider }
        guard isNeeded else { return [] }
        do throws(SecretError) {
            // What is kept elsewhere is asked for when it is needed: checking a configuration needs no network.
            if !installation.masterKey.isRemote { _ = try await installation.masterKey.value() }
            return []
        } catch {
            return [ConfigProblem(code: error.code.rawValue, at: .start, field: "", error.detail)]
        }
    }
}
