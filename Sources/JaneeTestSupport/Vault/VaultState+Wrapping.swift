import JaneeJSON

extension VaultState {
    /// Keeps a response for the one who shows the token that is handed out instead.
    mutating func wrap(_ response: VaultResponse, _ call: VaultCall, ttl: Int64) -> VaultResponse {
        let token = identifiers.serviceToken()
        wrapped[token] = VaultWrapped(response: response, path: call.path, created: call.now, ttl: ttl)
        return VaultResponse(wrapInfo: [
            "token": .string(token),
            "accessor": .string(identifiers.accessor()),
            "ttl": .number(JSONNumber(ttl)),
            "creation_time": .string(call.now.text),
            "creation_path": .string(call.path),
        ])
    }

    /// `sys/wrapping/lookup` and `sys/wrapping/unwrap`, with the token in the body or as the token of the request.
    mutating func handleWrapping(_ call: VaultCall) throws(VaultError) -> VaultResponse {
        guard call.operation == .update || (call.operation == .read && call.path.hasSuffix("/lookup")) else {
            throw .unsupportedOperation
        }
        guard let id = call.text("token") ?? call.token, let found = wrapped[id], found.isAlive(at: call.now) else {
            throw VaultError(400, "wrapping token is not valid or does not exist")
        }
        guard call.path.hasSuffix("/unwrap") else {
            return .data([
                "creation_path": .string(found.path),
                "creation_time": .string(found.created.text),
                "creation_ttl": .number(JSONNumber(found.ttl)),
            ])
        }
        wrapped[id] = nil
        return found.response
    }
}
