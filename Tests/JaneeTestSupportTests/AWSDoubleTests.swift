import JaneeJSON
import JaneeTestSupport
import Testing

@Suite("The double of AWS checks what it is sent")
struct AWSDoubleTests {
    /// 2026-02-12 14:25:00 UTC.
    private static let time = Duration.seconds(1_770_906_300)
    private static let id = "AKIDEXAMPLE"
    private static let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    private static let body = #"{"SecretId":"prod/payment/stripe"}"#

    private func double(skew: Duration = .zero, token: String? = nil, expires: Duration? = nil) -> AWSDouble {
        let double = AWSDouble { Self.time }
        double.skew = skew
        double.addKey(id: Self.id, secret: Self.secret, token: token, expires: expires)
        double.put("prod/payment/stripe", string: "hunter2")
        return double
    }

    private func request(token: String? = nil) -> DoubleRequest {
        AWSDouble.signedRequest(
            target: "secretsmanager.GetSecretValue",
            body: Array(Self.body.utf8),
            id: Self.id,
            secret: Self.secret,
            token: token,
            at: Self.time
        )
    }

    /// The name of the error in an answer; nil for a success.
    private func error(_ answer: DoubleAnswer) -> String? {
        if answer.status == 200 { return nil }
        return (try? JSONReader.parse(answer.body))?["__type"]?.stringValue
            ?? answer.text.firstMatch(of: /<Code>(\w+)</).map { String($0.1) } ?? "status \(answer.status)"
    }

    @Test("the signatures of AWS's own tools are accepted, which nothing of ours has made")
    func goldenVectors() {
        for (token, signature) in [
            (nil, "b659c9c381f7f94ff6d3be4f199377e66fa14b25d99c815ac0e21038aac6f334"),
            ("SESSIONTOKEN", "6f706fee28930bd9445a863f0d3f3f0200a2cfe6f569ab3a99b538fc66c1820b"),
        ] as [(String?, String)] {
            let names = "content-type;host;x-amz-date\(token == nil ? "" : ";x-amz-security-token");x-amz-target"
            var headers: [(name: String, value: String)] = [
                ("host", "secretsmanager.us-east-1.amazonaws.com"), ("content-type", "application/x-amz-json-1.1"),
                ("x-amz-target", "secretsmanager.GetSecretValue"), ("x-amz-date", "20260212T142500Z"),
                (
                    "authorization",
                    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260212/us-east-1/secretsmanager/aws4_request, "
                        + "SignedHeaders=\(names), Signature=\(signature)"
                ),
            ]
            if let token { headers.append(("x-amz-security-token", token)) }
            let request = DoubleRequest(method: "POST", target: "/", headers: headers, body: Array(Self.body.utf8))
            #expect(error(double(token: token).answer(request)) == nil)
        }
    }

