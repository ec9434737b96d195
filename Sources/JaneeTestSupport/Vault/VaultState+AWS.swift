import JaneeJSON

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension VaultState {
    private static let serverIDHeader = "X-Vault-AWS-IAM-Server-ID"

    /// Sends the request that a client has signed to STS, and believes what STS says about who it was.
    mutating func logInWithAWS(_ call: VaultCall, _ login: VaultLogin) throws(VaultError) -> VaultResponse {
        let name = try call.required("role")
        guard try call.required("iam_http_request_method") == "POST" else {
            throw VaultError(400, "invalid iam_http_request_method; currently only 'POST' is supported")
        }
        let url = String(decoding: try Self.decoded(call, "iam_request_url"), as: UTF8.self)
        guard let host = url.wholeMatch(of: /https:\/\/([a-z0-9.-]+)\//)?.1 else {
            throw VaultError(400, "error parsing iam_request_url")
        }
        guard let fields = (try? JSONReader.parse(try Self.decoded(call, "iam_request_headers")))?.objectValue else {
            throw VaultError(400, "invalid iam_request_headers")
        }
        var headers = fields.flatMap { name, values in
            (values.arrayValue ?? []).map { (name: name, value: $0.stringValue ?? "") }
        }
        headers.append((name: "Host", value: String(host)))
        let request = DoubleRequest(
            method: "POST",
            target: "/",
            headers: headers,
            body: try Self.decoded(call, "iam_request_body")
        )
        try checkServerID(request)
        guard let role = login.roles[name], let service = settings.tokenService else {
            throw VaultError(400, "entry for role \"\(name)\" not found")
        }
        let answer = service.answer(request)
        guard answer.status == 200, let match = answer.text.firstMatch(of: /<Arn>([^<]+)<\/Arn>/) else {
            throw VaultError(
                400,
                "error making upstream request: received error code \(answer.status) from STS: \(answer.text)"
            )
        }
        let principal = String(match.1)
        guard role.principals.contains(principal) else {
            throw VaultError(400, "IAM Principal \"\(principal)\" does not belong to the role \"\(name)\"")
        }
        return issue(role.token, call, displayName: "aws-\(name)", meta: ["role": .string(name)], entity: principal)
    }

    private func checkServerID(_ request: DoubleRequest) throws(VaultError) {
        guard let wanted = settings.iamServerID else { return }
        let signed =
            request.header("authorization")?.firstMatch(of: /SignedHeaders=([^,]+)/)?.1.split(separator: ";") ?? []
        guard let found = request.header(Self.serverIDHeader) else {
            throw VaultError(
                400,
                "error validating \(Self.serverIDHeader) header: missing header \"\(Self.serverIDHeader)\""
            )
        }
        guard found == wanted, signed.contains(where: { $0 == Self.serverIDHeader.lowercased() }) else {
            throw VaultError(
                400,
                "error validating \(Self.serverIDHeader) header: expected \"\(wanted)\" but got \"\(found)\""
            )
        }
    }

    private static func decoded(_ call: VaultCall, _ name: String) throws(VaultError) -> [UInt8] {
        guard let data = Data(base64Encoded: try call.required(name)) else {
            throw VaultError(400, "failed to base64 decode \(name)")
        }
        return Array(data)
    }
}
