import JaneeConfig
import JaneeFiles
import JaneeSecrets

/// A change of `config.yaml` by a command, with its failures as commands report them.
enum ConfigurationChange {
    /// The text of a configuration that loads.
    static func read() throws -> YAMLEditor {
        let home = ProcessEnvironment.home
        _ = try Installation.load()
        do {
            let bytes = try RegularFile.read(home.configFile, limit: YAMLReader.maximumBytes, followLinks: true)
            return try YAMLEditor(String(decoding: bytes, as: UTF8.self))
        } catch {
            throw CommandFailure("\(error)")
        }
    }

    /// Lets `body` change the file, and writes it; with `isRehearsal` everything but the writing is done.
    @discardableResult
    static func make(
        isRehearsal: Bool = false,
        _ body: (inout YAMLEditor, Configuration) throws -> Void
    ) throws -> Configuration {
        let home = ProcessEnvironment.home
        do {
            let file = ConfigurationFile(home: home, loader: Installation.loader)
            return try file.change(isRehearsal: isRehearsal, body)
        } catch let error as ConfigurationError {
            throw error.isNotFound ? CommandFailure.noConfiguration(home) : CommandFailure(error)
        } catch ConfigurationChangeError.invalid(let error) {
            let problems = error.problems.filter { $0.severity == .error }.map { "\($0.field): \($0.message)" }
            throw CommandFailure(
                "Nothing was changed, because the configuration would not load:\n  \(problems.joined(separator: "\n  "))",
                code: error.problems.first { $0.severity == .error }?.code
            )
        } catch ConfigurationChangeError.notWritten(let reason) {
            throw CommandFailure("Nothing was changed: \(reason)")
        } catch let error as YAMLEditError {
            throw CommandFailure("Nothing was changed: \(error)")
        }
    }
}

extension CommandFailure {
    /// There is no configuration yet.
    static func noConfiguration(_ home: JaneeHome) -> CommandFailure {
        CommandFailure("No config found. Run `janee init` first. (looked for \(home.configFile))")
    }

    /// A configuration that does not load.
    init(_ error: ConfigurationError) {
        self.init(
            error.description,
            code: error.problems.first { $0.severity == .error }?.code,
            problems: error.problems
        )
    }

    /// A service or capability that is not there, with the nearest one.
    static func notFound(_ kind: String, _ name: String, among names: some Sequence<String>) -> CommandFailure {
        let hint = NearestName.of(name, among: Array(names)).map { ". Did you mean \"\($0)\"?" } ?? ""
        return CommandFailure("\(kind) \"\(name)\" not found\(hint)", code: "NOT_FOUND")
    }
}
