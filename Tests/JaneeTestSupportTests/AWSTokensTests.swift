import JaneeJSON
import JaneeTestSupport
import Testing

@Suite("STS of the double of AWS")
struct AWSTokensTests {
    private let caller = AWSCaller()
    private var aws: AWSDouble { caller.aws }
    private let assume = "AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fapp&RoleSessionName=s1"
    private let trade =
        "AssumeRoleWithWebIdentity&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fapp&RoleSessionName=s1"

    @Test("a signature made by botocore is accepted, and says who made it")
    func identity() {
        let signature = "7ff30b85c156fbc1aac5b97fa12247db39b3695ab483a41bb992c20c9b14cd2f"
        let request = DoubleRequest(
            method: "POST",
            target: "/",
            headers: [
                ("host", "sts.us-east-1.amazonaws.com"), ("x-amz-date", "20260212T142500Z"),
                ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
                ("X-Vault-AWS-IAM-Server-ID", "vault.example.com"),
                (
                    "authorization",
                    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260212/us-east-1/sts/aws4_request, "
                        + "SignedHeaders=content-type;host;x-amz-date;x-vault-aws-iam-server-id, Signature=\(signature)"
                ),
            ],
            body: Array("Action=GetCallerIdentity&Version=2011-06-15".utf8)
        )
        let answer = aws.answer(request)
        #expect(answer.element("Arn") == "arn:aws:iam::123456789012:user/app")
        #expect(answer.element("Account") == "123456789012" && answer.element("UserId") != nil)
        #expect(answer.header("content-type") == "text/xml" && answer.header("x-amzn-requestid") != nil)
    }

    @Test("a role's keys work until they end, and belong to the role")
    func assumeRole() throws {
        aws.put("app/db", string: "x")
        aws.addRole(arn: AWSCaller.role, lifetime: .seconds(900))
        let answer = caller.askSTS(assume)
        #expect(answer.element("Expiration") == "2026-02-12T14:40:00Z")
        #expect(answer.element("AssumedRoleId")?.hasSuffix(":s1") == true)
        #expect(answer.element("AccessKeyId")?.hasPrefix("ASIA") == true)
        #expect(answer.element("SecretAccessKey")?.contains { "/+".contains($0) } == true)
        #expect(answer.element("SessionToken")?.hasSuffix("==") == true)
        let role = try #require(AWSCaller(caller, keysOf: answer))
        #expect(role.read("app/db").status == 200)
        #expect(role.askSTS("GetCallerIdentity").element("Arn") == "arn:aws:sts::123456789012:assumed-role/app/s1")
        caller.time.withLock { $0 += .seconds(899) }
        #expect(role.read("app/db").status == 200)
        caller.time.withLock { $0 += .seconds(1) }
        #expect(role.read("app/db").awsError == "400 ExpiredTokenException")
        #expect(role.askSTS("GetCallerIdentity").awsError == "403 ExpiredToken")
    }

    @Test("who may assume a role is up to the role")
    func trust() throws {
        #expect(caller.askSTS(assume).awsError == "403 AccessDenied")
        #expect(
            caller.askSTS(assume).awsMessage
                == "User: arn:aws:iam::123456789012:user/app is not authorized to perform: sts:AssumeRole on resource: \(AWSCaller.role)"
        )
        aws.addRole(arn: AWSCaller.role, externalID: "ext-1")
        #expect(caller.askSTS(assume).awsError == "403 AccessDenied")
        #expect(caller.askSTS(assume + "&ExternalId=ext-2").awsError == "403 AccessDenied")
        #expect(caller.askSTS(assume + "&ExternalId=ext-1").status == 200)

