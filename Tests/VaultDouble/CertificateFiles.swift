import JaneeFiles
import JaneeTestSupport

/// The certificates that a client needs, as files.
struct CertificateFiles: Sendable {
    let authority: String
    let client: String
    let clientKey: String

    init(directory: String) throws(FileError) {
        authority = "\(directory)/ca.pem"
        client = "\(directory)/client.pem"
        clientKey = "\(directory)/client-key.pem"
        try RegularFile.write(Array((TestCertificates.authority + "\n").utf8), to: authority, mode: 0o600)
        try RegularFile.write(Array((TestCertificates.client + "\n").utf8), to: client, mode: 0o600)
        try RegularFile.write(Array((TestCertificates.clientKey + "\n").utf8), to: clientKey, mode: 0o600)
    }
}
