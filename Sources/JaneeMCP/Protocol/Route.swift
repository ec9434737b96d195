import JaneeJSON

/// What has to happen for a request.
enum Route {
    case result(JSONObject)
    case handshake(LegacyHandshake, JSONObject)
    case call(ToolRegistry.Entry, JSONObject, [ArgumentProblem], RequestContext)
    case subscription
}

/// What the requests before this one on the same connection have been.
struct PeerHistory: Sendable {
    var handshake: LegacyHandshake?
    var hasBeenModern = false
}

/// What a legacy client and this server have agreed on.
struct LegacyHandshake: Sendable {
    let version: String
    let client: ClientLabel?
}

/// In which era and revision a request is answered, and what its client calls itself.
struct RequestContext: Sendable {
    let era: ProtocolEra
    let version: String
    let client: ClientLabel?
}
