import JaneeJSON

extension MCPServer {
    /// Decides what a request asks for.
    ///
    /// The era is that of the request, not of the connection: a request with an envelope is modern whatever came before
    /// it, one without an envelope is legacy when there was a handshake.
    func route(_ request: RPCRequest, _ history: PeerHistory) throws(RPCError) -> Route {
        if let envelope = try RequestEnvelope(request.params) {
            return try modern(request, envelope)
        }
        switch request.method {
        case "initialize":
            return try initialize(request.params, history)
        case "server/discover":
            throw .invalidParams(
                "server/discover needs \(MetaKey.protocolVersion) and \(MetaKey.clientCapabilities) in params._meta"
            )
        case "ping":
            return .result([:])
        default:
            guard let handshake = history.handshake else { throw .noEra }
            return try legacy(request, handshake)
        }
    }

    private func modern(_ request: RPCRequest, _ envelope: RequestEnvelope) throws(RPCError) -> Route {
        let context = RequestContext(era: .modern, version: envelope.version, client: envelope.client)
        switch request.method {
        case "server/discover": return .result(finished(cacheable(discovery), era: .modern))
        case "tools/list": return .result(finished(cacheable(try toolList(request.params)), era: .modern))
        case "tools/call": return try toolCall(request.params, context)
        case "subscriptions/listen":
            guard request.params["notifications"]?.objectValue != nil else {
                throw .invalidParams("params.notifications must be an object")
            }
            return .subscription
        default: throw .methodNotFound
        }
    }

    private func legacy(_ request: RPCRequest, _ handshake: LegacyHandshake) throws(RPCError) -> Route {
        let context = RequestContext(era: .legacy, version: handshake.version, client: handshake.client)
        switch request.method {
        case "tools/list": return .result(try toolList(request.params))
        case "tools/call": return try toolCall(request.params, context)
        default: throw .methodNotFound
        }
    }

    private func initialize(_ params: JSONObject, _ history: PeerHistory) throws(RPCError) -> Route {
        guard let requested = params["protocolVersion"]?.stringValue else {
            throw .invalidParams("params.protocolVersion must be a string")
        }
        guard params["capabilities"]?.objectValue != nil else {
            throw .invalidParams("params.capabilities must be an object")
        }
        guard let client = params["clientInfo"], client.objectValue != nil else {
            throw .invalidParams("params.clientInfo must be an object")
        }
        let handshake = LegacyHandshake(
            version: ProtocolVersions.negotiated(requested),
            client: ClientLabel(client)
        )
        var result: JSONObject = [
            "protocolVersion": .string(handshake.version),
            "capabilities": capabilities,
            "serverInfo": serverInfo,
        ]
        result["instructions"] = instructions.map { .string($0) }
        // A client of both eras may read this answer by the rules of either, and the modern ones ask for the member.
        if history.hasBeenModern {
            result["resultType"] = "complete"
        }
        return .handshake(handshake, result)
    }

    private var discovery: JSONObject {
        var result: JSONObject = [
            "supportedVersions": .array(ProtocolVersions.modern.map { .string($0) }),
            "capabilities": capabilities,
        ]
        result["instructions"] = instructions.map { .string($0) }
        return result
    }

    /// The whole list is one page, so the only cursor there can be is the empty one, which asks for the beginning.
    private func toolList(_ params: JSONObject) throws(RPCError) -> JSONObject {
        if let cursor = params["cursor"], cursor != "" {
            throw .invalidParams("params.cursor is not a cursor this server has given out")
        }
        return ["tools": registry.listing]
    }

    private func toolCall(_ params: JSONObject, _ context: RequestContext) throws(RPCError) -> Route {
        guard let name = params["name"]?.stringValue else {
            throw .invalidParams("params.name must be a string")
        }
        let given = params["arguments"] ?? [:]
        guard let arguments = given.objectValue else {
            throw .invalidParams("params.arguments must be an object")
        }
        guard let entry = registry.entry(named: name) else {
            throw .invalidParams("Unknown tool; this server has: \(registry.names.joined(separator: ", "))")
        }
        return .call(entry, arguments, entry.schema.problems(in: arguments), context)
    }
}
