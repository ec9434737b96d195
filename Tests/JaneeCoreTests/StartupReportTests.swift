import JaneeSecrets
import Testing

@testable import JaneeCore

@Suite("The report at start")
struct StartupReportTests {
    private func findings(
        _ yaml: String,
        exists: @escaping @Sendable (SecretReference) throws(SecretError) -> Bool? = { _ in true },
        refusal: SecretError? = nil
    ) async throws -> [String] {
        let extensions = JaneeRuntime.Extensions(
            providers: [
                ScriptedDefinition(type: "filesystem", exists: exists),
                ScriptedDefinition(type: "vault", refusal: refusal),
            ],
            authMethods: JaneeRuntime.Extensions.builtin.authMethods
        )
        let home = try TemporaryHome()
        let runtime = try JaneeRuntime(
            configuration: try TestConfiguration.parse(
                "providers: { local: { type: filesystem }, prod: { type: vault } }\n" + yaml,
                extensions: extensions
            ),
            extensions: extensions,
            home: home.home,
            context: home.context()
        )
        let report = await StartupReport(examining: runtime)
        #expect(report.findings.allSatisfy { !$0.isFatal && $0.problem.severity == .warning && $0.position.line > 1 })
        return report.findings.map { "\($0.field) \($0.code) \($0.message)" }
    }

    @Test("nothing to say about what works")
    func fine() async throws {
        #expect(try await findings(TestConfiguration.single()).isEmpty)
        #expect(try await findings(TestConfiguration.single(), exists: { _ in nil }).isEmpty)
    }

    @Test("modes, auth types and approvals that do not exist yet are listed")
    func notUsable() async throws {
        let mode = try await findings(TestConfiguration.single("mode: exec"))
        #expect(mode.count == 1 && mode[0].hasPrefix("capabilities.cap NOT_USABLE") && mode[0].contains("exec"))
        let auth = try await findings(TestConfiguration.single(service: "auth: { type: hmac-okx, apiKey: k }"))
        #expect(auth.count == 1 && auth[0].hasPrefix("capabilities.cap NOT_USABLE") && auth[0].contains("hmac-okx"))
        for yaml in [
            TestConfiguration.single("autoApprove: false"),
            TestConfiguration.single(server: "{ defaultApproval: ask }"),
        ] {
            let approval = try await findings(yaml)
            #expect(approval.count == 1 && approval[0].contains("approval"))
        }
        #expect(
            try await findings(TestConfiguration.single("autoApprove: true", server: "{ defaultApproval: ask }"))
                .isEmpty
        )
    }

    @Test("an auth type is listed also where no capability uses the service yet")
    func unusedService() async throws {
        let found = try await findings(
            "services: { lonely: { baseUrl: \"https://a.example\", auth: { type: hmac-okx, apiKey: u } } }"
        )
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("services.lonely.auth NOT_USABLE") == true)
        #expect(found.first?.contains("'hmac-okx'") == true)
    }

    @Test("a secret that is not stored is a warning that says how to store it")
    func notStored() async throws {
        let bare = try await findings(TestConfiguration.single(), exists: { _ in false })
        #expect(bare.count == 1 && bare[0].hasPrefix("services.api.auth.key SECRET_NOT_FOUND"))
        #expect(bare[0].contains("janee secret set") && !bare[0].contains("api-key"))
        let named = TestConfiguration.single(service: "auth: { type: bearer, key: \"local://a/b\" }")
        #expect(try await findings(named, exists: { _ in false })[0].contains("local://a/b"))
    }

    @Test("a provider that cannot be used is reported at the reference, with its reason")
    func refusedProvider() async throws {
        let yaml = TestConfiguration.single(service: "auth: { type: bearer, key: \"prod://a/b\" }")
        let found = try await findings(yaml, refusal: SecretError(.providerConfigInvalid, "not in this version"))
        #expect(found.count == 1)
        #expect(found[0].hasPrefix("services.api.auth.key PROVIDER_CONFIG_INVALID"))
        #expect(found[0].contains("not in this version") && found[0].contains("prod"))
    }

    @Test("no value is read")
    func noValue() async throws {
        let provider = ScriptedProvider(value: "x")
        let extensions = JaneeRuntime.Extensions(
            providers: [ScriptedDefinition(type: "filesystem", provider: provider)],
            authMethods: JaneeRuntime.Extensions.builtin.authMethods
        )
        let home = try TemporaryHome()
        let runtime = try JaneeRuntime(
            configuration: try TestConfiguration.parse(
                "providers: { local: { type: filesystem } }\n" + TestConfiguration.single(),
                extensions: extensions
            ),
            extensions: extensions,
            home: home.home,
            context: home.context()
        )
        _ = await StartupReport(examining: runtime)
        #expect(provider.calls == ["probe api-key"])
    }
}
