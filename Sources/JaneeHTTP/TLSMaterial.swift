import JaneeFiles
import JaneeSecrets
import NIOSSL

/// What ``TLSSettings`` mean for the connections of one client: the files are read, the pins parsed.
struct TLSMaterial {
    /// Larger than the bundle of authorities of any system.
    private static let maximumFileSize = 4 << 20

    let configuration: TLSConfiguration
    let pins: Set<SPKIPin>

    /// Reads the files of `settings`.
    ///
    /// - Parameter trust: the authorities when the settings name none.
    /// - Throws: ``HTTPTransportError/Code/tlsFailed``, which names the setting but quotes neither it nor a file.
    init(_ settings: TLSSettings, trust: TLSTrust) throws(HTTPTransportError) {
        var trust = trust
        if let file = settings.caFile {
            guard let own = TLSTrust(pem: try Self.read(file, setting: "tls.caFile")) else {
                throw .tlsSetting("tls.caFile", "holds no certificate or a broken one; it must be in PEM format")
            }
            trust = own
        }
        var configuration = trust.configuration
        if let identity = try Self.identity(of: settings) {
            configuration.certificateChain = identity.chain.map { .certificate($0) }
            configuration.privateKey = .privateKey(identity.key)
        }
        if let name = settings.serverName, !Self.isName(name) {
            throw .tlsSetting("tls.serverName", "is not a DNS name; write the name alone, as the certificate has it")
        }
        self.configuration = configuration
        pins = try Self.pins(of: settings)
    }

    /// Our certificate with its key; nil if none is set.
    private static func identity(
        of settings: TLSSettings
    ) throws(HTTPTransportError) -> (chain: [NIOSSLCertificate], key: NIOSSLPrivateKey)? {
        switch (settings.clientCertificateFile, settings.clientKeyFile) {
        case (nil, nil):
            return nil
        case (_?, nil):
            throw .tlsSetting("tls.clientKeyFile", "is missing; tls.clientCertFile needs the key of the certificate")
        case (nil, _?):
            throw .tlsSetting("tls.clientCertFile", "is missing; tls.clientKeyFile needs the certificate of the key")
        case (let certificateFile?, let keyFile?):
            let pem = try read(certificateFile, setting: "tls.clientCertFile")
            guard let chain = try? NIOSSLCertificate.fromPEMBytes(pem), !chain.isEmpty else {
                throw .tlsSetting(
                    "tls.clientCertFile",
                    "holds no certificate or a broken one; it must be in PEM format"
                )
            }
            let keyPEM = try read(keyFile, setting: "tls.clientKeyFile")
            guard let key = try? NIOSSLPrivateKey(bytes: keyPEM, format: .pem) else {
                throw .tlsSetting("tls.clientKeyFile", "holds no private key in PEM format, or an encrypted one")
            }
            guard match(chain, key) else {
                throw .tlsSetting(
                    "tls.clientKeyFile",
                    "is not the key of the first certificate of tls.clientCertFile"
                )
            }
            return (chain, key)
        }
    }

    /// Whether the key is the one of the first certificate: the library tells when it puts them together.
    private static func match(_ chain: [NIOSSLCertificate], _ key: NIOSSLPrivateKey) -> Bool {
        var trial = TLSConfiguration.makeClientConfiguration()
        trial.trustRoots = .certificates([])
        trial.certificateChain = chain.map { .certificate($0) }
        trial.privateKey = .privateKey(key)
        return (try? NIOSSLContext(configuration: trial)) != nil
    }

    private static func pins(of settings: TLSSettings) throws(HTTPTransportError) -> Set<SPKIPin> {
        var pins: Set<SPKIPin> = []
        for text in settings.pins {
            guard let pin = SPKIPin(parsing: text) else {
                throw .tlsSetting("tls.pins", "must be SHA-256 digests of public keys, 32 bytes in base64 each")
            }
            pins.insert(pin)
        }
        return pins
    }

    private static func isName(_ text: String) -> Bool {
        guard let url = try? EndpointURL(parsing: "https://" + text) else { return false }
        return url.ipAddress == nil && url.host == text.lowercased()
    }

    private static func read(_ path: String, setting: String) throws(HTTPTransportError) -> [UInt8] {
        do {
            return try RegularFile.read(path, limit: maximumFileSize, followLinks: true)
        } catch {
            throw .tlsSetting(setting, "cannot be read: \(error.reason)")
        }
    }
}
