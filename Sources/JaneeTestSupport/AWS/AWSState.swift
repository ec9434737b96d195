import JaneeJSON
import JaneeSecrets

/// Keys that are known.
struct AWSKey: Sendable {
    let secret: String
    let token: String?
    var expires: Duration?
    let arn: String
}

/// A role that can be assumed.
struct AWSRole: Sendable {
    let externalID: String?
    let lifetime: Duration
    let trusts: String?
}

/// What the double of AWS keeps.
struct AWSState: Sendable {
    private static let logLength = 1000

    let region: String
    let account: String
    var skew = Duration.zero
    var errorStyle = AWSDouble.ErrorStyle.modelled
    var batchPageSize: Int?
    var keys: [String: AWSKey] = [:]
    var roles: [String: AWSRole] = [:]
    var webIdentity: (token: String, expires: Duration?)?
    var secrets: [String: AWSSecret] = [:]
    var denied: Set<String> = []
    var faults: [AWSActiveFault] = []
    var log: [DoubleRequest] = []
    var counts: [String: Int] = [:]
    private var lastNumber = 0

    init(region: String, account: String) {
        self.region = region
        self.account = account
    }

    mutating func nextNumber() -> Int {
        lastNumber += 1
        return lastNumber
    }

    mutating func answer(_ request: DoubleRequest, now: Duration) -> DoubleAnswer {
        log.append(request)
        if log.count > Self.logLength { log.removeFirst() }
        let call = AWSCall(request)
        counts[call.action, default: 0] += 1
        var answer = fault(call) ?? respond(call, now: now)
        answer.headers.append(("Date", AWSTime.httpDate(now)))
        answer.headers.append(
            ("x-amzn-RequestId", "00000000-0000-4000-8000-" + GregorianDay.padded(nextNumber(), 12))
        )
        return answer
    }

    private mutating func respond(_ call: AWSCall, now: Duration) -> DoubleAnswer {
        do throws(AWSError) {
            if call.service == .tokens, call.action == "AssumeRoleWithWebIdentity" {
                return try assumeRoleWithWebIdentity(call, now: now)
            }
            let caller = try AWSSignatureCheck(region: region, keys: keys, now: now).caller(of: call)
            switch call.service {
            case .secrets: return try secretsAnswer(call, caller, now: now)
            case .tokens: return try tokensAnswer(call, caller, now: now)
            }
        } catch {
            return self.answer(error, to: call)
        }
    }
}

/// A request taken apart.
struct AWSCall: Sendable {
    enum Service: String, Sendable {
        case secrets = "secretsmanager"
        case tokens = "sts"
    }

    let request: DoubleRequest
    let service: Service
    let action: String
    /// The fields of a form.
    let form: [String: String]

    init(_ request: DoubleRequest) {
        self.request = request
        if let target = request.header("x-amz-target") {
            service = .secrets
            action = target.split(separator: ".").last.map(String.init) ?? ""
            form = [:]
            return
        }
        service = .tokens
        form = PercentCoding.form(String(decoding: request.body, as: UTF8.self))
        action = form["Action"] ?? ""
    }
}

/// An error by its name in Secrets Manager, or in STS.
struct AWSError: Error {
    let name: String
    let message: String
    var status = 400

    init(_ name: String, _ message: String, status: Int = 400) {
        self.name = name
        self.message = message
        self.status = status
    }
}

extension AWSState {
    func answer(_ error: AWSError, to call: AWSCall) -> DoubleAnswer {
        switch call.service {
        case .tokens: Self.xmlError(error)
        case .secrets: jsonError(error)
        }
    }

    private func jsonError(_ error: AWSError) -> DoubleAnswer {
        var headers = [("Content-Type", "application/x-amz-json-1.1")]
        let json: JSONObject
        switch errorStyle {
        case .modelled: json = ["__type": .string(error.name), "Message": .string(error.message)]
        case .namespaced:
            json = ["__type": .string("com.amazon.coral.service#\(error.name)"), "message": .string(error.message)]
        case .header:
            headers.append(
                ("x-amzn-errortype", "\(error.name):http://internal.amazon.com/coral/com.amazon.coral.service/")
            )
            json = ["message": .string(error.message)]
        }
        return Self.json(.object(json), status: error.status, headers)
    }

    private static func xmlError(_ error: AWSError) -> DoubleAnswer {
        let text = """
            <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>\(error.name)\
            </Code><Message>\(xmlText(error.message))</Message></Error><RequestId>r</RequestId></ErrorResponse>
            """
        return DoubleAnswer(status: error.status, headers: [("Content-Type", "text/xml")], body: Array(text.utf8))
    }

    static func json(
        _ json: JSONValue,
        status: Int = 200,
        _ headers: [(String, String)] = [("Content-Type", "application/x-amz-json-1.1")]
    ) -> DoubleAnswer {
        DoubleAnswer(status: status, headers: headers, body: json.bytes)
    }

    static func xmlText(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
