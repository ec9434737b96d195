import JaneeJSON

/// Writes outgoing messages, each without a line end.
enum RPCEncoder {
    static func result(_ result: JSONObject, id: RequestID) -> [UInt8] {
        response(to: id, member: "result", .object(result))
    }

    static func error(_ error: RPCError, id: RequestID?) -> [UInt8] {
        var body: JSONObject = ["code": .number(JSONNumber(error.code.rawValue)), "message": .string(error.message)]
        body["data"] = error.data
        return response(to: id, member: "error", .object(body))
    }

    static func notification(_ method: String, _ params: JSONValue) -> [UInt8] {
        var bytes: [UInt8] = []
        let message: JSONValue = ["jsonrpc": "2.0", "method": .string(method), "params": params]
        message.write(into: &bytes, pretty: false)
        return bytes
    }

    private static func response(to id: RequestID?, member: StaticString, _ value: JSONValue) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(contentsOf: #"{"jsonrpc":"2.0","id":"#.utf8)
        if let id {
            bytes.append(contentsOf: id.encoded)
        } else {
            bytes.append(contentsOf: "null".utf8)
        }
        bytes.append(contentsOf: ",\"\(member)\":".utf8)
        value.write(into: &bytes, pretty: false)
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }
}
