import JaneeJSON
import JaneeTestSupport
import Testing

@Suite("Faults of the double of AWS, and what it writes down")
struct AWSFaultTests {
    private let caller = AWSCaller()
    private var aws: AWSDouble { caller.aws }

    init() {
        caller.aws.put("app/db", string: "x")
    }

    static let statuses: [(AWSDouble.Fault, Int, String)] = [
        (.throttling(retryAfter: nil), 400, #""__type":"ThrottlingException","Message":"Rate exceeded""#),
        (.tooManyRequests429(retryAfter: nil), 429, ""),
        (.internalServiceError, 500, "InternalServiceError"),
        (.serviceUnavailable503HTML, 503, "<html>busy</html>"),
        (.error(name: "RequestExpired", message: "canary-1", status: 418), 418, "canary-1"),
        (.html200(canary: "canary-2"), 200, "<html>canary-2</html>"),
    ]

    @Test("each is answered with its status and text", arguments: statuses)
    func status(_ fault: AWSDouble.Fault, _ status: Int, _ text: String) {
        aws.set(fault)
        let answer = caller.read("app/db")
        #expect(answer.status == status)
        #expect(text.isEmpty ? answer.body.isEmpty : answer.text.contains(text))
    }

    @Test("some are no answers")
    func behaviours() {
        for (fault, behaviour) in [
            (.hang, .hang), (.closeConnection, .close), (.truncated, .truncate),
        ] as [(AWSDouble.Fault, DoubleAnswer.Behaviour)] {
            aws.set(fault, count: 1)
            #expect(caller.read("app/db").behaviour == behaviour)
        }
        aws.set(.huge, count: 1)
        #expect(caller.read("app/db").body.count > 1 << 20)
        aws.set(.garbage, count: 1)
        #expect(caller.read("app/db").json == .null)
        #expect(caller.read("app/db").status == 200)
    }

    @Test("it holds for an action and as many requests as it is to, and then the next one does")
    func order() {
        aws.set(.internalServiceError, action: "GetSecretValue", count: 2)
        aws.set(.tooManyRequests429(retryAfter: 7), action: "GetSecretValue")
        #expect(caller.ask("DescribeSecret", ["SecretId": "app/db"]).status == 200)
        #expect(caller.askSTS("GetCallerIdentity").status == 200)
        #expect((0..<4).map { _ in caller.read("app/db").status } == [500, 500, 429, 429])
        #expect(caller.read("app/db").header("retry-after") == "7")
        aws.clearFaults()
        #expect(caller.read("app/db").status == 200)
    }

    @Test("errors of STS come as XML", arguments: ["IDPCommunicationError", "IDPRejectedClaim"])
    func tokens(name: String) {
        aws.set(.error(name: name, message: "<x>", status: 400), action: "AssumeRoleWithWebIdentity")
        let answer = caller.askSTSUnsigned("AssumeRoleWithWebIdentity")
        #expect(answer.awsError == "400 \(name)" && answer.awsMessage == "&lt;x&gt;")
        #expect(answer.element("Type") == "Sender" && answer.element("RequestId") != nil)
    }

    @Test("every answer has its time and its own id, faults as well")
    func headers() {
        aws.set(.serviceUnavailable503HTML, count: 1)
        let answers = [caller.read("app/db"), caller.read("app/db"), caller.askSTS("GetCallerIdentity")]
        for answer in answers { #expect(answer.header("date") == "Thu, 12 Feb 2026 14:25:00 GMT") }
        #expect(Set(answers.map { $0.header("x-amzn-requestid") }).count == 3)
    }

    @Test("requests are written down as they came, a thousand of them, and counted")
    func log() {
        for _ in 0..<3 { _ = caller.read("app/db") }
        _ = caller.askSTS("GetCallerIdentity")
        #expect(aws.count("GetSecretValue") == 3 && aws.count("GetCallerIdentity") == 1)
        #expect(aws.requests.first?.header("authorization")?.contains("AKIDEXAMPLE") == true)
        #expect(aws.requests.last?.body == Array("Action=GetCallerIdentity&Version=2011-06-15".utf8))
        for _ in 0..<1000 { _ = aws.answer(DoubleRequest(method: "POST", target: "/")) }
        #expect(aws.requests.count == 1000 && aws.requests.first?.headers.isEmpty == true)
        aws.clearRequests()
        #expect(aws.requests.isEmpty && aws.count("GetSecretValue") == 0)
    }
}
