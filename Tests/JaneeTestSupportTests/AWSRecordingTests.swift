import JaneeJSON
import JaneeTestSupport
import Testing

@Suite("The doubles of AWS against what its SDK was recorded to send")
struct AWSRecordingTests {
    /// 2026-11-23 18:23:34 UTC, when the recording was made.
    private static let time = Duration.seconds(1_795_458_214)
    private static let tokenHeader = "x-aws-ec2-metadata-token"

    private func instance() -> InstanceMetadataDouble {
        let double = InstanceMetadataDouble { Self.time }
        double.issue("ASIAFIRST", secret: "s/1+", token: "t/1+==", expires: Self.time + .seconds(3600))
        return double
    }

    /// Sends requests again, with the session token of ours where there was that of the other.
    private func replay(_ requests: [DoubleRequest], to double: some HTTPDouble) -> [DoubleAnswer] {
        var token: String?
        return requests.map { request in
            var request = request
            if request.header(Self.tokenHeader) != nil, let token {
                request.headers.removeAll { $0.name == Self.tokenHeader }
                request.headers.append((Self.tokenHeader, token))
            }
            let answer = double.answer(request)
            if request.method == "PUT" { token = answer.text }
            return answer
        }
    }

    static let courses: [(title: String, change: @Sendable (InstanceMetadataDouble) -> Void, statuses: [Int])] = [
        ("IMDSv2", { _ in }, [200, 200, 200]),
        // The first version of the service is asked then, which gives nothing.
        (
            "IMDS, token endpoint 404 (IMDSv1 only): falls back to v1",
            { $0.set(.status(404), onlyTokens: true) }, [404, 401, 401]
        ),
        ("IMDS, token endpoint 403", { $0.set(.status(403), onlyTokens: true) }, [403, 401]),
        ("IMDS, no role on the instance", { $0.role = nil }, [200, 404]),
        ("IMDS, Code != Success", { $0.code = "AssumeRoleUnauthorizedAccess" }, [200, 200, 200]),
        (
            "IMDS, expired credentials served (static stability)",
            { $0.issue("ASIAOLD", secret: "s", token: "t", expires: time - .seconds(60)) }, [200, 200, 200]
        ),
    ]

