/// A request as its signature covers it.
package struct SigV4Request: Sendable {
    /// The method, in upper case.
    package var method: String
    /// What the `Host` header carries: with the port, unless it is the default one.
    package var host: String
    /// The path as it is sent, encoded; empty for `/`.
    package var path: String
    /// The query as it is sent, encoded, without the question mark.
    package var query: String
    /// The headers to sign, as they are sent; those that may change on the way are left out of the signature.
    ///
    /// `X-Amz-Content-Sha256`, if it is there, must be the digest of ``body``.
    package var headers: [(name: String, value: String)]
    /// The body as it is sent.
    package var body: [UInt8]

    package init(
        method: String,
        host: String,
        path: String = "/",
        query: String = "",
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = []
    ) {
        self.method = method
        self.host = host
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }
}
