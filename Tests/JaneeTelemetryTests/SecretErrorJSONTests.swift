import JaneeJSON
import JaneeSecrets
import JaneeTelemetry
import Testing

@Suite("Secret errors as JSON")
struct SecretErrorJSONTests {
    /// Whether another attempt can help, by code, as RFC 0005 has it.
    private static let transient: [SecretError.Code: Bool] = [
        .providerNotFound: false, .providerConfigInvalid: false, .invalidSecretURI: false, .secretNotFound: false,
        .providerAuthFailed: false, .providerUnavailable: true, .providerPermissionDenied: false,
        .providerRateLimited: true, .providerInternalError: false,
    ]

    @Test("every code has its message, provider, path and whether it passes", arguments: SecretError.Code.allCases)
    func codes(code: SecretError.Code) {
        #expect(Self.transient.count == 9)
        let transient = Self.transient[code] == true
        let bare = SecretError(code, "some words")
        #expect(
            JSONValue.object(bare.json).serialized()
                == #"{"code":"\#(code.rawValue)","message":"some words","transient":\#(transient)}"#
        )
        let full = SecretError(
            code,
            "some words",
            provider: "prodVault",
            path: "team/key",
            retryAfter: .milliseconds(1500),
            cause: SecretError(
                .providerUnavailable,
                "no answer",
                provider: "prodVault",
                path: "team/key",
                cause: HTTPTransportError(.timedOut, "10 s are over", requestMayHaveBeenSent: true)
            )
        )
        #expect(
            full.json == [
                "code": .string(code.rawValue),
                "message": "some words (provider prodVault, path team/key)",
                "provider": "prodVault", "path": "team/key", "transient": .bool(transient), "retryAfterMs": 1500,
                "cause": [
                    "code": "PROVIDER_UNAVAILABLE", "message": "no answer", "provider": "prodVault",
                    "cause": ["code": "TIMED_OUT", "message": "10 s are over"],
                ],
            ]
        )
        // What an agent learns does not change with what operators are told.
        #expect(full.agentDescription == bare.agentDescription)
    }

    @Test("of a foreign cause only the type is told, of a cancelled read that it was cancelled")
    func foreignCauses() {
        struct BackEndRefusal: Error, CustomStringConvertible {
            let description: String
        }
        let foreign = SecretError(.providerInternalError, "x", cause: BackEndRefusal(description: "the value is Zq9"))
        #expect(foreign.json["cause"] == ["type": "BackEndRefusal"])
        let cancelled = SecretError(.providerUnavailable, "x", cause: CancellationError())
        #expect(cancelled.json["cause"] == ["code": "CANCELLED"])
    }

    @Test("a withheld path is nowhere in it, in no cause either")
    func withheldPath() {
        let inner = SecretError(.secretNotFound, "none", provider: "local", path: "Zq9PATH")
        let error = SecretError(.providerInternalError, "x", provider: "local", path: "Zq9PATH", cause: inner)
        #expect(JSONValue.object(error.json).serialized().contains("Zq9PATH"))
        #expect(!JSONValue.object(error.withholdingPath().json).serialized().contains("Zq9PATH"))
    }

    @Test("an endless chain of causes ends")
    func longChain() {
        var error = SecretError(.providerUnavailable, "0")
        for number in 1...100 { error = SecretError(.providerUnavailable, "\(number)", cause: error) }
        #expect(JSONValue.object(error.json).serialized().utf8.count < 1000)
    }
}