        aws.addRole(arn: AWSCaller.role)
        aws.addRole(arn: "\(AWSCaller.role)2", trusts: "arn:aws:sts::123456789012:assumed-role/app/")
        let second = assume.replacing("role%2Fapp", with: "role%2Fapp2")
        #expect(caller.askSTS(second).awsError == "403 AccessDenied")
        let first = try #require(AWSCaller(caller, keysOf: caller.askSTS(assume)))
        #expect(first.askSTS(second).element("Arn") == "arn:aws:sts::123456789012:assumed-role/app2/s1")
    }

    static let fields = [
        ("RoleSessionName=s", false), ("RoleSessionName=a%20b", false), ("RoleSessionName=a%2Fb", false), ("", false),
        ("RoleSessionName=\(String(repeating: "a", count: 65))", false),
        ("RoleSessionName=\(String(repeating: "a", count: 64))", true), ("RoleSessionName=_%2B%3D%2C.%40-", true),
        ("RoleSessionName=s1&DurationSeconds=899", false), ("RoleSessionName=s1&DurationSeconds=43201", false),
        ("RoleSessionName=s1&DurationSeconds=900", true), ("RoleSessionName=s1&DurationSeconds=x", false),
    ]

    @Test("names of sessions and their length have bounds", arguments: fields)
    func bounds(fields: String, isAccepted: Bool) {
        aws.addRole(arn: AWSCaller.role)
        let answer = caller.askSTS(assume.replacing("RoleSessionName=s1", with: fields))
        #expect(answer.awsError == (isAccepted ? nil : "400 ValidationError"))
    }

    @Test("a web identity needs no signature but its token, which ends")
    func webIdentity() throws {
        aws.addRole(arn: AWSCaller.role)
        #expect(caller.askSTSUnsigned(trade + "&WebIdentityToken=t").awsError == "400 InvalidIdentityToken")
        aws.expectWebIdentity(token: "a.b+c", expires: AWSCaller.start + .seconds(60))
        #expect(caller.askSTSUnsigned(trade).awsError == "400 InvalidIdentityToken")
        #expect(caller.askSTSUnsigned(trade + "&WebIdentityToken=a.b").awsError == "400 InvalidIdentityToken")
        let keys = try #require(
            AWSCaller(caller, keysOf: caller.askSTSUnsigned(trade + "&WebIdentityToken=a.b%2Bc"))
        )
        #expect(keys.askSTS("GetCallerIdentity").status == 200)
        let unknown = caller.askSTSUnsigned(
            trade.replacing("role%2Fapp", with: "role%2Fx") + "&WebIdentityToken=a.b%2Bc"
        )
        #expect(unknown.awsError == "403 AccessDenied")
        #expect(unknown.awsMessage == "Not authorized to perform sts:AssumeRoleWithWebIdentity")
        caller.time.withLock { $0 += .seconds(60) }
        let late = caller.askSTSUnsigned(trade + "&WebIdentityToken=a.b%2Bc")
        #expect(late.awsError == "400 ExpiredTokenException" && late.awsMessage.hasPrefix("Token expired: "))
    }

    @Test("errors of signatures have STS's names")
    func signatures() {
        #expect(caller.askSTSUnsigned("GetCallerIdentity").awsError == "403 MissingAuthenticationToken")
        var request = caller.signedForm("GetCallerIdentity")
        request.body.append(UInt8(ascii: "&"))
        #expect(aws.answer(request).awsError == "403 SignatureDoesNotMatch")
        aws.skew = .seconds(600)
        let late = aws.answer(caller.signedForm("GetCallerIdentity"))
        #expect(late.awsError == "403 SignatureDoesNotMatch")
        #expect(
            late.awsMessage
                == "Signature expired: 20260212T142500Z is now earlier than 20260212T143000Z (20260212T143500Z - 5 min.)"
        )
        aws.skew = .zero
        aws.removeKey(id: "AKIDEXAMPLE")
        #expect(caller.askSTS("GetCallerIdentity").awsError == "403 InvalidClientTokenId")
        var malformed = caller.signedForm("GetCallerIdentity")
        malformed.headers.removeAll { $0.name == "Authorization" }
        malformed.headers.append(("Authorization", "AWS4-HMAC-SHA256 canary"))
        let refused = aws.answer(malformed)
        #expect(refused.awsError == "400 IncompleteSignature" && refused.awsMessage.contains("canary"))
    }
}
