import JaneeSecrets
import JaneeSigV4

/// Finds out who has signed a request, and refuses whatever AWS would refuse.
struct AWSSignatureCheck {
    private static let tolerance = Duration.seconds(300)

    let region: String
    let keys: [String: AWSKey]
    let now: Duration

    /// - Returns: The ARN of whose keys the request is signed with.
    func caller(of call: AWSCall) throws(AWSError) -> String {
        let request = call.request
        let isForTokens = call.service == .tokens
        guard let authorization = request.header("authorization") else {
            throw AWSError(
                isForTokens ? "MissingAuthenticationToken" : "MissingAuthenticationTokenException",
                isForTokens ? "Request is missing Authentication Token" : "Missing Authentication Token",
                status: isForTokens ? 403 : 400
            )
        }
        guard
            let match = authorization.wholeMatch(
                of:
                    /AWS4-HMAC-SHA256 Credential=([^\/,]+)\/(\d{8})\/([^\/,]+)\/([^\/,]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})/
            ), let date = request.header("x-amz-date"), let time = AWSTime.sinceEpoch(compact: date)
        else {
            throw AWSError(
                isForTokens ? "IncompleteSignature" : "IncompleteSignatureException",
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=\(authorization)"
            )
        }
        let mismatch = AWSError(
            isForTokens ? "SignatureDoesNotMatch" : "InvalidSignatureException",
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
            status: isForTokens ? 403 : 400
        )
        let (id, day, scopeRegion, service) = (String(match.1), match.2, match.3, match.4)
        guard day == date.prefix(8), scopeRegion == region, service == call.service.rawValue else {
            throw AWSError(
                mismatch.name,
                "Credential should be scoped to a valid region. ",
                status: mismatch.status
            )
        }
        guard let key = keys[id] else {
            throw AWSError(
                isForTokens ? "InvalidClientTokenId" : "UnrecognizedClientException",
                "The security token included in the request is invalid.",
                status: isForTokens ? 403 : 400
            )
        }
        try check(time, date, mismatch)
        let token = request.header("x-amz-security-token")
        guard token == key.token else {
            throw AWSError(
                isForTokens ? "InvalidClientTokenId" : "UnrecognizedClientException",
                "The security token included in the request is invalid.",
                status: isForTokens ? 403 : 400
            )
        }
        guard signature(of: request, key, id, time, service: String(service), String(match.5)) == authorization else {
            throw mismatch
        }
        if let expires = key.expires, expires <= now {
            throw AWSError(
                isForTokens ? "ExpiredToken" : "ExpiredTokenException",
                "The security token included in the request is expired",
                status: isForTokens ? 403 : 400
            )
        }
        return key.arn
    }

    private func check(_ time: Duration, _ date: String, _ mismatch: AWSError) throws(AWSError) {
        let current = AWSTime.compact(now)
        if time < now - Self.tolerance {
            throw AWSError(
                mismatch.name,
                "Signature expired: \(date) is now earlier than \(AWSTime.compact(now - Self.tolerance)) (\(current) - 5 min.)",
                status: mismatch.status
            )
        }
        if time > now + Self.tolerance {
            throw AWSError(
                mismatch.name,
                "Signature not yet current: \(date) is still later than \(AWSTime.compact(now + Self.tolerance)) (\(current) + 5 min.)",
                status: mismatch.status
            )
        }
    }

    /// The `Authorization` that the request should have, which names all headers that must be signed.
    private func signature(
        of request: DoubleRequest,
        _ key: AWSKey,
        _ id: String,
        _ time: Duration,
        service: String,
        _ signedHeaders: String
    ) -> String {
        var names = Set(signedHeaders.split(separator: ";").map(String.init))
        names.formUnion(["content-type"])
        if service == AWSCall.Service.secrets.rawValue { names.formUnion(["x-amz-target"]) }
        names.subtract(["host", "x-amz-date", "x-amz-security-token"])
        let parts = request.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        return SigV4Signer(
            credentials: AWSCredentials(
                accessKeyID: id,
                secretAccessKey: SecretValue(key.secret),
                sessionToken: key.token.map { SecretValue($0) }
            ),
            region: region,
            service: service
        )
        .sign(
            SigV4Request(
                method: request.method,
                host: request.header("host") ?? "",
                path: String(parts[0]),
                query: parts.count > 1 ? String(parts[1]) : "",
                headers: request.headers.filter { names.contains($0.name.lowercased()) },
                body: request.body
            ),
            at: time
        )
        .authorization
    }
}
