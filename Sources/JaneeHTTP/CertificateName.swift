/// A DNS name in a certificate; its first label may be a wildcard.
struct CertificateName {
    private let labels: [ArraySlice<UInt8>]

    init(_ text: some Sequence<UInt8>) {
        let lowered = text.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
        labels = lowered.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    }

    /// Whether this is a name for `host`, which is in lower case: the same, or a wildcard for its first label as a
    /// whole (RFC 9525, section 6.3).
    func matches(_ host: String) -> Bool {
        let host = Array(host.utf8).split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.count == host.count, labels.dropFirst() == host.dropFirst() else { return false }
        guard labels.first != [UInt8(ascii: "*")] else { return labels.count > 1 && host.first?.isEmpty == false }
        return labels.first == host.first
    }
}
