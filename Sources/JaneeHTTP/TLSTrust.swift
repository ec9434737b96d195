import NIOSSL

/// The authorities that may sign the certificates of servers.
package struct TLSTrust: Sendable {
    enum Roots: Sendable {
        case system
        case certificates([NIOSSLCertificate])
    }

    let roots: Roots

    /// The authorities that the operating system trusts.
    package static let system = TLSTrust(roots: .system)

    private init(roots: Roots) {
        self.roots = roots
    }

    /// Only the certificates in a PEM file, instead of those of the system; a self-signed server certificate may be
    /// among them.
    ///
    /// Nil when the file holds no certificate or a broken one.
    package init?(pem: [UInt8]) {
        guard let certificates = try? NIOSSLCertificate.fromPEMBytes(pem), !certificates.isEmpty else { return nil }
        roots = .certificates(certificates)
    }

    /// A configuration that verifies the chain and the name of the server.
    var configuration: TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.certificateVerification = .fullVerification
        switch roots {
        case .system: configuration.trustRoots = .default
        case .certificates(let certificates): configuration.trustRoots = .certificates(certificates)
        }
        return configuration
    }
}
