import JaneeJSON
import JaneeSecrets
import JaneeTestSupport
import Testing

@testable import JaneeProviders

@Suite("Reading secrets of AWS Secrets Manager")
struct AWSReadTests {
    @Test("by name, by ARN, by version, and a field of it")
    func reads() async throws {
        try await AWSScene.run { scene in
            scene.aws.put("app/db", string: #"{"username":"app","password":"p1"}"#)
            let old = try #require(scene.aws.versionID(of: "app/db", stage: "AWSCURRENT"))
            scene.aws.put("app/db", string: #"{"username":"app","password":"p2"}"#)
            scene.aws.put("plain", string: "hunter2")
            scene.aws.put("bin", binary: Array("text of bytes".utf8))
            scene.aws.putPending("app/db", string: "next")
            let provider = try scene.provider()
            #expect(await scene.start(provider) == nil)
            #expect(try await scene.read(provider, "plain") == "hunter2")
            #expect(try await scene.read(provider, "bin") == "text of bytes")
            #expect(try await scene.read(provider, "app/db") == #"{"username":"app","password":"p2"}"#)
            #expect(try await scene.read(provider, "app/db", field: "password") == "p2")
            #expect(try await scene.read(provider, "app/db", field: "/password") == "p2")
            #expect(try await scene.read(provider, "app/db", field: "password", version: "AWSPREVIOUS") == "p1")
            #expect(try await scene.read(provider, "app/db", field: "password", version: old) == "p1")
            #expect(try await scene.read(provider, "app/db", version: "AWSPENDING") == "next")
            let arn = scene.aws.arn(of: "app/db").replacing(":", with: "%3A")
            #expect(try await scene.read(provider, arn, field: "username") == "app")
            await provider.dispose()
        }
    }

    @Test("what is not there is SECRET_NOT_FOUND, and says so in our words")
    func missing() async throws {
        try await AWSScene.run { scene in
            scene.aws.put("app/db", string: #"{"username":"app"}"#)
            scene.aws.create("empty")
            scene.aws.put("gone", string: "x")
            scene.aws.delete("gone")
            scene.aws.put("raw", binary: [0xFF, 0x00])
            let provider = try scene.provider()
            let wanted: [(path: String, field: String?, version: String?, words: String)] = [
                ("nope", nil, nil, "nil"),
                ("empty", nil, nil, "SECRET_NOT_FOUND: the secret has no value of that version"),
                ("gone", nil, nil, "SECRET_NOT_FOUND: the secret is scheduled for deletion"),
                ("app/db", "password", nil, "SECRET_NOT_FOUND: the secret has no such field"),
                ("app/db", nil, "AWSPREVIOUS", "SECRET_NOT_FOUND"), ("app/db", nil, "NOPE", "SECRET_NOT_FOUND"),
                (
                    "app/db", nil, "99999999-9999-9999-9999-999999999999",
                    "SECRET_NOT_FOUND: the secret has no value of that version"
                ), ("raw", nil, nil, "PROVIDER_CONFIG_INVALID: the secret is binary"),
                ("app/%20", nil, nil, "INVALID_SECRET_URI"),
            ]
            for (path, field, version, words) in wanted {
                let found = try await scene.read(provider, path, field: field, version: version)
                #expect(found.hasPrefix(words), "\(path): \(found)")
            }
            #expect(scene.aws.count("GetSecretValue") == wanted.count - 1)
            await provider.dispose()
        }
    }

    @Test("a request is the one that the SDK of AWS makes, without what it says of itself")
    func request() async throws {
        try await AWSScene.run { scene in
            scene.aws.put("app/db", string: "x")
            let provider = try scene.provider()
            _ = try await scene.read(provider, "app/db")
            let request = try #require(scene.aws.requests.last)
            #expect(request.method == "POST" && request.target == "/")
            #expect(request.header("x-amz-target") == "secretsmanager.GetSecretValue")
            #expect(request.header("content-type") == "application/x-amz-json-1.1")
            #expect(request.header("x-amz-date") == "20261123T182156Z")
            #expect(request.header("x-amz-security-token") == nil)
            #expect(
                request.header("authorization")?
                    .hasPrefix(
                        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261123/us-east-1/secretsmanager/aws4_request, "
                            + "SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature="
                    ) == true
            )
            #expect(try JSONReader.parse(request.body) == ["SecretId": "app/db"])
            let names = Set(request.headers.map { $0.name.lowercased() })
            #expect(
                names.isSubset(of: [
                    "host", "content-type", "content-length", "x-amz-target", "x-amz-date", "authorization",
                    "user-agent",
                    "accept-encoding", "connection",
                ]),
                "\(names)"
            )
            await provider.dispose()
        }
    }

    @Test("every reading is signed, and a service that finds the signature wrong is believed")
    func signatures() async throws {
        try await AWSScene.run { scene in
            scene.aws.put("app/db", string: "x")
            for (auth, words) in [
                (["secretAccessKey": .string("another/key+of-the-same-length-000000000")], "PROVIDER_AUTH_FAILED"),
                (["accessKeyId": .string("AKIDUNKNOWN")], "PROVIDER_AUTH_FAILED"),
                (["sessionToken": .string("none-is-wanted")], "PROVIDER_AUTH_FAILED"),
            ] as [([String: ConfigNode.Value], String)] {
                let provider = try scene.provider(AWSScene.accessKey.merging(auth) { $1 })
                let started = await scene.start(provider)
                #expect(started?.hasPrefix(words) == true, "\(started ?? "")")
                #expect(try await scene.read(provider, "app/db").hasPrefix(words))
                await provider.dispose()
            }
            // Of another region: its scope is wrong, whatever the key is.
            let provider = try scene.provider(region: "eu-west-1")
            #expect(try await scene.read(provider, "app/db").hasPrefix("PROVIDER_AUTH_FAILED"))
            await provider.dispose()
            #expect(!scene.log.lines.contains { $0.contains(AWSScene.secretKey) || $0.contains("Signature=") })
        }
    }

    @Test("permissions and keys of encryption are told apart")
    func permissions() async throws {
        try await AWSScene.run { scene in
            for name in ["a", "b", "c"] { scene.aws.put(name, string: "x") }
            scene.aws.denyKMS("b")
            scene.aws.breakKMS("c")
            let provider = try scene.provider()
            #expect(
                try await scene.read(provider, "b")
                    .hasPrefix("PROVIDER_PERMISSION_DENIED: the configured access key may not use the KMS key")
            )
            #expect(try await scene.read(provider, "c").hasPrefix("PROVIDER_INTERNAL_ERROR: the KMS key"))
            scene.aws.deny("secretsmanager:GetSecretValue")
            let denied = try await scene.read(provider, "a")
            #expect(denied.hasPrefix("PROVIDER_PERMISSION_DENIED: the configured access key may not"), "\(denied)")
            #expect(denied.contains("secretsmanager:GetSecretValue") && !denied.contains("arn:"))
            await provider.dispose()
        }
    }

