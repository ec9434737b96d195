import Crypto
import CryptoExtras
import JaneeJSON
import JaneeSecrets
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The token endpoint of a directory of Microsoft's, for tests: the grant of applications, which it checks to the letter.
///
/// Its answers are those that were recorded of an emulator, with the numbers of errors that Microsoft documents.
package final class EntraDouble: HTTPDouble {
    package static let tenant = "6f89cf12-978b-4d23-ac18-9ef0c127cf87"
    package static let client = "00d88624-f0d7-46f6-a641-6232c2608928"

    /// An error that is answered instead of a token.
    package struct Failure: Sendable {
        package var status: Int
        package var error: String
        package var number: Int
        package var retryAfter: Int?

        package init(status: Int, error: String, number: Int, retryAfter: Int? = nil) {
            self.status = status
            self.error = error
            self.number = number
            self.retryAfter = retryAfter
        }
    }

    private struct State: Sendable {
        var secret: String? = "daemon-app-secret"
        var federatedToken: String?
        var lifetime = 3600
        var refreshIn: Int?
        var failure: Failure?
        var isSameToken = false
        var last: String?
        var log: [DoubleRequest] = []
        /// The ids of assertions, each of which is good once.
        var seen: Set<String> = []
    }

    private let tokens: AzureTokens
    private let resource: String
    private let now: @Sendable () -> Duration
    private let state = Mutex(State())

    /// - Parameter now: The time since 1970.
    package init(
        _ tokens: AzureTokens,
        resource: String = "https://vault.azure.net",
        now: @escaping @Sendable () -> Duration
    ) {
        self.tokens = tokens
        self.resource = resource
        self.now = now
    }

    /// The only secret that is accepted; nil for none.
    package var secret: String? {
        get { state.withLock { $0.secret } }
        set { state.withLock { $0.secret = newValue } }
    }

    /// The only token of another identity provider that is accepted.
    package var federatedToken: String? {
        get { state.withLock { $0.federatedToken } }
        set { state.withLock { $0.federatedToken = newValue } }
    }

    /// For how many seconds tokens are good.
    package var lifetime: Int {
        get { state.withLock { $0.lifetime } }
        set { state.withLock { $0.lifetime = newValue } }
    }

    /// After how many seconds another token should be asked for.
    package var refreshIn: Int? {
        get { state.withLock { $0.refreshIn } }
        set { state.withLock { $0.refreshIn = newValue } }
    }

    package var failure: Failure? {
        get { state.withLock { $0.failure } }
        set { state.withLock { $0.failure = newValue } }
    }

    package var requests: [DoubleRequest] { state.withLock { $0.log } }

    package func clearRequests() {
        state.withLock { $0.log = [] }
    }

    /// The fields of the form of the last request.
    package var lastForm: [String: String] {
        requests.last.map(Self.form) ?? [:]
    }

    package func answer(_ request: DoubleRequest) -> DoubleAnswer {
        let now = now()
        return state.withLock { state in
            if let answer = Self.description(request) { return answer }
            state.log.append(request)
            if let failure = state.failure { return Self.error(failure) }
            do throws(Refusal) {
                try check(request, &state, now)
                var json: JSONObject = [
                    "token_type": "Bearer", "expires_in": .number(JSONNumber(state.lifetime)),
                    "ext_expires_in": .number(JSONNumber(state.lifetime)),
                ]
                if let seconds = state.refreshIn { json.append("refresh_in", .number(JSONNumber(seconds))) }
                let token = tokens.issue(for: resource, tenant: Self.tenant, until: now + .seconds(state.lifetime))
                json.append("access_token", .string(token))
                return MetadataDoubleState.json(json)
            } catch {
                return Self.error(Failure(status: error.status, error: error.error, number: error.number))
            }
        }
    }

    /// Where the endpoints of the directory are, which Microsoft's libraries ask for first.
    private static func description(_ request: DoubleRequest) -> DoubleAnswer? {
        guard request.method == "GET", request.target == "/\(tenant)/v2.0/.well-known/openid-configuration" else {
            return nil
        }
        let base = "https://\(request.header("host") ?? "")/\(tenant)"
        return MetadataDoubleState.json([
            "token_endpoint": .string("\(base)/oauth2/v2.0/token"),
            "authorization_endpoint": .string("\(base)/oauth2/v2.0/authorize"), "issuer": .string("\(base)/v2.0"),
        ])
    }

    private struct Refusal: Error {
        let status: Int
        let error: String
        let number: Int
    }

    private func check(_ request: DoubleRequest, _ state: inout State, _ now: Duration) throws(Refusal) {
        let parts = request.target.split(separator: "/").map(String.init)
        guard request.method == "POST", parts.dropFirst() == ["oauth2", "v2.0", "token"],
            request.header("content-type") == "application/x-www-form-urlencoded"
        else { throw Refusal(status: 404, error: "not_found", number: 90_014) }
        guard parts[0] == Self.tenant else { throw Refusal(status: 400, error: "invalid_request", number: 90_002) }
        let form = Self.form(request)
        guard form["grant_type"] == "client_credentials" else {
            throw Refusal(status: 400, error: "unsupported_grant_type", number: 70_003)
        }
        guard form["scope"] == resource + "/.default" else {
            throw Refusal(status: 400, error: "invalid_scope", number: 1_002_012)
        }
        guard form["client_id"] == Self.client else {
            throw Refusal(status: 400, error: "unauthorized_client", number: 700_016)
        }
        if let secret = form["client_secret"] {
            guard secret == state.secret else { throw Refusal(status: 401, error: "invalid_client", number: 7_000_215) }
            return
        }
        guard form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            let assertion = form["client_assertion"]
        else { throw Refusal(status: 401, error: "invalid_client", number: 7_000_216) }
        if let token = state.federatedToken {
            guard assertion == token else { throw Refusal(status: 401, error: "invalid_client", number: 700_213) }
            return
        }
        let audience = "https://\(request.header("host") ?? "")\(request.target)"
        guard let id = Self.assertionID(assertion, audience: audience, now: Int(now.components.seconds)),
            state.seen.insert(id).inserted
        else { throw Refusal(status: 401, error: "invalid_client", number: 700_027) }
    }

    /// Checks what an application has signed with the key of its certificate, and gives its id.
    private static func assertionID(_ text: String, audience: String, now: Int) -> String? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let header = json(parts[0]), let claims = json(parts[1]),
            let signature = data(parts[2]), header["alg"]?.stringValue == "PS256", header["typ"]?.stringValue == "JWT",
            header["x5t#S256"]?.stringValue == EntraTestCertificate.thumbprint,
            claims["aud"]?.stringValue == audience, claims["iss"]?.stringValue == client,
            claims["sub"]?.stringValue == client, let start = claims["nbf"]?.intValue,
            let end = claims["exp"]?.intValue,
            start <= now, end > now, end - start <= 600, let id = claims["jti"]?.stringValue, id.utf8.count >= 16,
            let key = try? _RSA.Signing.PrivateKey(pemRepresentation: EntraTestCertificate.key)
        else { return nil }
        let isValid = key.publicKey.isValidSignature(
            _RSA.Signing.RSASignature(rawRepresentation: signature),
            for: SHA256.hash(data: Array("\(parts[0]).\(parts[1])".utf8)),
            padding: .PSS
        )
        return isValid ? id : nil
    }

    private static func json(_ text: String) -> JSONValue? {
        data(text).flatMap { try? JSONReader.parse([UInt8]($0)) }
    }

    private static func data(_ text: String) -> Data? {
        var text = text.replacing("-", with: "+").replacing("_", with: "/")
        while !text.utf8.count.isMultiple(of: 4) { text += "=" }
        return Data(base64Encoded: text)
    }

    private static func form(_ request: DoubleRequest) -> [String: String] {
        PercentCoding.form(String(decoding: request.body, as: UTF8.self))
    }

    private static func error(_ failure: Failure) -> DoubleAnswer {
        var answer = MetadataDoubleState.json([
            "error": .string(failure.error),
            "error_description": .string(
                "AADSTS\(failure.number): the words of the directory CANARY-DIRECTORY. Trace ID: e354af0c-f47a-4f39-8fe0-565c4e0b8dcd"
            ),
            "error_codes": [.number(JSONNumber(failure.number))],
        ])
        answer.status = failure.status
        if let seconds = failure.retryAfter { answer.headers.append(("Retry-After", String(seconds))) }
        return answer
    }
}
