import JaneeSecrets
import Testing

@Suite("Secret errors")
struct SecretErrorTests {
    @Test("the nine codes are spelled as in the RFC, two of them are transient")
    func codes() {
        #expect(
            SecretError.Code.allCases.map(\.rawValue) == [
                "PROVIDER_NOT_FOUND", "PROVIDER_CONFIG_INVALID", "INVALID_SECRET_URI", "SECRET_NOT_FOUND",
                "PROVIDER_AUTH_FAILED", "PROVIDER_UNAVAILABLE", "PROVIDER_PERMISSION_DENIED", "PROVIDER_RATE_LIMITED",
                "PROVIDER_INTERNAL_ERROR",
            ]
        )
        #expect(SecretError.Code.allCases.filter(\.isTransient) == [.providerUnavailable, .providerRateLimited])
    }

    @Test("the message names detail, provider and path")
    func message() {
        let cases: [(SecretError, String)] = [
            (SecretError(.secretNotFound, "no such secret"), "no such secret"),
            (
                SecretError(.secretNotFound, "no such secret", provider: "prodVault"),
                "no such secret (provider prodVault)"
            ),
            (SecretError(.secretNotFound, "no such secret", path: "a/b"), "no such secret (path a/b)"),
            (
                SecretError(.secretNotFound, "no such secret", provider: "prodVault", path: "mcp/stripe%20x"),
                "no such secret (provider prodVault, path mcp/stripe%20x)"
            ),
        ]
        for (error, message) in cases { #expect(error.message == message) }
    }

    @Test("an agent learns the code and a next step only", arguments: SecretError.Code.allCases)
    func agents(code: SecretError.Code) {
        let error = SecretError(
            code,
            "Zq9DETAIL",
            provider: "Zq9PROVIDER",
            path: "Zq9PATH",
            cause: SecretError(.providerAuthFailed, "Zq9CAUSE")
        )
        #expect(error.agentDescription.hasPrefix("\(code.rawValue): "))
        #expect(error.agentDescription.count > code.rawValue.count + 20)
        #expect(error.isTransient == code.isTransient)
        for text in SecretLeakTests.texts(of: error) + SecretLeakTests.texts(of: error as any Error) {
            #expect(!text.contains("Zq9"), "\(text)")
        }
        #expect("\(error)" == error.agentDescription)
        #expect(String(reflecting: error) == error.agentDescription)
    }

    @Test("a path loses everything that could disturb a terminal or a log")
    func sanitisedPath() {
        let error = SecretError(.secretNotFound, "no such secret", path: "a b/\u{1B}[31m\u{202E}\n'\"(x)%20")
        #expect(error.path == "a%20b/%1B%5B31m%E2%80%AE%0A%27%22%28x%29%20")
        #expect(error.message == "no such secret (path a%20b/%1B%5B31m%E2%80%AE%0A%27%22%28x%29%20)")
    }

    @Test("a missing provider name is filled in, an existing one kept")
    func named() {
        let error = SecretError(.providerUnavailable, "no answer", path: "a", retryAfter: .seconds(3))
        let named = error.named(provider: "vault")
        #expect(named.provider == "vault")
        #expect(named.path == "a")
        #expect(named.retryAfter == .seconds(3))
        #expect(named.code == .providerUnavailable)
        #expect(named.named(provider: "other").provider == "vault")
        #expect(error.provider == nil)
    }

    @Test("a withheld path is nowhere in the error, and nothing else is lost")
    func withheld() {
        struct Cause: Error {}
        let error = SecretError(
            .providerRateLimited,
            "slow down",
            provider: "local",
            path: "Zq9PATH",
            retryAfter: .milliseconds(5),
            cause: Cause()
        )
        let withheld = error.withholdingPath()
        #expect(withheld.path == nil)
        #expect(!withheld.message.contains("Zq9"))
        #expect(withheld.message == "slow down (provider local)")
        #expect(withheld.code == .providerRateLimited)
        #expect(withheld.retryAfter == .milliseconds(5))
        #expect(withheld.cause is Cause)
        #expect(error.path == "Zq9PATH")
        #expect(SecretError(.secretNotFound, "x").withholdingPath().message == "x")
    }
}
