import HTTPTypes
import JaneeSecrets
import Testing

@testable import JaneeProviders

@Suite("What errors of AWS mean")
struct AWSAnswerTests {
    /// Stands for what a back end says; nothing of it may be passed on.
    private static let canary = "CANARY-of-the-vendor"

    private func answer(_ status: Int, _ body: String, _ headers: [String: String] = [:]) -> AWSAnswer {
        var fields = HTTPFields()
        for (name, value) in headers { if let name = HTTPField.Name(name) { fields[name] = value } }
        return AWSAnswer(
            InboundResponse(status: status, headers: fields, body: Array(body.utf8)),
            now: .seconds(1_795_458_116)
        )
    }

    private func failure(_ answer: AWSAnswer) -> SecretError {
        answer.failure("secretsmanager:GetSecretValue", "the role of the instance")
    }

    static let codes: [(name: String, message: String, code: SecretError.Code)] = [
        ("ResourceNotFoundException", "Secrets Manager can't find the specified secret.", .secretNotFound),
        (
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT", .secretNotFound
        ),
        (
            "InvalidRequestException",
            "You can't perform this operation on the secret because it was marked for deletion.", .secretNotFound
        ),
        (
            "InvalidRequestException",
            "An error occurred: You tried to perform the operation on a secret that's currently marked deleted.",
            .secretNotFound
        ),
        ("InvalidParameterException", "the secret is scheduled for deletion", .secretNotFound),
        ("InvalidRequestException", "the secret is managed elsewhere", .providerInternalError),
        ("InvalidParameterException", "bad", .providerInternalError),
        ("ValidationException", "1 validation error detected", .providerInternalError),
        ("DecryptionFailure", "Secrets Manager can't decrypt", .providerInternalError),
        ("DecryptionFailure", "access denied by the key", .providerPermissionDenied),
        ("KMSDisabledException", "", .providerInternalError), ("KMSInvalidStateException", "", .providerInternalError),
        ("KMSAccessDeniedException", "", .providerPermissionDenied),
        ("AccessDeniedException", "Access to KMS is not allowed", .providerPermissionDenied),
        ("AccessDeniedException", "User: x is not authorized to read kms-token", .providerPermissionDenied),
        ("AccessDenied", "", .providerPermissionDenied),
        ("UnrecognizedClientException", "The security token included is invalid.", .providerAuthFailed),
        ("InvalidClientTokenId", "", .providerAuthFailed), ("ExpiredTokenException", "", .providerAuthFailed),
        ("ExpiredToken", "", .providerAuthFailed), ("InvalidSignatureException", "", .providerAuthFailed),
        ("SignatureDoesNotMatch", "", .providerAuthFailed), ("IncompleteSignature", "", .providerAuthFailed),
        ("MissingAuthenticationTokenException", "Missing Authentication Token", .providerAuthFailed),
        ("InvalidSignatureException", "Signature expired: 1 is now earlier than 2", .providerAuthFailed),
        ("InvalidSignatureException", "Signature not yet current: 1 is still later than 2", .providerAuthFailed),
        ("RequestExpired", "", .providerAuthFailed), ("RequestTimeTooSkewed", "", .providerAuthFailed),
        ("ThrottlingException", "Rate exceeded", .providerRateLimited), ("Throttling", "", .providerRateLimited),
        ("TooManyRequestsException", "", .providerRateLimited), ("RequestLimitExceeded", "", .providerRateLimited),
        ("SlowDown", "", .providerRateLimited), ("RequestThrottledException", "", .providerRateLimited),
        ("InternalServiceError", "", .providerUnavailable), ("InternalFailure", "", .providerUnavailable),
        ("ServiceUnavailable", "", .providerUnavailable), ("RequestTimeout", "", .providerUnavailable),
        ("IDPCommunicationError", "", .providerUnavailable), ("IDPRejectedClaim", "", .providerAuthFailed),
        ("InvalidIdentityToken", "", .providerAuthFailed), ("RegionDisabledException", "", .providerConfigInvalid),
    ]

