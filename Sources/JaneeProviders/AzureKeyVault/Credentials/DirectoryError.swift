import JaneeJSON
import JaneeSecrets

/// An error of a directory (Microsoft Entra), by the number in it, in our own words.
///
/// Numbers: "Microsoft Entra authentication and authorization error codes".
struct DirectoryError: Sendable {
    let code: SecretError.Code
    let words: String
    let number: Int?

    /// - Parameters:
    ///   - status: The status of the answer.
    ///   - json: `error`, `error_description` and `error_codes` of the token endpoint.
    init(status: Int, _ json: JSONValue?) {
        let description = json?["error_description"]?.stringValue ?? ""
        // The text and the list do not always agree; people look for what the text says.
        let number =
            description.firstMatch(of: /AADSTS(\d{4,8})/).flatMap { Int($0.1) }
            ?? json?["error_codes"]?.arrayValue?.first?.intValue
        self.number = number
        switch number {
        case 7_000_215:
            (code, words) = (.providerAuthFailed, "the client secret is wrong; its value is wanted, not its id")
        case 7_000_222: (code, words) = (.providerAuthFailed, "the client secret has expired; make a new one")
        case 700_016, 700_038:
            (code, words) = (
                .providerAuthFailed, "the directory has no application with this clientId; is tenantId right?"
            )
        case 7_000_112: (code, words) = (.providerAuthFailed, "the application is disabled")
        case 700_027:
            (code, words) = (
                .providerAuthFailed,
                "the directory does not accept the certificate: register it with the application, and look at the clock"
            )
        case 700_024:
            (code, words) = (.providerAuthFailed, "the assertion is not valid at this time; look at the clock")
        case 70_021, 700_211, 700_212, 700_213:
            (code, words) = (
                .providerAuthFailed,
                "no federated credential of the application has the issuer, subject and audience of the token"
            )
        case 50_013: (code, words) = (.providerAuthFailed, "the token of the other identity provider is refused")
        case 53_003: (code, words) = (.providerAuthFailed, "a policy of conditional access forbids it")
        case 90_002, 900_023: (code, words) = (.providerConfigInvalid, "there is no directory with this tenantId")
        case 500_011:
            (code, words) = (.providerConfigInvalid, "the directory does not know Key Vault; is it of this cloud?")
        case 1_002_012, 70_011, 900_144:
            (code, words) = (.providerInternalError, "the directory does not accept the request")
        default: (code, words) = Self.unknown(status, json?["error"]?.stringValue)
        }
    }

    private static func unknown(_ status: Int, _ error: String?) -> (SecretError.Code, String) {
        switch (status, error) {
        case (_, "temporarily_unavailable"), (408, _), (500...599, _):
            (.providerUnavailable, "the directory failed")
        case (429, _): (.providerRateLimited, "the directory asks to slow down")
        case (_, "invalid_client"), (_, "unauthorized_client"), (_, "invalid_grant"), (401, _):
            (.providerAuthFailed, "the directory refuses the login")
        case (300...399, _): (.providerInternalError, "the directory redirects, which is never followed")
        default: (.providerInternalError, "the directory gave an unexpected answer")
        }
    }

    func error(retryAfter: Duration?) -> SecretError {
        SecretError(
            code,
            "\(words) (\(number.map { "AADSTS\($0)" } ?? "no number"))",
            retryAfter: code.isTransient ? retryAfter : nil
        )
    }
}
