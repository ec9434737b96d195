import JaneeSecrets
import JaneeSigV4

extension AWSDouble {
    /// A request that is signed as AWS wants it, before a test changes something about it.
    ///
    /// - Parameter target: The value of `X-Amz-Target`; a request to STS if it is nil.
    package static func signedRequest(
        target: String?,
        body: [UInt8],
        id: String,
        secret: String,
        token: String? = nil,
        host: String = "secretsmanager.us-east-1.amazonaws.com",
        region: String = "us-east-1",
        at time: Duration
    ) -> DoubleRequest {
        let type = target == nil ? "application/x-www-form-urlencoded; charset=utf-8" : "application/x-amz-json-1.1"
        var headers = [(name: "Content-Type", value: type)]
        if let target { headers.append((name: "X-Amz-Target", value: target)) }
        let signature = SigV4Signer(
            credentials: AWSCredentials(
                accessKeyID: id,
                secretAccessKey: SecretValue(secret),
                sessionToken: token.map { SecretValue($0) }
            ),
            region: region,
            service: target == nil ? "sts" : "secretsmanager"
        )
        .sign(SigV4Request(method: "POST", host: host, headers: headers, body: body), at: time)
        headers += [
            (name: "Host", value: host), (name: "X-Amz-Date", value: signature.date),
            (name: "Authorization", value: signature.authorization),
        ]
        if let token { headers.append((name: "X-Amz-Security-Token", value: token)) }
        return DoubleRequest(method: "POST", target: "/", headers: headers, body: body)
    }
}
