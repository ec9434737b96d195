import JaneeFiles
import JaneeSecrets

/// What must not be shared between connections: requests with equal keys may use the same ones.
struct ClientKey: Hashable {
    /// The pool, origin and addresses that the request asks for.
    let pool: String
    let origin: String
    let addresses: AddressPolicy
    /// The socket to connect to, instead of an address.
    let socketPath: String?
    /// The address to connect to, and how long to try.
    let address: IPAddress
    let connect: Duration
    /// The bound of the decompressor, which belongs to the connection.
    let maximumResponseBytes: Int
    let tls: TLSSettings
    /// The state of the files of `tls`, so that changed files make a new client.
    private(set) var files: [FileStamp?]
    /// The DNS name that the certificate must have; nil if the host is an address, or without TLS.
    let certificateName: String?
    /// The name in ``carrierOrigin``; nil if the host is an address.
    let carrierHost: String?
    /// The origin that AsyncHTTPClient is given: the name to send and to verify is the host in it.
    let carrierOrigin: String

    init(_ request: OutboundRequest, address: IPAddress, connect: Duration) {
        pool = request.pool
        origin = request.endpoint.origin
        addresses = request.addresses
        self.address = address
        self.connect = connect
        maximumResponseBytes = request.limits.maximumResponseBytes
        tls = request.tls
        files = [tls.caFile, tls.clientCertificateFile, tls.clientKeyFile].compactMap { $0 }.map { FileStamp($0) }
        let endpoint = request.endpoint
        let name = tls.serverName?.lowercased()
        socketPath = endpoint.socketPath
        if let path = endpoint.socketPath {
            carrierHost = nil
            carrierOrigin = "http+unix://\(PercentEncoding.encodeSegment(path))"
        } else {
            carrierHost = name ?? (endpoint.ipAddress == nil ? endpoint.host : nil)
            carrierOrigin = name.map { "\(endpoint.scheme.rawValue)://\($0):\(endpoint.port)" } ?? origin
        }
        certificateName = endpoint.scheme == .https ? carrierHost : nil
    }

    /// Whether this is `other` but for the state of files.
    func replaces(_ other: ClientKey) -> Bool {
        var updated = other
        updated.files = files
        return files != other.files && updated == self
    }
}
