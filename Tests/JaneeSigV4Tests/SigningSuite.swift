import JaneeJSON
import JaneeSecrets
import JaneeSigV4
import JaneeTestSupport
import Testing

/// A case of AWS's public test suite of Signature Version 4: a request and what its signature is made of.
struct SigningCase: CustomTestStringConvertible, Sendable {
    /// The credentials, scope and time of all cases.
    static let accessKeyID = "AKIDEXAMPLE"
    static let secretAccessKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    static let time = Duration.seconds(1_440_938_160)  // 2015-08-30T12:36:00Z
    static let lifetime = Duration.seconds(3600)

    let name: String
    let normalizesPath: Bool
    let token: String?
    let request: SigV4Request
    let canonicalRequest: String
    let stringToSign: String
    let authorization: String
    let querySignature: String

    var testDescription: String { name }

    var signer: SigV4Signer {
        let credentials = AWSCredentials(
            accessKeyID: Self.accessKeyID,
            secretAccessKey: SecretValue(Self.secretAccessKey),
            sessionToken: token.map { SecretValue($0) }
        )
        return SigV4Signer(
            credentials: credentials,
            region: "us-east-1",
            service: "service",
            normalizesPath: normalizesPath
        )
    }

    static let all: [SigningCase] = {
        guard let text = try? Fixture.text("aws-signing-test-suite.json"),
            let document = try? JSONReader.parse(Array(text.utf8))
        else { return [] }
        return (document["cases"]?.arrayValue ?? []).compactMap(SigningCase.init)
    }()

    private init?(_ json: JSONValue) {
        func text(_ key: String) -> String? { json[key]?.stringValue }
        guard let name = text("name"), let method = text("method"), let host = text("host"), let path = text("path"),
            let query = text("query"), let body = text("body"), let canonicalRequest = text("canonicalRequest"),
            let stringToSign = text("stringToSign"), let authorization = text("authorization"),
            let querySignature = text("querySignature"),
            case .bool(let normalizesPath) = json["normalize"], case .bool(let signsBody) = json["signBody"]
        else { return nil }
        var headers = (json["headers"]?.arrayValue ?? [])
            .compactMap { header -> (name: String, value: String)? in
                guard let pair = header.arrayValue, let name = pair.first?.stringValue,
                    let value = pair.last?.stringValue
                else { return nil }
                return (name, value)
            }
        if signsBody, let digest = canonicalRequest.split(separator: "\n").last {
            headers.append(("X-Amz-Content-Sha256", String(digest)))
        }
        self.name = name
        self.normalizesPath = normalizesPath
        token = text("token")
        request = SigV4Request(
            method: method,
            host: host,
            path: path,
            query: query,
            headers: headers,
            body: Array(body.utf8)
        )
        self.canonicalRequest = canonicalRequest
        self.stringToSign = stringToSign
        self.authorization = authorization
        self.querySignature = querySignature
    }
}
