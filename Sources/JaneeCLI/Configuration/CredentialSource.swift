import ArgumentParser
import JaneeSecrets

/// Where a credential of a new service comes from: a value that is stored, or a secret that is stored already.
enum CredentialSource {
    case value(ValueSource)
    case reference(String)
}

/// The options for the one credential of a bearer or basic service.
struct CredentialOptions: ParsableArguments {
    @Flag(
        name: [.customLong("key-from-stdin"), .customLong("password-from-stdin")],
        help: "Read the key or password from standard input."
    )
    var fromStdin = false
    @Option(
        name: [.customLong("key-from-env"), .customLong("password-from-env")],
        help: "Read the key or password from this environment variable."
    )
    var fromEnv: String?
    @Option(
        name: [.customLong("key-from-file"), .customLong("password-from-file")],
        help: "Read the key or password from this file."
    )
    var fromFile: String?
    @Option(
        name: [.customLong("key-ref"), .customLong("password-ref")],
        help: "Use a stored secret: a name, or provider://path."
    )
    var reference: String?

    func validate() throws {
        guard [fromStdin, fromEnv != nil, fromFile != nil, reference != nil].count(where: { $0 }) <= 1 else {
            throw ValidationError("Give the credential in one way only.")
        }
    }

    /// The source that was given, or a prompt.
    func source(_ question: String) throws(CommandFailure) -> CredentialSource {
        if let reference { return .reference(reference) }
        guard let source = ValueSource(stdin: fromStdin, variable: fromEnv, file: fromFile, question: question) else {
            throw CommandFailure(
                "Give the credential with --key-from-env, --key-from-stdin, --key-from-file or --key-ref; without a "
                    + "terminal there is no prompt."
            )
        }
        return .value(source)
    }
}

/// The options for the headers of a service of type `headers`.
struct HeaderOptions: ParsableArguments {
    @Option(help: "A header whose value is asked for without showing it.") var header: [String] = []
    @Option(help: "A header with the variable that holds its value, as NAME=VARIABLE.") var headerFromEnv: [String] = []
    @Option(help: "A header with the file that holds its value, as NAME=PATH.") var headerFromFile: [String] = []
    @Option(help: "A header with a stored secret, as NAME=REFERENCE.") var headerRef: [String] = []

    func validate() throws {
        if header.contains(where: { $0.contains("=") || $0.contains(":") }) {
            throw ValidationError(
                "--header takes the name only, because arguments can be seen by others; the value is asked for, or use "
                    + "--header-from-env NAME=VARIABLE."
            )
        }
    }

    func sources() throws(CommandFailure) -> [(name: String, source: CredentialSource)] {
        var sources: [(name: String, source: CredentialSource)] = []
        for name in header {
            guard
                let source = ValueSource(stdin: false, variable: nil, file: nil, question: "Value of \(name)")
            else {
                throw CommandFailure(
                    "Give the header's value with --header-from-env; without a terminal there is no prompt."
                )
            }
            sources.append((name, .value(source)))
        }
        for text in headerFromEnv {
            let (name, value) = try Self.pair(text, "--header-from-env")
            sources.append((name, .value(.variable(value))))
        }
        for text in headerFromFile {
            let (name, value) = try Self.pair(text, "--header-from-file")
            sources.append((name, .value(.file(value))))
        }
        for text in headerRef {
            let (name, value) = try Self.pair(text, "--header-ref")
            sources.append((name, .reference(value)))
        }
        return sources
    }

    private static func pair(_ text: String, _ option: String) throws(CommandFailure) -> (String, String) {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex,
            text.index(after: equals) < text.endIndex
        else { throw CommandFailure("\(option) wants NAME=…, with something on both sides.") }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }
}
