package import HTTPTypes

/// The methods agents may use; TRACE and CONNECT are not among them.
package enum RequestMethod {
    package static let all: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]

    /// The method that `text` names exactly, in upper case as HTTP spells it.
    package static func parse(_ text: String) throws(RequestRefusal) -> HTTPRequest.Method {
        guard let method = all.first(where: { $0.rawValue == text }) else {
            throw RequestRefusal("method: must be one of \(all.map(\.rawValue).joined(separator: ", "))")
        }
        return method
    }
}
