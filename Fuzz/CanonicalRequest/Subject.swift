import JaneeConfig
import JaneeCore
import JaneeSecrets

/// A service whose requests are made.
enum Subject {
    static let service: Service? = {
        let loader = ConfigurationLoader(
            schema: ConfigurationSchema(.builtin),
            substitution: SubstitutionSource(
                variable: { _ in nil },
                file: { _ throws(SecretError) in throw SecretError(.providerConfigInvalid, "no files here") }
            )
        )
        let text = """
            services:
              api: { baseUrl: "https://api.example/base", auth: { type: bearer, key: k } }
            """
        return try? loader.parse(Array(text.utf8), path: "config.yaml").services["api"]
    }()

    static func call(
        _ method: String,
        _ path: String,
        _ headers: [(name: String, value: String)],
        _ body: String?
    ) -> AgentCall {
        AgentCall(capability: "api", method: method, path: path, headers: headers, body: body)
    }
}
