import HTTPTypes
import Testing

@testable import JaneeSecrets

@Suite("How long back ends ask to be left alone")
struct RetryAfterTests {
    /// 1994-11-06 08:49:37 UTC, the example of RFC 9110.
    private static let example = 784_111_777

    @Test(
        "seconds, dates in three formats, and nonsense",
        arguments: [
            ("0", 0), ("1", 1), ("007", 7), ("120", 120), ("86400", 86_400), ("86401", 86_400),
            ("99999999999999999999999", 86_400),
            ("Sun, 06 Nov 1994 08:50:37 GMT", 60), ("Sunday, 06-Nov-94 08:50:37 GMT", 60),
            ("Sun Nov  6 08:50:37 1994", 60), ("Sun, 06 Nov 1994 08:49:37 GMT", 0),
            ("Sat, 05 Nov 1994 08:49:37 GMT", 0), ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
            ("", nil), ("-1", nil), ("1.5", nil), ("+1", nil), ("1s", nil), ("soon", nil), ("１", nil),
            ("Sun, 06 Nov 1994 08:49:37 CET", nil), ("Sun, 06 Foo 1994 08:49:37 GMT", nil),
            ("Sun, 32 Nov 1994 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 24:49:37 GMT", nil),
            ("Sun, 06 Nov 1994 08:49 GMT", nil), ("Sun, 06 Nov 19941 08:49:37 GMT", nil), ("a b c d e", nil),
        ] as [(String, Int?)]
    )
    func retryAfter(text: String, seconds: Int?) {
        let headers: HTTPFields = [.retryAfter: text]
        let found = RetryAfter.duration(from: headers, now: .seconds(Self.example))
        #expect(found == seconds.map { .seconds($0) })
    }

    @Test(
        "dates are counted as calendars do",
        arguments: [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Tue, 29 Feb 2000 00:00:00 GMT", 951_782_400),
            ("Wed, 01 Mar 2000 00:00:00 GMT", 951_868_800), ("Sun, 28 Feb 2100 00:00:00 GMT", 4_107_456_000),
            ("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400), ("Wed, 25 Nov 2026 06:21:19 GMT", 1_795_587_679),
            ("Sat, 31 Dec 2016 23:59:60 GMT", 1_483_228_800), ("Sunday, 06-Nov-94 08:49:37 GMT", example),
            ("Friday, 06-Nov-26 08:49:37 GMT", 1_793_954_977),
        ]
    )
    func dates(text: String, seconds: Int) {
        #expect(HTTPDate.secondsSince1970(text) == seconds)
    }

    @Test(
        "Azure's headers in milliseconds count before the one in seconds",
        arguments: ["retry-after-ms", "x-ms-retry-after-ms"]
    )
    func milliseconds(name: String) throws {
        var headers: HTTPFields = [.retryAfter: "9"]
        headers[try #require(HTTPField.Name(name))] = "250"
        #expect(RetryAfter.duration(from: headers, now: .zero) == .milliseconds(250))
        headers[try #require(HTTPField.Name(name))] = "soon"
        #expect(RetryAfter.duration(from: headers, now: .zero) == .seconds(9))
    }

    @Test(
        "what a status means that a protocol says nothing about",
        arguments: [
            (200, nil), (204, nil), (404, nil), (401, .providerAuthFailed), (403, .providerPermissionDenied),
            (429, .providerRateLimited), (408, .providerUnavailable), (500, .providerUnavailable),
            (503, .providerUnavailable), (599, .providerUnavailable), (301, .providerInternalError),
            (400, .providerInternalError), (100, .providerInternalError),
        ] as [(Int, SecretError.Code?)]
    )
    func statuses(status: Int, code: SecretError.Code?) {
        let error = SecretError(status: status, headers: [.retryAfter: "3"], now: .zero)
        #expect(error?.code == code)
        #expect(error?.retryAfter == (error?.isTransient == true ? .seconds(3) : nil))
    }

    @Test("every failure of the transport has its code", arguments: HTTPTransportError.Code.allCases)
    func transport(code: HTTPTransportError.Code) {
        let expected: [HTTPTransportError.Code: SecretError.Code] = [
            .nameNotResolved: .providerUnavailable, .connectionFailed: .providerUnavailable,
            .addressRefused: .providerConfigInvalid, .tlsFailed: .providerConfigInvalid,
            .timedOut: .providerUnavailable, .truncated: .providerUnavailable, .tooLarge: .providerInternalError,
            .undecodable: .providerInternalError, .protocolError: .providerInternalError,
            .invalidRequest: .providerInternalError, .cancelled: .providerUnavailable,
        ]
        let error = SecretError(HTTPTransportError(code, "words", requestMayHaveBeenSent: true))
        #expect(error.code == expected[code])
        #expect(error.detail == "words")
        #expect(error.isCancellation == (code == .cancelled))
    }
}