    @Test("the name decides, in every spelling, whatever the status is", arguments: codes)
    func code(name: String, message: String, code: SecretError.Code) {
        let words = "\(message) \(Self.canary)"
        let spellings = [
            (#"{"__type":"\#(name)","Message":"\#(words)"}"#, [:]),
            (#"{"__type":"\#(name)","message":"\#(words)"}"#, [:]),
            (#"{"__type":"com.amazon.coral.service#\#(name)","message":"\#(words)"}"#, [:]),
            (#"{"__type":"com.amazonaws.x#\#(name):http://internal.amazon.com/","message":"\#(words)"}"#, [:]),
            (#"{"message":"\#(words)"}"#, ["x-amzn-errortype": "\(name):http://internal.amazon.com/coral/"]),
            (
                "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>\(name)"
                    + "</Code><Message>\(words)</Message></Error><RequestId>r</RequestId></ErrorResponse>", [:]
            ),
            (
                "<?xml version=\"1.0\"?>\n<ErrorResponse><Errors><Error><Code>\(name)</Code><Message>\(words)</Message>"
                    + "</Error></Errors></ErrorResponse>", [:]
            ),
        ]
        for (body, headers) in spellings {
            for status in [400, 403, 404, 500] {
                let error = failure(answer(status, body, headers))
                #expect(error.code == code, "\(status) \(body)")
                #expect(error.detail.contains(name) && !error.detail.contains(Self.canary), "\(error.detail)")
            }
        }
    }

    static let others: [(status: Int, body: String, code: SecretError.Code)] = [
        (503, "<html>\(canary)</html>", .providerUnavailable), (500, "", .providerUnavailable),
        (502, "\(canary)", .providerUnavailable), (504, "{}", .providerUnavailable), (509, "", .providerUnavailable),
        (408, "", .providerUnavailable), (429, "", .providerRateLimited), (403, "<x", .providerPermissionDenied),
        (401, "", .providerAuthFailed), (301, "", .providerInternalError), (400, canary, .providerInternalError),
        (400, #"{"__type":"CanaryException","message":"\#(canary)"}"#, .providerInternalError),
        (418, #"{"__type":5}"#, .providerInternalError),
    ]

    @Test("what has no name that is known is told by its status", arguments: others)
    func status(status: Int, body: String, code: SecretError.Code) {
        let error = failure(answer(status, body))
        #expect(error.code == code)
        #expect(!error.detail.lowercased().contains("canary"), "\(error.detail)")
        #expect(error.detail.contains("status \(status)"))
    }

    @Test("the id of the request is kept if it looks like one")
    func requestID() {
        let body = #"{"__type":"InternalServiceError"}"#
        let id = "5cd4a0f8-39a7-4b24-9a5e-0a1b2c3d4e5f"
        #expect(
            failure(answer(500, body, ["x-amzn-requestid": id])).detail.contains("InternalServiceError, request \(id)")
        )
        for text in ["short", "GHIJKLMNOP", String(repeating: "a", count: 65)] {
            #expect(!failure(answer(500, body, ["x-amzn-requestid": text])).detail.contains("request "))
        }
    }

    @Test("the wait that a throttled request is told is passed on, and none is made up")
    func retryAfter() {
        let body = #"{"__type":"ThrottlingException","message":"Rate exceeded"}"#
        #expect(failure(answer(400, body, ["retry-after": "7"])).retryAfter == .seconds(7))
        #expect(failure(answer(400, body)).retryAfter == nil)
        #expect(failure(answer(503, "", ["retry-after": "7"])).retryAfter == .seconds(7))
        #expect(failure(answer(400, #"{"__type":"AccessDenied"}"#, ["retry-after": "7"])).retryAfter == nil)
    }

    @Test(
        "a success that is not JSON is not one of Secrets Manager",
        arguments: ["<ListAllMyBucketsResult/>", "", "[]", "5"]
    )
    func success(body: String) {
        let error = #expect(throws: SecretError.self) { try answer(200, body).json() }
        #expect(error?.code == .providerInternalError)
    }

    @Test("a clock that is wrong is told from a signature that is")
    func clock() {
        let expired = #"{"__type":"InvalidSignatureException","message":"Signature expired: x"}"#
        #expect(answer(400, expired).kind == .clock)
        #expect(
            answer(400, #"{"__type":"InvalidSignatureException","message":"The request signature"}"#).kind
                == .badCredentials
        )
        #expect(answer(400, expired, ["date": "Mon, 23 Nov 2026 18:21:56 GMT"]).date == .seconds(1_795_458_116))
        #expect(answer(400, expired, ["date": "yesterday"]).date == nil)
    }
}
