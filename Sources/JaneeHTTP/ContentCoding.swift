import NIOHTTP1

/// How the body of an answer is encoded.
enum ContentCoding {
    /// As it is.
    case identity
    /// gzip or deflate, undone by the decompressor of the connection.
    case compressed
    /// Several codings, or one that nobody asked for.
    case unsupported

    /// What `Accept-Encoding` says.
    static let accepted = "gzip, deflate"

    init(of headers: HTTPHeaders) {
        let codings = headers[canonicalForm: "Content-Encoding"].filter { !$0.isEmpty }
        switch codings.first?.lowercased() {
        case nil: self = .identity
        case _ where codings.count > 1: self = .unsupported
        case "identity": self = .identity
        case "gzip", "deflate": self = .compressed
        default: self = .unsupported
        }
    }
}
