import JaneeFiles
import JaneeSecrets
import JaneeSecretsTesting
import JaneeTestSupport
import Testing

@Suite("The exec provider keeps the promises of providers")
struct ExecConformanceTests {
    /// A provider of summon over a directory.
    static let summon = """
        file="@DIRECTORY@/secrets/$1"
        [ -f "$file" ] || exit 10
        cat "$file"
        echo
        """

    /// The same as one program that answers many.
    static let jsonLines = """
        import base64, json, os, sys
        for line in sys.stdin:
            request = json.loads(line)
            answer = {"id": request["id"]}
            if request["op"] == "health":
                answer["ok"] = True
            else:
                path = os.path.join("@DIRECTORY@/secrets", request["path"])
                if request.get("field") or request.get("version"):
                    answer["error"] = "invalid_reference"
                elif not os.path.isfile(path):
                    answer["missing"] = True
                elif request["op"] == "exists":
                    answer["exists"] = True
                else:
                    with open(path, "rb") as file:
                        answer["value_base64"] = base64.b64encode(file.read()).decode()
            print(json.dumps(answer), flush=True)
        """

    @Test("as providers of summon are run, it passes every conformance test for what cannot be written")
    func summonConvention() async throws {
        let program = try Program(Self.summon)
        try await passes(program, ["exitCodes": .map(["notFound": .integer(10)])])
    }

    @Test("with JSON lines, it passes every conformance test for what cannot be written")
    func lines() async throws {
        let program = try Program(python: Self.jsonLines)
        try await passes(program, ["protocol": .string("json-lines")])
    }

    private func passes(_ program: Program, _ settings: [String: ConfigNode.Value]) async throws {
        let canaries = SecretCanary.ofEveryShape()
        let store = program.directory.path(of: "secrets")
        for canary in canaries { try put(canary.value, at: "team/\(canary.shape)", in: store) }
        let broken = try Program("echo \"$1\" >&2; exit 1")
        let tests = ProviderConformanceTests(
            existing: try canaries.map { .init(try reference("team/\($0.shape)"), $0.value) },
            missing: [try reference("missing"), try reference("team/missing"), try reference("team")],
            scratch: try reference("scratch"),
            store: { reference, value in try put(value, at: reference.path, in: store) },
            faults: [
                .init(
                    "a program that fails",
                    reference: try reference("team/apiKey"),
                    secrets: canaries.map(\.value)
                ) { try broken.provider(settings) },
                .init(
                    "no program",
                    reference: try reference("team/apiKey"),
                    code: .providerConfigInvalid,
                    secrets: canaries.map(\.value)
                ) { try broken.provider(settings.merging(["command": .string("/nowhere/at/all")]) { $1 }) },
            ],
            makeProvider: { try program.provider(settings) }
        )
        let results = await tests.run()
        #expect(results.count > 15)
        for result in results { #expect(result.passed, "\(result)") }
        // What is skipped is about writing, which the provider cannot.
        #expect(results.filter(\.skipped).allSatisfy { $0.message.contains("writ") }, "\(results.filter(\.skipped))")
    }
}

private func put(_ value: SecretValue, at path: String, in store: String) throws {
    let parts = path.split(separator: "/")
    try RegularFile.makeDirectory(([store] + parts.dropLast().map(String.init)).joined(separator: "/"))
    try RegularFile.write(value.bytes, to: "\(store)/\(path)", mode: 0o600)
}
