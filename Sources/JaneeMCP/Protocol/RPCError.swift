import JaneeJSON

/// What a JSON-RPC error response says.
///
/// The messages are fixed texts of this server; none repeats what the client sent, which might hold a secret.
package struct RPCError: Error, Equatable, Sendable {
    package enum Code: Int, Sendable, CaseIterable {
        case parseError = -32700
        case invalidRequest = -32600
        case methodNotFound = -32601
        case invalidParams = -32602
        case internalError = -32603
        case unsupportedProtocolVersion = -32022
    }

    package let code: Code
    package let message: String
    let data: JSONValue?

    init(_ code: Code, _ message: String, data: JSONValue? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }
}

extension RPCError {
    static let methodNotFound = RPCError(.methodNotFound, "Method not found")

    static let batch = RPCError(
        .invalidRequest,
        "Batches are not supported; send each message as an object of its own"
    )

    /// A request with neither a modern envelope nor a legacy handshake before it.
    static let noEra = RPCError(
        .invalidParams,
        """
        This request belongs to no protocol era: either put \(MetaKey.protocolVersion) and \
        \(MetaKey.clientCapabilities) into params._meta (versions \(ProtocolVersions.modern.joined(separator: ", "))), \
        or call initialize first (versions \(ProtocolVersions.legacy.joined(separator: ", ")))
        """
    )

    static let duplicateID = RPCError(
        .invalidRequest,
        "A request with this id is still running; give every request an id of its own"
    )

    static func malformed(_ error: JSONError) -> RPCError {
        RPCError(.parseError, "Parse error: \(error)")
    }

    static func invalidRequest(_ message: String) -> RPCError {
        RPCError(.invalidRequest, message)
    }

    static func invalidParams(_ message: String) -> RPCError {
        RPCError(.invalidParams, message)
    }

    static func messageTooLong(maximumBytes: Int) -> RPCError {
        RPCError(.invalidRequest, "This message is longer than the limit of \(maximumBytes) bytes and was discarded")
    }

    static func tooBusy(_ what: String) -> RPCError {
        RPCError(.internalError, "The server is busy: \(what). Wait until a running request has ended, then try again")
    }

    static func unsupportedVersion(_ requested: String) -> RPCError {
        RPCError(
            .unsupportedProtocolVersion,
            "Unsupported protocol version",
            data: [
                "supported": .array(ProtocolVersions.modern.map { .string($0) }),
                "requested": .string(requested),
            ]
        )
    }
}
