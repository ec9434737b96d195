import JaneeJSON

/// One incoming JSON-RPC message, sorted by what has to be done with it.
enum RPCMessage {
    case request(RPCRequest)
    case notification(method: String, params: JSONObject)

    /// An answer to something; this server asks its clients nothing, so it is dropped.
    case response

    /// Not a message; the id is there when it could be read.
    case invalid(RequestID?, RPCError)
}

/// A request whose outer form is right.
struct RPCRequest {
    let id: RequestID
    let method: String
    let params: JSONObject
}

extension RPCMessage {
    init(_ bytes: [UInt8], limits: JSONLimits) {
        do throws(JSONError) {
            self.init(try JSONReader.parse(bytes, limits: limits))
        } catch {
            self = .invalid(nil, .malformed(error))
        }
    }

    private init(_ value: JSONValue) {
        guard let message = value.objectValue else {
            self = .invalid(nil, value.arrayValue == nil ? .invalidRequest("A message must be an object") : .batch)
            return
        }
        if message["method"] == nil, message["result"] != nil || message["error"] != nil {
            self = .response
            return
        }
        do throws(RPCError) {
            self = try Self.sorted(message)
        } catch {
            self = .invalid(message["id"].flatMap(RequestID.init), error)
        }
    }

    private static func sorted(_ message: JSONObject) throws(RPCError) -> RPCMessage {
        guard message["jsonrpc"] == "2.0" else {
            throw .invalidRequest("The member jsonrpc must be \"2.0\"")
        }
        guard let method = message["method"]?.stringValue else {
            throw .invalidRequest("The member method must be a string")
        }
        let params = message["params"]
        guard let idValue = message["id"] else {
            return .notification(method: method, params: params?.objectValue ?? [:])
        }
        guard let id = RequestID(idValue) else {
            throw .invalidRequest("The id must be a string or an integer, and not longer than usual")
        }
        guard let params else {
            return .request(RPCRequest(id: id, method: method, params: [:]))
        }
        guard let members = params.objectValue else {
            throw .invalidParams("The member params must be an object")
        }
        return .request(RPCRequest(id: id, method: method, params: members))
    }
}
