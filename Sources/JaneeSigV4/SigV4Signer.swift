import Crypto
package import JaneeSecrets

/// Signs requests to AWS, and to whatever else checks such signatures, with Signature Version 4.
///
/// The signature is valid for about five minutes around the time it names, and for exactly this request. The rules are
/// those of "Create a signed AWS API request" in the IAM User Guide of AWS, for all services but S3, which reads paths
/// in another way.
package struct SigV4Signer: Sendable {
    private static let algorithm = "AWS4-HMAC-SHA256"

    private let credentials: AWSCredentials
    private let region: String
    private let service: String
    private let normalizesPath: Bool

    /// - Parameters:
    ///   - region: The region of the endpoint, such as `eu-central-1`.
    ///   - service: The name of the service in signatures, such as `secretsmanager`.
    ///   - normalizesPath: Whether empty and dot segments do not count in paths, which is the rule.
    package init(credentials: AWSCredentials, region: String, service: String, normalizesPath: Bool = true) {
        self.credentials = credentials
        self.region = region
        self.service = service
        self.normalizesPath = normalizesPath
    }

    /// The headers that make a request a signed one.
    package struct Signature: Sendable {
        /// `X-Amz-Date`.
        package let date: String
        /// `X-Amz-Security-Token`; nil without a session token.
        package let securityToken: SecretValue?
        /// `Authorization`.
        package let authorization: String
    }

    /// Signs a request by its headers.
    ///
    /// - Parameter time: The time since 1970 by the clock of the server.
    package func sign(_ request: SigV4Request, at time: Duration) -> Signature {
        let time = SigV4Time(time)
        let canonical = canonicalRequest(request, time)
        let credential = "Credential=\(credentials.accessKeyID)/\(scope(time))"
        let signature = signature(of: stringToSign(canonical, time), time)
        return Signature(
            date: time.text,
            securityToken: credentials.sessionToken,
            authorization:
                "\(Self.algorithm) \(credential), SignedHeaders=\(canonical.signedHeaders), Signature=\(signature)"
        )
    }

    /// Signs a request by its query, so that it can be made without headers of its own.
    ///
    /// - Parameters:
    ///   - time: The time since 1970 by the clock of the server, from which the request is valid.
    ///   - lifetime: For how long, in whole seconds; a week at most.
    /// - Returns: The query to send. It is a credential itself, and holds the session token, of which copies stay in
    ///   memory for a while.
    package func presign(_ request: SigV4Request, at time: Duration, for lifetime: Duration) -> SecretValue {
        let time = SigV4Time(time)
        var canonical = SigV4CanonicalRequest(request, time: nil, token: nil, normalizesPath: normalizesPath)
        var parameters = [
            ("X-Amz-Algorithm", Self.algorithm), ("X-Amz-Credential", "\(credentials.accessKeyID)/\(scope(time))"),
            ("X-Amz-Date", time.text), ("X-Amz-Expires", String(lifetime.components.seconds)),
            ("X-Amz-SignedHeaders", canonical.signedHeaders),
        ]
        if let token = credentials.sessionToken {
            parameters.append(("X-Amz-Security-Token", token.withBytes { String(decoding: $0, as: UTF8.self) }))
        }
        var query = parameters.map { "\($0)=\(PercentEncoding.encodeSegment($1))" }.joined(separator: "&")
        if !request.query.isEmpty { query = request.query + "&" + query }
        canonical.query = SigV4CanonicalRequest.query(query)
        return SecretValue(query + "&X-Amz-Signature=" + signature(of: stringToSign(canonical, time), time))
    }
}

extension SigV4Signer {
    func canonicalRequest(_ request: SigV4Request, _ time: SigV4Time) -> SigV4CanonicalRequest {
        SigV4CanonicalRequest(
            request,
            time: time.text,
            token: credentials.sessionToken,
            normalizesPath: normalizesPath
        )
    }

    func stringToSign(_ canonical: SigV4CanonicalRequest, _ time: SigV4Time) -> String {
        "\(Self.algorithm)\n\(time.text)\n\(scope(time))\n\(canonical.digest)"
    }

    private func scope(_ time: SigV4Time) -> String { "\(time.day)/\(region)/\(service)/aws4_request" }

    private func signature(of text: String, _ time: SigV4Time) -> String {
        let prefix = Array("AWS4".utf8)
        // Without an array in between, which nobody would wipe.
        let secret = credentials.secretAccessKey.withBytes { bytes in
            SecretValue((0..<prefix.count + bytes.count).lazy.map { $0 < 4 ? prefix[$0] : bytes[$0 - 4] })
        }
        let first = secret.withBytes { SymmetricKey(data: $0) }
        let key = [time.day, region, service, "aws4_request"]
            .reduce(first) { key, part in
                SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
            }
        return HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key).hexadecimal
    }
}