    /// Changes of a signed request, and what it is refused with then.
    static let changes: [(name: String, change: @Sendable (inout DoubleRequest) -> Void, error: String)] = [
        ("no signature", { $0.remove("Authorization") }, "MissingAuthenticationTokenException"),
        ("no date", { $0.remove("X-Amz-Date") }, "IncompleteSignatureException"),
        (
            "half a signature", { $0.set("Authorization", "AWS4-HMAC-SHA256 Credential=x") },
            "IncompleteSignatureException"
        ),
        ("another body", { $0.body = Array(#"{"SecretId":"prod/payment/stripE"}"#.utf8) }, "InvalidSignatureException"),
        ("another action", { $0.set("X-Amz-Target", "secretsmanager.DescribeSecret") }, "InvalidSignatureException"),
        ("another host", { $0.set("Host", "127.0.0.1") }, "InvalidSignatureException"),
        ("another path", { $0.target = "/x" }, "InvalidSignatureException"),
        ("a query", { $0.target = "/?x=y" }, "InvalidSignatureException"),
        (
            "a token that is not signed", { $0.headers.append(("X-Amz-Security-Token", "x")) },
            "UnrecognizedClientException"
        ),
        ("another date", { $0.set("X-Amz-Date", "20260212T142501Z") }, "InvalidSignatureException"),
        ("another key", { $0.replace("AKIDEXAMPLE", "AKIDANOTHER") }, "UnrecognizedClientException"),
        (
            "another region", { $0.replace("us-east-1/secretsmanager", "eu-west-1/secretsmanager") },
            "InvalidSignatureException"
        ),
        ("another service", { $0.replace("/secretsmanager/", "/sts/") }, "InvalidSignatureException"),
        ("another day", { $0.replace("/20260212/", "/20260213/") }, "InvalidSignatureException"),
        ("a header less", { $0.replace(";x-amz-target,", ",") }, "InvalidSignatureException"),
    ]

    @Test("whatever is changed about a signed request, it is refused")
    func refusals() {
        #expect(error(double().answer(request())) == nil)
        for (name, change, wanted) in Self.changes {
            var changed = request()
            change(&changed)
            #expect(error(double().answer(changed)) == wanted, "\(name)")
        }
    }

    @Test(
        "a clock may be five minutes off, not more",
        arguments: [(-301, true), (-300, false), (300, false), (301, true)]
    )
    func clock(seconds: Int, isRefused: Bool) {
        let answer = double(skew: .seconds(seconds)).answer(request())
        #expect(error(answer) == (isRefused ? "InvalidSignatureException" : nil))
        if isRefused {
            #expect(answer.text.contains(seconds > 0 ? "Signature expired: " : "Signature not yet current: "))
        }
        #expect(answer.header("date")?.hasPrefix("Thu, 12 Feb 2026 14:") == true)
    }

    @Test("temporary keys need their token, and end")
    func tokens() {
        #expect(error(double(token: "t").answer(request(token: "t"))) == nil)
        #expect(error(double(token: "t").answer(request())) == "UnrecognizedClientException")
        #expect(error(double(token: "t").answer(request(token: "u"))) == "UnrecognizedClientException")
        #expect(error(double(token: "t", expires: Self.time).answer(request(token: "t"))) == "ExpiredTokenException")
        let ended = double(token: "t", expires: Self.time + .seconds(1))
        #expect(error(ended.answer(request(token: "t"))) == nil)
        ended.expireSessions()
        #expect(error(ended.answer(request(token: "t"))) == "ExpiredTokenException")
    }

    @Test("errors come in all the spellings that AWS has")
    func styles() {
        let double = double()
        for style in AWSDouble.ErrorStyle.allCases {
            double.errorStyle = style
            double.deny("secretsmanager:GetSecretValue")
            let answer = double.answer(request())
            #expect(answer.status == 400)
            #expect((answer.header("x-amzn-errortype") ?? answer.text).contains("AccessDeniedException"))
        }
    }

    @Test("the metadata service gives nothing without a session token, which ends")
    func instance() {
        let now = Locked(Duration.seconds(1000))
        let double = InstanceMetadataDouble { now.withLock { $0 } }
        double.issue("ASIA", secret: "s", token: "t", expires: .seconds(4600))
        let path = "/latest/meta-data/iam/security-credentials/"
        let get = { (token: String?) in
            double.answer(
                DoubleRequest(
                    method: "GET",
                    target: path,
                    headers: token.map { [("X-aws-ec2-metadata-token", $0)] } ?? []
                )
            )
        }
        let put = { (seconds: String?) in
            double.answer(
                DoubleRequest(
                    method: "PUT",
                    target: "/latest/api/token",
                    headers: seconds.map { [("X-aws-ec2-metadata-token-ttl-seconds", $0)] } ?? []
                )
            )
        }
        #expect(get(nil).status == 401 && get("x").status == 401)
        for seconds in [nil, "0", "21601", "x"] { #expect(put(seconds).status == 400) }
        let token = put("60").text
        #expect(get(token).text == "app-role")
        now.withLock { $0 += .seconds(60) }
        #expect(get(token).status == 401)
    }
}

extension DoubleRequest {
    fileprivate mutating func remove(_ name: String) {
        headers.removeAll { $0.name == name }
    }

    fileprivate mutating func set(_ name: String, _ value: String) {
        remove(name)
        headers.append((name, value))
    }

    /// Replaces a text in the header with the signature.
    fileprivate mutating func replace(_ old: String, _ new: String) {
        set("Authorization", (header("authorization") ?? "").replacing(old, with: new))
    }
}
