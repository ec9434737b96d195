import JaneeJSON

/// What every modern request carries in `params._meta`.
struct RequestEnvelope {
    let version: String
    let client: ClientLabel?

    private static let longestVersion = 64
    private static let logLevels: [JSONValue] = [
        "debug", "info", "notice", "warning", "error", "critical", "alert", "emergency",
    ]

    /// Reads the envelope; nil means that there is none, so the request is not a modern one.
    init?(_ params: JSONObject) throws(RPCError) {
        guard let meta = params["_meta"] else { return nil }
        guard let meta = meta.objectValue else {
            throw .invalidParams("params._meta must be an object")
        }
        guard Self.isIn(meta) else { return nil }

        guard let version = meta[MetaKey.protocolVersion]?.stringValue, version.utf8.count <= Self.longestVersion else {
            throw .invalidParams("params._meta must have \(MetaKey.protocolVersion), a version string")
        }
        guard meta[MetaKey.clientCapabilities]?.objectValue != nil else {
            throw .invalidParams("params._meta must have \(MetaKey.clientCapabilities), an object")
        }
        guard ProtocolVersions.modern.contains(version) else {
            throw .unsupportedVersion(version)
        }
        if let level = meta[MetaKey.logLevel], !Self.logLevels.contains(level) {
            throw .invalidParams("\(MetaKey.logLevel) must be one of the eight syslog levels, such as \"info\"")
        }
        self.version = version
        self.client = ClientLabel(meta[MetaKey.clientInfo])
    }

    /// Whether somebody tried to write an envelope, be it a right one or not.
    fileprivate static func isIn(_ meta: JSONObject) -> Bool {
        meta[MetaKey.protocolVersion] != nil || meta[MetaKey.clientCapabilities] != nil
    }
}

extension RPCRequest {
    var hasEnvelope: Bool {
        params["_meta"]?.objectValue.map(RequestEnvelope.isIn) ?? false
    }
}