    static let faults: [(fault: AWSDouble.Fault, words: String)] = [
        (.throttling(retryAfter: nil), "PROVIDER_RATE_LIMITED: AWS asks to slow down"),
        (.throttling(retryAfter: 7), "PROVIDER_RATE_LIMITED: AWS asks to slow down"),
        (.tooManyRequests429(retryAfter: nil), "PROVIDER_RATE_LIMITED"),
        (.internalServiceError, "PROVIDER_UNAVAILABLE"),
        (.serviceUnavailable503HTML, "PROVIDER_UNAVAILABLE"), (.closeConnection, "PROVIDER_UNAVAILABLE"),
        (.truncated, "PROVIDER_UNAVAILABLE"), (.html200(canary: "CANARY"), "PROVIDER_INTERNAL_ERROR"),
        (.huge, "PROVIDER_INTERNAL_ERROR"), (.garbage, "PROVIDER_INTERNAL_ERROR"),
        (
            .error(name: "IncompleteSignatureException", message: "CANARY Authorization=AWS4", status: 400),
            "PROVIDER_AUTH_FAILED"
        ), (.error(name: "NewException", message: "CANARY", status: 400), "PROVIDER_INTERNAL_ERROR"),
    ]

    @Test("failures of the service are told by what they are, without its words", arguments: faults)
    func failures(fault: AWSDouble.Fault, words: String) async throws {
        try await AWSScene.run { scene in
            scene.aws.put("app/db", string: "x")
            let provider = try scene.provider()
            scene.aws.set(fault, action: "GetSecretValue")
            let found = try await scene.read(provider, "app/db")
            #expect(found.hasPrefix(words), "\(found)")
            #expect(!found.contains("CANARY"))
            #expect(!scene.log.lines.contains { $0.contains("CANARY") })
            scene.aws.clearFaults()
            scene.pass(.seconds(61))
            #expect(try await scene.read(provider, "app/db") == "x")
            await provider.dispose()
        }
    }

