import JaneeSecrets
import JaneeTestSupport
import Testing

@testable import JaneeSigV4

@Suite("Signature Version 4")
struct SigV4SignerTests {
    private static let credentials = AWSCredentials(
        accessKeyID: SigningCase.accessKeyID,
        secretAccessKey: SecretValue(SigningCase.secretAccessKey)
    )
    private static let time = Duration.seconds(1_770_906_300)  // 2026-02-12T14:25:00Z

    @Test("the suite is there")
    func complete() {
        #expect(SigningCase.all.count == 38)
    }

    @Test("signs the requests of AWS's public test suite as it says", arguments: SigningCase.all)
    func suite(_ wanted: SigningCase) {
        let time = SigV4Time(SigningCase.time)
        let canonical = wanted.signer.canonicalRequest(wanted.request, time)
        let text = canonical.pieces.map { piece in
            switch piece {
            case .text(let text): text
            case .secret(let secret): secret.withBytes { String(decoding: $0, as: UTF8.self) }
            }
        }
        #expect(text.joined() == wanted.canonicalRequest)
        #expect(wanted.signer.stringToSign(canonical, time) == wanted.stringToSign)
        let signature = wanted.signer.sign(wanted.request, at: SigningCase.time)
        #expect(signature.authorization == wanted.authorization)
        #expect(signature.date == "20150830T123600Z")
        #expect(signature.securityToken == wanted.token.map { SecretValue($0) })
    }

    @Test("signs their queries as it says", arguments: SigningCase.all)
    func suiteOfQueries(_ wanted: SigningCase) {
        var request = wanted.request
        // The digest of the body is a header only where headers are signed.
        request.headers.removeAll { $0.name == "X-Amz-Content-Sha256" }
        let query = wanted.signer.presign(request, at: SigningCase.time, for: SigningCase.lifetime)
            .withBytes { String(decoding: $0, as: UTF8.self) }
        #expect(query.hasSuffix("&X-Amz-Signature=" + wanted.querySignature))
    }

