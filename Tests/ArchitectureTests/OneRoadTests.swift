import Testing

/// One way to build an upstream request, to decide access, to read a secret, to write the audit log.
@Suite("One road")
struct OneRoadTests {
    /// A piece of code, and the only files that may hold it.
    struct Passage: CustomTestStringConvertible, Sendable {
        let code: String
        let places: [String]

        var testDescription: String { code }

        init(_ code: String, _ places: [String]) {
            self.code = code
            self.places = places.map { "Sources/\($0)" }
        }
    }

    static let passages = [
        // A canonical request is made for a call and to explain a decision.
        Passage("CanonicalRequest(call", ["JaneeCore/Proxy/Proxy.swift", "JaneeCLI/Commands/DiagnoseCommand.swift"]),
        Passage(".wireTarget", ["JaneeCore/Proxy/Proxy.swift", "JaneeCLI/Commands/DiagnoseCommand.swift"]),
        Passage("transport.send(", ["JaneeCore/Proxy/Proxy.swift", "JaneeProviders/"]),
        Passage(".authorise(", ["JaneeCore/Proxy/Proxy.swift", "JaneeCLI/Commands/DiagnoseCommand.swift"]),
        Passage("AccessChecks()", ["JaneeCore/Access/Authorise.swift"]),
        Passage("provider.getSecret(", ["JaneeCore/SecretsManager/ProviderPipeline.swift", "JaneeSecretsTesting/"]),
        Passage(
            "secrets.getSecret(",
            [
                "JaneeCore/Proxy/Proxy.swift", "JaneeCLI/Commands/SecretGetCommand.swift",
                "JaneeCLI/Commands/ProviderTestCommand.swift", "JaneeCLI/Configuration/Migration.swift",
            ]
        ),
        Passage(
            "audit.append(",
            [
                "JaneeCore/Proxy/CallRecorder.swift", "JaneeCLI/Commands/SecretAudit.swift",
                "JaneeCLI/Environment/ConfigurationReloader.swift",
            ]
        ),
        Passage(
            "GuardedHTTPClient(",
            ["JaneeCLI/Commands/ServeCommand.swift", "JaneeCLI/Environment/Installation.swift"]
        ),
        Passage("MetadataClient(", ["JaneeCLI/Environment/Installation.swift"]),
        Passage("any MetadataTransport", ["JaneeSecrets/", "JaneeProviders/"]),
    ]

    @Test("stands where it belongs and nowhere else", arguments: passages)
    func passage(_ passage: Passage) {
        let holders = Repository.allSources.filter { file in file.code.contains { $0.line.utf8.has(passage.code) } }
        #expect(!holders.isEmpty, "'\(passage.code)' is nowhere: the test is out of date")
        for file in holders {
            #expect(passage.places.contains { file.path.hasPrefix($0) }, "\(file) has '\(passage.code)'")
        }
    }
}
