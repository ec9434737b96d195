import JaneeJSON
import JaneeTestSupport

/// A region of AWS, the time there, and somebody who has keys of it.
struct AWSCaller: Sendable {
    /// 2026-02-12 14:25:00 UTC.
    static let start = Duration.seconds(1_770_906_300)
    static let role = "arn:aws:iam::123456789012:role/app"

    let aws: AWSDouble
    let time: Locked<Duration>
    private let id: String
    private let secret: String
    private let token: String?

    init() {
        let time = Locked(Self.start)
        self.time = time
        aws = AWSDouble { time.withLock { $0 } }
        (id, secret, token) = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", nil)
        aws.addKey(id: id, secret: secret)
    }

    /// Somebody else of the same region, whose keys an answer of STS has.
    init?(_ other: AWSCaller, keysOf answer: DoubleAnswer) {
        guard let id = answer.element("AccessKeyId"), let secret = answer.element("SecretAccessKey"),
            let token = answer.element("SessionToken")
        else { return nil }
        (aws, time) = (other.aws, other.time)
        (self.id, self.secret, self.token) = (id, secret, token)
    }

    /// Asks Secrets Manager.
    func ask(_ action: String, _ body: JSONValue) -> DoubleAnswer {
        var bytes: [UInt8] = []
        body.write(into: &bytes)
        return aws.answer(request("secretsmanager.\(action)", bytes))
    }

    /// Asks for the value of a secret, with other members if need be.
    func read(_ id: String, _ more: JSONObject = [:]) -> DoubleAnswer {
        var body: JSONObject = ["SecretId": .string(id)]
        for (name, value) in more { body.append(name, value) }
        return ask("GetSecretValue", .object(body))
    }

    /// Asks STS; `action` may have fields of the form behind it.
    func askSTS(_ action: String) -> DoubleAnswer { aws.answer(signedForm(action)) }

    /// Asks STS without a signature.
    func askSTSUnsigned(_ action: String) -> DoubleAnswer {
        var request = signedForm(action)
        request.headers.removeAll { $0.name == "Authorization" }
        return aws.answer(request)
    }

    /// A signed request to STS.
    func signedForm(_ action: String) -> DoubleRequest {
        request(nil, Array("Action=\(action)&Version=2011-06-15".utf8))
    }

    private func request(_ target: String?, _ body: [UInt8]) -> DoubleRequest {
        AWSDouble.signedRequest(
            target: target,
            body: body,
            id: id,
            secret: secret,
            token: token,
            at: time.withLock { $0 }
        )
    }
}

extension DoubleAnswer {
    var json: JSONValue { (try? JSONReader.parse(body)) ?? .null }

    /// The name of the error of AWS, with its status; nil for a success.
    var awsError: String? {
        if status == 200 { return nil }
        return "\(status) \(json["__type"]?.stringValue ?? element("Code") ?? "")"
    }

    var awsMessage: String { json["Message"]?.stringValue ?? element("Message") ?? "" }

    /// The text of the first XML element with a name.
    func element(_ name: String) -> String? {
        guard let start = text.firstRange(of: "<\(name)>"),
            let end = text[start.upperBound...].firstRange(of: "</\(name)>")
        else { return nil }
        return String(text[start.upperBound..<end.lowerBound])
    }
}
