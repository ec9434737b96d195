import Crypto
import JaneeSecrets
import NIOCore
import NIOSSL

extension ConnectionGuard {
    /// Checks what the TLS library leaves open of a certificate whose chain it has verified: the name and the key.
    func checkCertificate(of channel: any Channel) throws {
        guard certificateName != nil || !pins.isEmpty else { return }
        let handler = try channel.pipeline.syncOperations.handler(type: NIOSSLClientHandler.self)
        guard let certificate = handler.peerCertificate else { throw NIOSSLError.noCertificateToValidate }
        try checkName(of: certificate)
        try checkKey(of: certificate)
    }

    /// Refuses a certificate that is for the peer's address and not for the name.
    ///
    /// The library is content with either. Then whoever answers for the name, and has a certificate for the address that
    /// he gives out, would be the upstream.
    private func checkName(of certificate: NIOSSLCertificate) throws {
        guard let certificateName else { return }
        let names = certificate._subjectAlternativeNames()
        // Without alternative names the library has compared the common name.
        guard !names.isEmpty else { return }
        let isNamed = names.contains { name in
            name.nameType == .dnsName && CertificateName(name.contents).matches(certificateName)
        }
        guard isNamed else { throw HTTPTransportError.certificateForAnotherHost }
    }

    /// Refuses a certificate that has none of the pinned keys.
    private func checkKey(of certificate: NIOSSLCertificate) throws {
        guard !pins.isEmpty else { return }
        let key = try certificate.extractPublicKey().toSPKIBytes()
        guard let pin = SPKIPin(digest: Array(SHA256.hash(data: key))), pins.contains(pin) else {
            throw HTTPTransportError.pinMismatch
        }
    }
}
