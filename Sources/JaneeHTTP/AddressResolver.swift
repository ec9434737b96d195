package import JaneeSecrets

/// Tells the addresses of a name.
///
/// Nothing is believed of an answer: every address is checked against the policy of the request before one of them is
/// dialled.
package protocol AddressResolver: Sendable {
    /// The addresses of `host`, a name in lower case, in the order in which they are to be tried.
    ///
    /// It may take as long as it likes; whoever waits has a time limit of his own.
    ///
    /// - Throws: ``HTTPTransportError/Code/nameNotResolved`` when there are none.
    func resolve(_ host: String) async throws(HTTPTransportError) -> [IPAddress]
}
