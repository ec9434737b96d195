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

@Suite("The exec provider")
struct ExecProviderTests {
    struct Arguments: CustomTestStringConvertible, Sendable {
        let args: [String]?
        let path: String
        var field: String?
        var version: String?
        /// What the program gets; nil if it is refused.
        let expected: String?

        var testDescription: String { "\(args ?? []) \(path) \(field ?? "") \(version ?? "")" }
    }

    static let arguments = [
        Arguments(args: nil, path: "a/b", expected: "[a/b]"),
        Arguments(args: [], path: "a%20b", expected: "[a b]"),
        Arguments(args: ["show"], path: "a", expected: "[show][a]"),
        Arguments(args: ["read", "op://{path}"], path: "vault/item/field", expected: "[read][op://vault/item/field]"),
        Arguments(args: ["access", "latest", "--secret={path}"], path: "k", expected: "[access][latest][--secret=k]"),
        Arguments(args: ["{path}", "{path}"], path: "a", expected: "[a][a]"),
        Arguments(args: ["{path}#{field}"], path: "a", field: "f", expected: "[a#f]"),
        Arguments(args: ["{path}", "{field}", "{version}"], path: "a", expected: "[a]"),
        Arguments(
            args: ["{path}", "{field}", "{version}"],
            path: "a",
            field: "f",
            version: "2",
            expected: "[a][f][2]"
        ),
        Arguments(args: ["", "{other}"], path: "a", expected: "[][{other}][a]"),
        Arguments(args: ["{path"], path: "a", expected: "[{path][a]"),
        Arguments(args: ["é{path}é"], path: "%E2%82%AC", expected: "[é€é]"),
        Arguments(args: nil, path: "$(id)%60id%60;id", expected: nil),
        Arguments(args: nil, path: "%24%28id%29%60id%60%3Bid", expected: "[$(id)`id`;id]"),
        // What could be taken for an option, or has no place, is refused before anything runs.
        Arguments(args: nil, path: "-rf", expected: nil),
        Arguments(args: nil, path: "--config=x", expected: nil),
        Arguments(args: ["--", "{path}"], path: "-rf", expected: nil),
        Arguments(args: ["--secret={path}"], path: "-rf", expected: "[--secret=-rf]"),
        Arguments(args: ["{path}", "{field}"], path: "a", field: "-f", expected: nil),
        Arguments(args: nil, path: "a", field: "f", expected: nil),
        Arguments(args: nil, path: "a", version: "1", expected: nil),
    ]

