import HTTPTypes
import JaneeSecrets
import JaneeSigV4

/// Requests to one service of AWS in one region.
struct AWSClient: Sendable {
    /// The largest answer that holds one secret, whose value has 65536 bytes at most, each of which JSON may escape.
    static let largestSecret = 1 << 20
    /// The largest answer that holds several.
    static let largestBatch = 16 << 20
    /// The largest answer that holds none.
    static let largestAnswer = 256 << 10

    let service: AWSService
    let region: AWSRegion
    let remote: RemoteEndpoint
    let transport: any HTTPTransport
    let clock: AWSClock

    /// Sends one request: `POST /`, as all of these services have it.
    ///
    /// A signature whose time AWS refuses is made once more, with the time that the refusal tells.
    ///
    /// - Parameters:
    ///   - headers: What says what the body is.
    ///   - credentials: What to sign with; nil for the requests that prove themselves in another way.
    /// - Throws: What the transport says.
    func send(
        _ headers: [(name: HTTPField.Name, value: String)],
        _ body: [UInt8],
        signedWith credentials: AWSCredentials?,
        maximumResponseBytes: Int = AWSClient.largestAnswer
    ) async throws(SecretError) -> AWSAnswer {
        let signed = clock.now
        let answer = try await exchange(outbound(headers, body, credentials, maximumResponseBytes))
        guard answer.kind == .clock, credentials != nil, let date = answer.date, clock.correct(to: date, after: signed)
        else { return answer }
        return try await exchange(outbound(headers, body, credentials, maximumResponseBytes))
    }

    private func outbound(
        _ headers: [(name: HTTPField.Name, value: String)],
        _ body: [UInt8],
        _ credentials: AWSCredentials?,
        _ maximumResponseBytes: Int
    ) -> OutboundRequest {
        var fields = headers.map { ($0.name, OutboundRequest.HeaderValue.plain($0.value)) }
        if let credentials {
            let signature = sign(headers, body, credentials)
            fields.append((.amzDate, .plain(signature.date)))
            if let token = signature.securityToken { fields.append((.amzSecurityToken, .secret(prefix: "", token))) }
            fields.append((.authorization, .plain(signature.authorization)))
        }
        return remote.request(.post, "/", headers: fields, body: body, maximumResponseBytes: maximumResponseBytes)
    }

    /// Signs a request as it will be sent.
    func sign(
        _ headers: [(name: HTTPField.Name, value: String)],
        _ body: [UInt8],
        _ credentials: AWSCredentials
    ) -> SigV4Signer.Signature {
        SigV4Signer(credentials: credentials, region: region.name, service: service.rawValue)
            .sign(
                SigV4Request(
                    method: "POST",
                    host: remote.endpoint.authority,
                    path: remote.endpoint.basePath + "/",
                    headers: headers.map { ($0.name.rawName, $0.value) },
                    body: body
                ),
                at: clock.now
            )
    }

    private func exchange(_ request: OutboundRequest) async throws(SecretError) -> AWSAnswer {
        do throws(HTTPTransportError) {
            return AWSAnswer(try await transport.send(request), now: clock.now)
        } catch {
            throw SecretError(error)
        }
    }
}
