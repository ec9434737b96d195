import JaneeSecrets

/// Where a server listens: an address of this machine and a port.
package struct ListenAddress: Sendable, Hashable {
    /// Without brackets.
    package let host: String
    /// 0 for any that is free.
    package let port: Int

    /// Reads `127.0.0.1:9464`, `localhost:9464` or `[::1]:9464`.
    ///
    /// Only loopback addresses are accepted: what listens there asks nobody who they are.
    ///
    /// - Throws: A sentence that says what is wrong.
    package init(parsing text: String) throws(ListenAddressError) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw ListenAddressError("must be an address and a port, such as 127.0.0.1:9464")
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard ListenAddress.isLoopback(host) else {
            throw ListenAddressError("must be a loopback address, such as 127.0.0.1, because anybody may ask there")
        }
        self.host = String(host)
        self.port = Int(port)
    }

    /// Whether a host is this machine by its spelling alone.
    static func isLoopback(_ host: some StringProtocol) -> Bool {
        if host.lowercased() == "localhost" { return true }
        return IPAddress(String(host)).map { AddressClass(of: $0) == .loopback } ?? false
    }

    /// As part of a URL.
    package static func authority(_ host: String, _ port: Int) -> String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

/// What is wrong with the spelling of an address.
package struct ListenAddressError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