    @Test("fills in its arguments", arguments: arguments)
    func filledIn(_ arguments: Arguments) async throws {
        let program = try Program(#"for argument in "$@"; do printf '[%s]' "$argument"; done"#)
        var settings: [String: ConfigNode.Value] = [:]
        settings["args"] = arguments.args.map { list in
            .list(list.map { ConfigNode(.string($0), at: ConfigPosition(line: 1, column: 1)) })
        }
        let provider = try program.provider(settings)
        guard let reference = try? reference(arguments.path, field: arguments.field, version: arguments.version) else {
            #expect(arguments.expected == nil)
            return
        }
        let section = try #require(ConfigSection.forTests(settings.merging(["command": .string(program.path)]) { $1 }))
        if let expected = arguments.expected {
            #expect(try await provider.getSecret(reference)?.text == expected)
            try ExecProviderDefinition().validate(reference, configuration: section)
        } else {
            for check in [
                { () async throws in _ = try await provider.getSecret(reference) },
                { () async throws in try ExecProviderDefinition().validate(reference, configuration: section) },
            ] {
                let error = await #expect(throws: SecretError.self) { try await check() }
                #expect(error?.code == .invalidSecretURI)
            }
        }
    }

    @Test("gives the program a clean environment, no terminal, and nothing of ours but what is named")
    func environment() async throws {
        let program = try Program(
            "env | sort; [ -t 0 ] && echo terminal; read line && echo input; ls /proc/self/fd | wc -l"
        )
        let provider = try program.provider(
            ["passEnvironment": .list([ConfigNode(.string("TOKEN"), at: ConfigPosition(line: 1, column: 1))])],
            variables: ["TOKEN": "t", "OTHER": "o", "JANEE_MASTER_KEY": "k", "PATH": "/elsewhere"]
        )
        let lines = try await provider.getSecret(try reference("a"))?.text.split(separator: "\n").map(String.init) ?? []
        #expect(lines.contains("TOKEN=t"))
        #expect(lines.contains("HOME=\(program.directory.path)"))
        #expect(lines.contains { $0.hasPrefix("PATH=/usr/local/sbin:") })
        let names = Set(lines.filter { $0.contains("=") }.map { String($0.prefix { $0 != "=" }) })
        // The shell adds some of its own.
        #expect(names.subtracting(["PWD", "OLDPWD", "SHLVL", "_"]) == ["TOKEN", "HOME", "PATH", "LC_ALL"])
        #expect(!lines.contains("terminal") && !lines.contains("input"))
        #if os(Linux)
        // Standard input, output and error, and the directory that ls reads.
        #expect(lines.last.flatMap { Int($0) } == 4)
        #endif
    }

    static let outputs: [(script: String, value: String)] = [
        ("printf 'a b'", "a b"), ("echo value", "value"), ("printf 'two\\n\\n'", "two\n"), ("printf 'x\\r\\n'", "x"),
        ("printf ''", ""), ("printf '\\n'", ""), ("printf ' s '", " s "), ("printf 'a\\000b'", "a\0b"),
        ("printf value; echo noise >&2", "value"),
        ("head -c 1048576 /dev/zero", String(repeating: "\0", count: 1 << 20)),
    ]

    @Test("takes one line break off the output and nothing else", arguments: outputs)
    func output(_ output: (script: String, value: String)) async throws {
        let program = try Program(output.script)
        #expect(try await program.provider().getSecret(try reference("a"))?.text == output.value)
    }

    @Test(
        "means by an exit status what its configuration says",
        arguments: [
            (1, SecretError.Code.providerInternalError), (2, nil), (3, .providerPermissionDenied),
            (4, .providerAuthFailed),
            (5, .providerUnavailable), (6, .providerRateLimited), (127, .providerInternalError),
        ] as [(Int, SecretError.Code?)]
    )
    func exitStatus(_ status: Int, _ code: SecretError.Code?) async throws {
        let program = try Program("echo no value; exit \(status)")
        let provider = try program.provider([
            "exitCodes": .map([
                "notFound": .integer(2), "permissionDenied": .integer(3), "authFailed": .integer(4),
                "unavailable": .integer(5), "rateLimited": .integer(6),
            ])
        ])
        let path = try reference("a")
        if let code {
            let error = await #expect(throws: SecretError.self) { try await provider.getSecret(path) }
            #expect(error?.code == code)
            #expect(error?.path == "a" && error?.provider == "tool")
        } else {
            #expect(try await provider.getSecret(path) == nil)
        }
    }

    @Test("does not run what others can change, what is no program and what is not there")
    func trust() async throws {
        let program = try Program("echo value")
        let provider = try program.provider()
        for mode: mode_t in [0o722, 0o702, 0o600] {
            try #require(chmod(program.path, mode) == 0)
            // Root may execute nothing that has no bit for it either.
            let error = await #expect(throws: SecretError.self, "\(mode)") { try await provider.initialize() }
            #expect(error?.code == .providerConfigInvalid)
            let read = await #expect(throws: SecretError.self, "\(mode)") {
                try await provider.getSecret(try reference("a"))
            }
            #expect(read?.code == .providerConfigInvalid)
            #expect(await provider.healthCheck().healthy == false)
        }
        try #require(chmod(program.path, 0o700) == 0)
        #expect(try await provider.getSecret(try reference("a"))?.text == "value")
        let directory = try program.provider(["command": .string(program.directory.path)])
        await #expect(throws: SecretError.self) { try await directory.initialize() }
    }

    @Test(
        "refuses settings that mean nothing",
        arguments: [
            (["command": .string("relative")], "command"), ([:], "command"),
            (["command": .string("/a"), "protocol": .string("grpc")], "protocol"),
            (["command": .string("/a"), "exitCodes": .map(["notFound": .integer(0)])], "exitCodes.notFound"),
            (["command": .string("/a"), "exitCodes": .map(["missing": .integer(1)])], "exitCodes"),
            (["command": .string("/a"), "tls": .map([:])], "tls"),
        ] as [([String: ConfigNode.Value], String)]
    )
    func settings(_ values: [String: ConfigNode.Value], _ field: String) {
        let problems = ExecProviderDefinition().problems(values)
        #expect(problems.count == 1 && problems[0].contains(field), "\(problems)")
    }
}