    /// A request with the signature that AWS's own library makes of it.
    struct Golden: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let service: String
        let token: String?
        let headers: [(name: String, value: String)]
        let body: String
        let signedHeaders: String
        let signature: String
    }

    private static let json = [
        (name: "Content-Type", value: "application/x-amz-json-1.1"),
        (name: "X-Amz-Target", value: "secretsmanager.GetSecretValue"),
    ]
    private static let secretID = #"{"SecretId":"prod/payment/stripe"}"#

    static let golden = [
        Golden(
            testDescription: "a secret, with the key of a user",
            service: "secretsmanager",
            token: nil,
            headers: json,
            body: secretID,
            signedHeaders: "content-type;host;x-amz-date;x-amz-target",
            signature: "b659c9c381f7f94ff6d3be4f199377e66fa14b25d99c815ac0e21038aac6f334"
        ),
        Golden(
            testDescription: "a secret, with the session of a role",
            service: "secretsmanager",
            token: "SESSIONTOKEN",
            headers: json,
            body: secretID,
            signedHeaders: "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
            signature: "6f706fee28930bd9445a863f0d3f3f0200a2cfe6f569ab3a99b538fc66c1820b"
        ),
        Golden(
            testDescription: "the login of a Vault",
            service: "sts",
            token: nil,
            headers: [
                (name: "Content-Type", value: "application/x-www-form-urlencoded; charset=utf-8"),
                (name: "X-Vault-AWS-IAM-Server-ID", value: "vault.example.com"),
            ],
            body: "Action=GetCallerIdentity&Version=2011-06-15",
            signedHeaders: "content-type;host;x-amz-date;x-vault-aws-iam-server-id",
            signature: "7ff30b85c156fbc1aac5b97fa12247db39b3695ab483a41bb992c20c9b14cd2f"
        ),
    ]

    private static func request(_ golden: Golden) -> SigV4Request {
        SigV4Request(
            method: "POST",
            host: "\(golden.service).us-east-1.amazonaws.com",
            headers: golden.headers,
            body: Array(golden.body.utf8)
        )
    }

    private static func signer(_ golden: Golden) -> SigV4Signer {
        let credentials = AWSCredentials(
            accessKeyID: credentials.accessKeyID,
            secretAccessKey: credentials.secretAccessKey,
            sessionToken: golden.token.map { SecretValue($0) }
        )
        return SigV4Signer(credentials: credentials, region: "us-east-1", service: golden.service)
    }

    @Test("signs what this program sends as AWS's own library does", arguments: golden)
    func signs(_ golden: Golden) {
        let signature = Self.signer(golden).sign(Self.request(golden), at: Self.time)
        #expect(
            signature.authorization
                == """
                AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260212/us-east-1/\(golden.service)/aws4_request, \
                SignedHeaders=\(golden.signedHeaders), Signature=\(golden.signature)
                """
        )
        #expect(signature.date == "20260212T142500Z")
    }

    @Test("another request, key, place or time has another signature", arguments: golden)
    func covers(_ golden: Golden) {
        let (signer, request) = (Self.signer(golden), Self.request(golden))
        func other(_ change: (inout SigV4Request) -> Void) -> String {
            var request = request
            change(&request)
            return signer.sign(request, at: Self.time).authorization
        }
        let key = AWSCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: SecretValue("another"))
        let signatures = [
            signer.sign(request, at: Self.time).authorization,
            signer.sign(request, at: Self.time + .seconds(1)).authorization,
            signer.sign(request, at: Self.time + .seconds(86_400)).authorization,
            other { $0.method = "GET" }, other { $0.host += ":444" }, other { $0.path = "/a" },
            other { $0.query = "a=b" }, other { $0.query = "a=c" }, other { $0.body.append(0x20) },
            other { $0.headers[0].value += "a" }, other { $0.headers.append(("X-More", "a")) },
            SigV4Signer(credentials: key, region: "us-east-1", service: golden.service)
                .sign(request, at: Self.time).authorization,
            SigV4Signer(credentials: Self.credentials, region: "us-east-2", service: golden.service)
                .sign(request, at: Self.time).authorization,
            SigV4Signer(credentials: Self.credentials, region: "us-east-1", service: "other")
                .sign(request, at: Self.time).authorization,
        ]
        #expect(Set(signatures.compactMap { $0.split(separator: "=").last }).count == signatures.count)
    }

    @Test("what may change on the way is not signed")
    func unsigned() {
        let (signer, request) = (Self.signer(Self.golden[0]), Self.request(Self.golden[0]))
        var changed = request
        for name in [
            "User-Agent", "Connection", "Expect", "X-Amzn-Trace-Id", "Authorization", "HOST", "traceparent",
            "X-Amz-Date",
        ] {
            changed.headers.append((name, "whatever"))
        }
        #expect(
            signer.sign(changed, at: Self.time).authorization == signer.sign(request, at: Self.time).authorization
        )
    }

    @Test("no description shows a key or a token")
    func silence() {
        let credentials = AWSCredentials(
            accessKeyID: "AKIDEXAMPLE",
            secretAccessKey: SecretValue("canary-of-the-key"),
            sessionToken: SecretValue("canary-of-the-session")
        )
        let signer = SigV4Signer(credentials: credentials, region: "us-east-1", service: "sts")
        let signature = signer.sign(SigV4Request(method: "GET", host: "example.com"), at: Self.time)
        var text = "\(credentials) \(signer) \(signature)"
        dump((credentials, signer, signature), to: &text)
        #expect(!text.contains("canary"))
        let query = signer.presign(SigV4Request(method: "GET", host: "example.com"), at: Self.time, for: .seconds(60))
        #expect("\(query)" == "***")
    }

    @Test(
        "a time is written in UTC",
        arguments: [
            (0, "19700101T000000Z"), (951_782_400, "20000229T000000Z"), (1_770_906_300, "20260212T142500Z"),
            (4_102_444_799, "20991231T235959Z"), (-5, "19700101T000000Z"),
        ]
    )
    func times(seconds: Int, wanted: String) {
        #expect(SigV4Time(.seconds(seconds) + .milliseconds(seconds < 0 ? 0 : 999)).text == wanted)
    }

    @Test(
        "parameters of a query are decoded, encoded and sorted by their bytes",
        arguments: [
            ("", ""), ("a", "a="), ("b=2&a=1", "a=1&b=2"), ("a=2&a=1", "a=1&a=2"), ("A=1&a=1&%61=0", "A=1&a=0&a=1"),
            ("a=%7e%2F%2f", "a=~%2F%2F"), ("a=b=c", "a=b%3Dc"), ("a=%", "a=%25"), ("a=%4", "a=%254"),
            ("a=%zz&&b", "a=%25zz&b="), ("a=x y+z", "a=x%20y%2Bz"), ("=v", "=v"),
        ]
    )
    func queries(query: String, wanted: String) {
        #expect(SigV4CanonicalRequest.query(query) == wanted)
    }

    @Test(
        "a path is encoded once more than it is sent",
        arguments: [
            ("", "/", "/"), ("/", "/", "/"), ("/a/b", "/a/b", "/a/b"), ("/a/b/", "/a/b/", "/a/b/"),
            ("/a%20b", "/a%2520b", "/a%2520b"), ("//a/./b/../c", "/a/c", "//a/./b/../c"), ("/..", "/", "/.."),
            ("/a/..", "/", "/a/.."), ("/a:b", "/a%3Ab", "/a%3Ab"),
        ]
    )
    func paths(path: String, normalized: String, asSent: String) {
        #expect(SigV4CanonicalRequest.path(path, normalizes: true) == normalized)
        #expect(SigV4CanonicalRequest.path(path, normalizes: false) == asSent)
    }
}
