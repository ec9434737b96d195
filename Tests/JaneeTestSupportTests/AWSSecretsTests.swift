import JaneeJSON
import JaneeTestSupport
import Testing

@Suite("Secrets of the double of AWS")
struct AWSSecretsTests {
    private let caller = AWSCaller()
    private var aws: AWSDouble { caller.aws }

    @Test("a secret is found by its name, its ARN, and its ARN without the end")
    func identifiers() {
        aws.put("app/db", string: "x", id: "11111111-1111-1111-1111-111111111111")
        let arn = aws.arn(of: "app/db")
        #expect(arn.wholeMatch(of: /arn:aws:secretsmanager:us-east-1:123456789012:secret:app\/db-\w{6}/) != nil)
        for id in ["app/db", arn, String(arn.dropLast(7))] {
            #expect(
                caller.read(id).json == [
                    "ARN": .string(arn), "Name": "app/db", "VersionId": "11111111-1111-1111-1111-111111111111",
                    "SecretString": "x", "VersionStages": ["AWSCURRENT"], "CreatedDate": 1_523_477_145,
                ],
                "\(id)"
            )
        }
        for id in ["app", "app/d", String(arn.dropLast()), arn.replacing("us-east-1", with: "eu-west-1")] {
            #expect(caller.read(id).awsError == "400 ResourceNotFoundException", "\(id)")
        }
    }

    @Test("binary comes as Base64, and not as a string")
    func binary() {
        aws.put("app/bin", binary: Array(0...15))
        let json = caller.read("app/bin").json
        #expect(json["SecretBinary"] == "AAECAwQFBgcICQoLDA0ODw==" && json["SecretString"] == nil)
    }

    @Test("versions have their stages, and pass them on")
    func versions() throws {
        aws.put("app/db", string: "1")
        let first = try #require(aws.versionID(of: "app/db", stage: "AWSCURRENT"))
        aws.put("app/db", string: "2")
        aws.putPending("app/db", string: "3")
        for (stage, text) in [("AWSPREVIOUS", "1"), ("AWSCURRENT", "2"), ("AWSPENDING", "3")] {
            #expect(caller.read("app/db", ["VersionStage": .string(stage)]).json["SecretString"] == .string(text))
        }
        #expect(caller.read("app/db").json["SecretString"] == "2")
        #expect(caller.read("app/db", ["VersionId": .string(first)]).json["SecretString"] == "1")
        aws.put("app/db", string: "4")
        let unstaged = caller.read("app/db", ["VersionId": .string(first)]).json
        #expect(unstaged["SecretString"] == "1" && unstaged["VersionStages"] == [])
        #expect(
            caller.ask("DescribeSecret", ["SecretId": "app/db"]).json["VersionIdsToStages"]?.objectValue?.count == 3
        )
    }

    @Test("what has no value says why, in AWS's words")
    func absences() {
        aws.put("app/db", string: "1", id: "11111111-1111-1111-1111-111111111111")
        aws.put("app/db", string: "2")
        aws.create("app/empty")
        aws.put("app/gone", string: "x")
        aws.delete("app/gone")
        let unknown = "99999999-9999-9999-9999-999999999999"
        let expected: [(DoubleAnswer, String, String)] = [
            (caller.read("app/nope"), "ResourceNotFound", "Secrets Manager can't find the specified secret."),
            (
                caller.read("app/empty"), "ResourceNotFound",
                "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"
            ),
            (
                caller.read("app/db", ["VersionId": .string(unknown)]), "ResourceNotFound",
                "Secrets Manager can't find the specified secret value for VersionId: \(unknown)"
            ),
            (
                caller.read("app/gone"), "InvalidRequest",
                "You can't perform this operation on the secret because it was marked for deletion."
            ),
            (
                caller.read(
                    "app/db",
                    ["VersionId": "11111111-1111-1111-1111-111111111111", "VersionStage": "AWSCURRENT"]
                ),
                "InvalidRequest", "You provided a VersionStage that is not associated to the provided VersionId."
            ),
        ]
        for (answer, name, message) in expected {
            #expect(answer.awsError == "400 \(name)Exception" && answer.awsMessage == message)
        }
        #expect(caller.read("").awsError == "400 ValidationException")
        #expect(caller.ask("NoSuchOp", [:]).awsError == "400 UnknownOperationException")
        #expect(caller.ask("DescribeSecret", ["SecretId": "app/gone"]).json["DeletedDate"] != nil)
    }

    @Test("what is forbidden is refused, until it is allowed")
    func permissions() {
        aws.put("app/db", string: "x")
        for action in ["GetSecretValue", "DescribeSecret"] {
            aws.deny("secretsmanager:\(action)")
            let answer = caller.ask(action, ["SecretId": "app/db"])
            #expect(answer.awsError == "400 AccessDeniedException")
            #expect(
                answer.awsMessage
                    == "User: arn:aws:iam::123456789012:user/app is not authorized to perform: secretsmanager:\(action) on resource: app/db because no identity-based policy allows the secretsmanager:\(action) action"
            )
            aws.allow("secretsmanager:\(action)")
            #expect(caller.ask(action, ["SecretId": "app/db"]).status == 200)
        }
        aws.put("app/other", string: "x")
        aws.denyKMS("app/db")
        aws.breakKMS("app/other")
        #expect(caller.read("app/db").awsMessage == "Access to KMS is not allowed")
        #expect(caller.read("app/other").awsError == "400 DecryptionFailure")
        #expect(caller.ask("DescribeSecret", ["SecretId": "app/db"]).status == 200)
    }

    @Test("of several secrets each has a value or an error")
    func batch() {
        for name in ["a", "b", "c", "d"] { aws.put(name, string: name) }
        aws.delete("b")
        aws.denyKMS("c")
        let json = caller.ask("BatchGetSecretValue", ["SecretIdList": ["a", "b", "c", "nope", "d"]]).json
        #expect(json["SecretValues"]?.arrayValue?.map { $0["SecretString"] } == ["a", "d"])
        #expect(
            json["Errors"]?.arrayValue?.map { [$0["SecretId"], $0["ErrorCode"]] } == [
                ["b", "InvalidRequestException"], ["c", "AccessDeniedException"],
                ["nope", "ResourceNotFoundException"],
            ]
        )
        aws.deny("secretsmanager:GetSecretValue")
        let denied = caller.ask("BatchGetSecretValue", ["SecretIdList": ["a"]])
        #expect(denied.status == 200 && denied.json["Errors"]?.arrayValue?.count == 1)
        aws.deny("secretsmanager:BatchGetSecretValue")
        #expect(
            caller.ask("BatchGetSecretValue", ["SecretIdList": ["a"]]).awsError == "400 AccessDeniedException"
        )
    }

    @Test("twenty secrets at once, not more, and none twice", arguments: [(0, false), (20, true), (21, false)])
    func batchLimit(count: Int, isAccepted: Bool) {
        let ids = (0..<count).map { JSONValue.string("s\($0)") }
        let answer = caller.ask("BatchGetSecretValue", ["SecretIdList": .array(ids)])
        #expect(answer.awsError == (isAccepted ? nil : "400 ValidationException"))
        let twice = caller.ask("BatchGetSecretValue", ["SecretIdList": ["a", "a"]])
        #expect(twice.awsError == "400 ValidationException")
    }

    @Test("pages follow one another to the end")
    func pages() {
        let names = ["a", "b", "c", "d", "e"]
        for name in names { aws.put(name, string: name) }
        aws.batchPageSize = 2
        var body: JSONObject = ["SecretIdList": .array(names.map { .string($0) })]
        var read: [String] = []
        var pages = 0
        repeat {
            let json = caller.ask("BatchGetSecretValue", .object(body)).json
            read += json["SecretValues"]?.arrayValue?.compactMap { $0["SecretString"]?.stringValue } ?? []
            pages += 1
            body = ["SecretIdList": .array(names.map { .string($0) })]
            guard let token = json["NextToken"] else { break }
            body.append("NextToken", token)
        } while pages < 9
        #expect(read == names && pages == 3)
    }
}
