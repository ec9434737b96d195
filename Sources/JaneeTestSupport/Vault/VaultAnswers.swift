import JaneeJSON

extension DoubleAnswer {
    /// JSON as the server sends it, with a line feed at the end.
    static func vaultJSON(_ status: Int, _ body: [UInt8]) -> DoubleAnswer {
        DoubleAnswer(
            status: status,
            headers: [("Cache-Control", "no-store"), ("Content-Type", "application/json")],
            body: body.isEmpty ? [] : body + [UInt8(ascii: "\n")]
        )
    }

    static func vaultJSON(_ status: Int, _ body: JSONValue) -> DoubleAnswer {
        var bytes: [UInt8] = []
        GoJSON.write(body, into: &bytes)
        return vaultJSON(status, bytes)
    }

    static func vaultErrors(_ status: Int, _ errors: [String] = []) -> DoubleAnswer {
        vaultJSON(status, ["errors": .array(errors.map { .string($0) })])
    }
}

/// Why a request is not served.
struct VaultError: Error {
    let status: Int
    let errors: [String]

    init(_ status: Int, _ errors: String...) {
        self.status = status
        self.errors = errors
    }

    /// An error that has passed through the list of errors which the server keeps.
    static func listed(_ status: Int, _ error: String) -> VaultError {
        VaultError(status, "1 error occurred:\n\t* \(error)\n\n")
    }

    /// What a token's policies do not allow.
    static let policy = VaultError.listed(403, "permission denied")
    static let permissionDenied = VaultError(403, "permission denied")
    static let notFound = VaultError(404)
    static let unsupportedOperation = VaultError(405, "unsupported operation")
    static let unsupportedPath = VaultError.listed(404, "unsupported path")
}

/// What a request is answered with when nothing is wrong with it.
struct VaultResponse: Sendable {
    var status = 200
    var data: JSONValue = .null
    var auth: JSONValue = .null
    var leaseDuration: Int64 = 0
    var warnings: [String] = []
    var wrapInfo: JSONValue = .null
    /// Whether there is no body at all.
    var isEmpty = false

    static let empty = VaultResponse(status: 204, isEmpty: true)

    static func data(_ data: JSONValue, status: Int = 200) -> VaultResponse {
        VaultResponse(status: status, data: data)
    }

    func answer(requestID: String) -> DoubleAnswer {
        guard !isEmpty else { return .vaultJSON(status, []) }
        return .vaultJSON(
            status,
            [
                "request_id": .string(requestID),
                "lease_id": "",
                "renewable": false,
                "lease_duration": .number(JSONNumber(leaseDuration)),
                "data": data,
                "wrap_info": wrapInfo,
                "warnings": warnings.isEmpty ? .null : .array(warnings.map { .string($0) }),
                "auth": auth,
            ]
        )
    }
}
