/// Finds the common name of whom a certificate is for.
enum CertificateName {
    /// The last one in the certificate: that of its authority stands before it.
    static func commonName(in certificate: [UInt8]) -> String? {
        // The object identifier 2.5.4.3, then the type and the length of a short text.
        let identifier: [UInt8] = [0x06, 0x03, 0x55, 0x04, 0x03]
        guard certificate.count > identifier.count + 2 else { return nil }
        for start in (0..<certificate.count - identifier.count - 2).reversed()
        where certificate[start] == 0x06 && certificate[start..<start + identifier.count].elementsEqual(identifier) {
            let length = Int(certificate[start + identifier.count + 1])
            let text = start + identifier.count + 2
            guard length < 0x80, text + length <= certificate.count else { return nil }
            return String(decoding: certificate[text..<text + length], as: UTF8.self)
        }
        return nil
    }
}
