package import JaneeFiles

/// The certificates that a client needs, as files.
package struct CertificateFiles: Sendable {
    package let authority: String
    package let client: String
    package let clientKey: String

    package init(directory: String) throws(FileError) {
        authority = "\(directory)/ca.pem"
        client = "\(directory)/client.pem"
        clientKey = "\(directory)/client-key.pem"
        try RegularFile.write(Array((TestCertificates.authority + "\n").utf8), to: authority, mode: 0o600)
        try RegularFile.write(Array((TestCertificates.client + "\n").utf8), to: client, mode: 0o600)
        try RegularFile.write(Array((TestCertificates.clientKey + "\n").utf8), to: clientKey, mode: 0o600)
    }
}
