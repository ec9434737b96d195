import HTTPTypes
import JaneeJSON
import JaneeSecrets
import JaneeSigV4

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What Vault's `aws` method logs in with: a request to STS that only the holder of the keys could have signed.
///
/// Vault sends it, and learns from the answer who signed it; the keys themselves do not leave this program. The fields are
/// those of "Login" in the API documentation of Vault's AWS auth method.
struct VaultAWSLogin: Sendable {
    private static let requestMethod = "POST"

    let role: String
    /// What Vault wants in `X-Vault-AWS-IAM-Server-ID`, so that a request for one server is of no use at another.
    private let serverID: String?
    /// The host of STS for which Vault expects the signature: the global one, unless a region is configured.
    private let host: String
    private let signingRegion: String
    private let clock: AWSClock
    let lease: AWSLease

    /// - Parameters:
    ///   - auth: The field `auth` of a Vault provider.
    ///   - section: The provider's other fields.
    /// - Throws: `PROVIDER_CONFIG_INVALID`.
    init(
        _ auth: ConfigSection,
        _ name: ProviderName,
        _ section: ConfigSection,
        _ context: ProviderContext
    ) throws(SecretError) {
        role = auth.string("role") ?? ""
        serverID = auth.string("serverId")
        let region = auth.string("region").flatMap(AWSRegion.init)
        let service = AWSService.securityTokenService
        host = region.map { service.host(in: $0, fips: false) } ?? "sts.amazonaws.com"
        signingRegion = region?.name ?? "us-east-1"
        clock = AWSClock(context.time)
        // Where keys are got that STS issues is another question: near, if the platform says where that is.
        let ambient = ["AWS_REGION", "AWS_DEFAULT_REGION"]
            .lazy.compactMap { context.substitution.value($0).flatMap(AWSRegion.init) }.first
        guard let near = region ?? ambient ?? AWSRegion("us-east-1") else {
            throw SecretError(.providerConfigInvalid, "no region", provider: name.spelling)
        }
        lease = AWSLease(
            try AWSAuth(auth.section("credentials"), assuming: auth, name),
            name,
            service: SecurityTokenService(
                client: AWSClient(
                    service: service,
                    region: near,
                    remote: try service.endpoint(in: near, fips: false, name, section, context, trust: .nothing),
                    transport: context.transport,
                    clock: clock
                )
            ),
            requestLimit: ProviderLimits(section).attempt,
            context: context,
            isOwnLogin: false,
            container: { url throws(SecretError) in try RemoteEndpoint(url, of: name, section, context, trust: .nothing)
            }
        )
    }

    /// The body of a login.
    func body(signedWith credentials: AWSCredentials) -> JSONObject {
        let request = Array(SecurityTokenService.callerIdentityBody.utf8)
        var headers = [("Content-Type", SecurityTokenService.contentType)]
        if let serverID { headers.append(("X-Vault-AWS-IAM-Server-ID", serverID)) }
        let signature = SigV4Signer(
            credentials: credentials,
            region: signingRegion,
            service: AWSService.securityTokenService.rawValue
        )
        .sign(
            SigV4Request(method: Self.requestMethod, host: host, headers: headers, body: request),
            at: clock.now
        )
        headers += [("X-Amz-Date", signature.date), ("Authorization", signature.authorization)]
        if let token = signature.securityToken?.text { headers.append(("X-Amz-Security-Token", token)) }
        let json = JSONValue.object(JSONObject(headers.map { ($0.0, .array([.string($0.1)])) }))
        return [
            "role": .string(role),
            "iam_http_request_method": .string(Self.requestMethod),
            "iam_request_url": .string(Self.base64("https://\(host)/".utf8)),
            "iam_request_body": .string(Self.base64(request)),
            "iam_request_headers": .string(Self.base64(json.bytes)),
        ]
    }

    private static func base64(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString()
    }
}