    @Test(
        "a clock that is off is corrected by what AWS says, once, and stays so",
        arguments: [-3600, -301, 301, 86_400]
    )
    func clock(seconds: Int) async throws {
        try await AWSScene.run { scene in
            scene.aws.put("app/db", string: "x")
            let provider = try scene.provider()
            scene.aws.skew = .seconds(seconds)
            #expect(await scene.start(provider) == nil)
            let requests = scene.aws.requests.count
            #expect(requests == 2)
            #expect(try await scene.read(provider, "app/db") == "x")
            #expect(scene.aws.requests.count == requests + 1)
            let health = await provider.healthCheck()
            #expect(health.healthy && health.notice?.contains(seconds > 0 ? "behind" : "ahead") == true)
            scene.aws.skew = .zero
            #expect(try await scene.read(provider, "app/db") == "x")
            #expect(await provider.healthCheck() == .healthy)
            // One that cannot be corrected ends after one more request.
            scene.aws.set(.error(name: "RequestExpired", message: "", status: 400))
            scene.aws.clearRequests()
            #expect(try await scene.read(provider, "app/db").hasPrefix("PROVIDER_AUTH_FAILED"))
            #expect(scene.aws.requests.count <= 4)
            await provider.dispose()
        }
    }

    @Test("health asks who we are, and the check of permissions reads no value")
    func health() async throws {
        try await AWSScene.run { scene in
            scene.aws.put("app/db", string: "x")
            let provider = try scene.provider()
            #expect(await provider.healthCheck() == .healthy)
            #expect(scene.aws.count("GetCallerIdentity") == 1)
            #expect(try await provider.probe(try SecretReference(path: "app/db")) == true)
            #expect(try await provider.probe(try SecretReference(path: "app/db", version: "AWSPREVIOUS")) == false)
            let id = try #require(scene.aws.versionID(of: "app/db", stage: "AWSCURRENT"))
            #expect(try await provider.probe(try SecretReference(path: "app/db", version: id)) == true)
            #expect(try await provider.probe(try SecretReference(path: "nope")) == false)
            scene.aws.put("gone", string: "x")
            scene.aws.delete("gone")
            #expect(try await provider.probe(try SecretReference(path: "gone")) == false)
            scene.aws.deny("secretsmanager:DescribeSecret")
            let error = await #expect(throws: SecretError.self) {
                try await provider.probe(try SecretReference(path: "app/db"))
            }
            #expect(error?.code == .providerPermissionDenied)
            #expect(error?.detail.contains("secretsmanager:DescribeSecret") == true)
            #expect(scene.aws.count("GetSecretValue") == 0)
            scene.aws.removeKey(id: AWSScene.keyID)
            let health = await provider.healthCheck()
            #expect(!health.healthy && health.error?.contains("refused") == true)
            await provider.dispose()
        }
    }
}