    @Test("the metadata service of an instance", arguments: courses)
    func instance(
        title: String,
        change: @Sendable (InstanceMetadataDouble) -> Void,
        statuses: [Int]
    ) throws {
        let double = instance()
        change(double)
        let answers = replay(try AWSRecordedRequest.below(title, part: "-- metadata endpoint:"), to: double)
        try #require(answers.map(\.status) == statuses)
        guard statuses.last == 200, let keys = answers.last?.json else { return }
        #expect(answers[1].text == "app-role" && answers[1].header("content-type") == "text/plain")
        #expect(keys["Code"]?.stringValue == double.code && keys["Type"] == "AWS-HMAC")
        let isOld = title.contains("expired")
        #expect((keys["AccessKeyId"] != nil) == (double.code == "Success"))
        #expect(
            keys["Expiration"]
                == (keys["AccessKeyId"].map { _ in isOld ? "2026-11-23T18:22:34Z" : "2026-11-23T19:23:34Z" })
        )
    }

    @Test(
        "what offers credentials to containers",
        arguments: [
            ("ECS full URI + token env", "/ecs/creds", "ecs-token-1"),
            ("EKS pod identity: full URI + token file", "/v1/credentials", "eks-token-1"),
            ("ECS full URI, wrong token", "/ecs/creds", nil),
        ]
    )
    func container(title: String, path: String, token: String?) throws {
        let double = ContainerCredentialsDouble()
        (double.path, double.authorization) = (path, token ?? "another")
        double.issue("ASIAFIRST", secret: "s/1+", token: "t/1+==", expires: Self.time + .seconds(3600))
        let answers = replay(try AWSRecordedRequest.below(title, part: "-- metadata endpoint:"), to: double)
        if token == nil {
            #expect(answers.map(\.status) == [403, 403, 403])
            // The SDK prints the answer that it had.
            let printed = try AWSRecordedRequest.section(title, "-- secrets manager:")
            for answer in answers { #expect(printed.contains(": \(answer.text)\n")) }
        } else {
            #expect(
                answers.map(\.json) == [
                    [
                        "AccessKeyId": "ASIAFIRST", "SecretAccessKey": "s/1+", "Token": "t/1+==",
                        "Expiration": "2026-11-23T19:23:34Z", "RoleArn": "arn:aws:iam::123456789012:role/app",
                    ]
                ]
            )
        }
    }

    @Test("requests with keys that the recording has are verified, port and token and all, byte for byte")
    func signed() throws {
        let double = AWSDouble { Self.time }
        double.addKey(id: "ASIAWEB0001", secret: "websecret", token: "websess")
        double.put("app/db", string: #"{"a":"b"}"#)
        let titles = [
            "web identity (AWS_ROLE_ARN + AWS_WEB_IDENTITY_TOKEN_FILE), session name env set",
            "web identity, no session name", "AssumeRole through a profile (source_profile)",
        ]
        for title in titles {
            var request = try #require(try AWSRecordedRequest.below(title).first)
            let answer = double.answer(request)
            #expect(answer.json["SecretString"] == #"{"a":"b"}"#, "\(title)")
            // The answer that the SDK had has the same members.
            let recorded = try JSONReader.parse(
                String(try #require(try AWSRecordedRequest.section(title).firstMatch(of: /<- 200 \{.*?\} (\{.*)/)).1)
            )
            #expect(Set(recorded.objectValue?.map(\.0) ?? []) == Set(answer.json.objectValue?.map(\.0) ?? []))
            request.body.append(UInt8(ascii: " "))
            #expect(double.answer(request).awsError == "400 InvalidSignatureException", "\(title)")
        }
    }

    @Test("the worked examples of botocore are accepted", arguments: [nil, "sess/+=tok"])
    func workedExamples(token: String?) throws {
        let double = AWSDouble { .seconds(1_767_323_045) }
        double.addKey(id: "AKIDEXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token: token)
        double.put("app/db", string: "x")
        let section = try AWSRecordedRequest.section("SigV4 worked example (same inputs, for a unit test)")
        let example = try #require(section.split(separator: "\ntoken=").first { $0.hasPrefix("\(token ?? "None")\n") })
        let head = example.prefix(upTo: try #require(example.firstRange(of: "canonical request:")).lowerBound)
        let headers = head.matches(of: /\n\ {4}([A-Za-z-]+): (.*)/).map { (name: String($0.1), value: String($0.2)) }
        let request = DoubleRequest(
            method: "POST",
            target: "/",
            headers: headers + [("Host", "secretsmanager.us-east-1.amazonaws.com")],
            body: Array(#"{"SecretId": "app/db"}"#.utf8)
        )
        #expect(double.answer(request).awsError == nil)
    }

    @Test("a web identity and a role are traded as they were, and the answers have the same elements")
    func tokens() throws {
        let caller = AWSCaller()
        caller.aws.addRole(arn: AWSCaller.role, externalID: "ext-1")
        let title = "web identity (AWS_ROLE_ARN + AWS_WEB_IDENTITY_TOKEN_FILE), session name env set"
        let identity = try #require(try AWSRecordedRequest.below(title, part: "-- the STS side of it:").first)
        let token = try #require(identity.body.text.firstMatch(of: /WebIdentityToken=(.*)$/)?.1)
        caller.aws.expectWebIdentity(token: String(token))
        let profile = "AssumeRole through a profile (source_profile)"
        let assume = try #require(try AWSRecordedRequest.below(profile, part: "-- STS:").first)
        let fields = assume.body.text.replacing("Action=", with: "").replacing("&Version=2011-06-15", with: "")
        for (answer, action) in [
            (caller.aws.answer(identity), "AssumeRoleWithWebIdentity"), (caller.askSTS(fields), "AssumeRole"),
        ] {
            #expect(
                answer.status == 200 && answer.text.hasPrefix("<\(action)Response xmlns=\"https://sts.amazonaws.com")
            )
            for name in ["AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"] {
                #expect(answer.element(name) != nil, "\(action) \(name)")
            }
        }
        // With keys that nobody knows, the recorded request is refused.
        #expect(caller.aws.answer(assume).awsError == "403 InvalidClientTokenId")
    }
}

extension [UInt8] {
    fileprivate var text: String { String(decoding: self, as: UTF8.self) }
}
