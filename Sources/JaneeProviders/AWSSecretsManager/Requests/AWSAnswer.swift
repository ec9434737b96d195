import HTTPTypes
import JaneeJSON
import JaneeSecrets

/// An answer of a service of AWS.
///
/// Its texts decide what is meant, and are never passed on: that of a bad signature holds the whole `Authorization`.
struct AWSAnswer: Sendable {
    let status: Int
    let body: [UInt8]
    /// What an error is about; nil for a success and for what has no name that is known.
    let kind: AWSErrorKind?
    /// The name of the error, if it is known, and the id under which AWS keeps the request.
    private let reference: String
    /// The time by the clock of the server since 1970.
    let date: Duration?
    private let retryAfter: Duration?

    init(_ response: InboundResponse, now: Duration) {
        status = response.status
        body = response.body
        let isSuccess = (200...299).contains(response.status)
        let error = isSuccess ? nil : Self.error(response)
        kind = error.flatMap { AWSErrorKind(name: $0.name, message: $0.message) }
        let name = kind == nil ? "status \(response.status)" : error?.name ?? ""
        reference = RequestID.shown(response.headers[.amznRequestID]).map { "\(name), request \($0)" } ?? name
        date = response.headers[.date].flatMap(HTTPDate.secondsSince1970).map { .seconds($0) }
        retryAfter = RetryAfter.duration(from: response.headers, now: now)
    }

    var isSuccess: Bool { (200...299).contains(status) }

    /// The body of a success of Secrets Manager.
    func json() throws(SecretError) -> JSONValue {
        guard let json = try? JSONReader.parse(body, limits: Self.limits), json.objectValue != nil else {
            throw SecretError(
                .providerInternalError,
                "the answer is not what the API of Secrets Manager gives; is something else at the address, such as a proxy?"
            )
        }
        return json
    }

    private static let limits = JSONLimits(maximumBytes: AWSClient.largestBatch, maximumDepth: 32)

    /// What the answer means if it is no success.
    ///
    /// - Parameters:
    ///   - action: What was asked for, in the words of a policy.
    ///   - credentials: Whose keys signed it, in words.
    func failure(_ action: String, _ credentials: String) -> SecretError {
        kind?.error(action, credentials, reference, retryAfter: retryAfter) ?? failureByStatus
    }

    /// What an answer without a known error means: that of a proxy, of an emulator, or of something new.
    private var failureByStatus: SecretError {
        switch status {
        case 300...399: error(.providerInternalError, "AWS redirects, which is never followed; is the region right?")
        case 401: error(.providerAuthFailed, "the keys are refused")
        case 403: error(.providerPermissionDenied, "access is refused")
        case 429: error(.providerRateLimited, "AWS asks to slow down", retryAfter: retryAfter)
        case 408, 500...599: error(.providerUnavailable, "AWS failed", retryAfter: retryAfter)
        default: error(.providerInternalError, "AWS gave an unexpected answer")
        }
    }

    private func error(_ code: SecretError.Code, _ words: String, retryAfter: Duration? = nil) -> SecretError {
        SecretError(code, "\(words) (\(reference))", retryAfter: retryAfter)
    }
}

extension AWSAnswer {
    /// The name and the words of an error, from the header, the JSON or the XML that it stands in.
    private static func error(_ response: InboundResponse) -> (name: String, message: String)? {
        var name = response.headers[.amznErrorType]
        var message = ""
        if response.body.first == UInt8(ascii: "<") {
            guard let root = try? XMLElement(parsing: response.body) else { return name.map { (bare($0), "") } }
            // `ErrorResponse` holds the error, in some answers inside of a list.
            let error = root["Error"] ?? root["Errors"]?["Error"]
            name = error?.text("Code") ?? name
            message = error?.text("Message") ?? ""
        } else if let json = try? JSONReader.parse(response.body, limits: limits) {
            name = json["__type"]?.stringValue ?? json["code"]?.stringValue ?? name
            message = json["message"]?.stringValue ?? json["Message"]?.stringValue ?? ""
        }
        return name.map { (bare($0), message) }
    }

    /// A name without the namespace before it and the address behind it.
    private static func bare(_ name: String) -> String {
        let start = name.lastIndex(of: "#").map { name.index(after: $0) } ?? name.startIndex
        return String(name[start...].prefix { $0 != ":" })
    }
}

extension HTTPField.Name {
    // The names are constants, so making them cannot fail; `Accept` stands for a name that could not be made.
    static let amznErrorType = HTTPField.Name("X-Amzn-ErrorType") ?? .accept
    static let amznRequestID = HTTPField.Name("X-Amzn-RequestId") ?? .accept
    static let amzDate = HTTPField.Name("X-Amz-Date") ?? .accept
    static let amzSecurityToken = HTTPField.Name("X-Amz-Security-Token") ?? .accept
    static let amzTarget = HTTPField.Name("X-Amz-Target") ?? .accept
}
