/// What an operator says about the TLS of one endpoint; nothing here can switch verification off.
///
/// Files are read when a connection needs them and again when they change, so that a rotation needs no restart. A file
/// that is missing or broken fails the requests, also after a good one.
public struct TLSSettings: Sendable, Hashable {
    /// A PEM file with the authorities that may sign the server's certificate, instead of those of the system.
    ///
    /// A self-signed server certificate may be among them.
    public var caFile: String?
    /// A PEM file with our certificate and its intermediates, our own first.
    public var clientCertificateFile: String?
    /// A PEM file with the unencrypted private key of our certificate.
    public var clientKeyFile: String?
    /// The DNS name that is sent to the server and that its certificate must have, instead of the endpoint's host.
    public var serverName: String?
    /// The keys that the server's own certificate may have, as ``SPKIPin`` parses them; empty for any.
    ///
    /// One match is enough. Pins are a check in addition to the chain and the name, not instead of them.
    public var pins: [String]

    /// Makes settings; without arguments those of the system.
    public init(
        caFile: String? = nil,
        clientCertificateFile: String? = nil,
        clientKeyFile: String? = nil,
        serverName: String? = nil,
        pins: [String] = []
    ) {
        self.caFile = caFile
        self.clientCertificateFile = clientCertificateFile
        self.clientKeyFile = clientKeyFile
        self.serverName = serverName
        self.pins = pins
    }

    /// Whether nothing is said.
    public var isDefault: Bool { self == TLSSettings() }
}
