/// Something that answers requests as a server does which the tests do not have.
///
/// It is pure: sockets, TLS and pauses are the matter of ``DoubleServer``.
package protocol HTTPDouble: Sendable {
    func answer(_ request: DoubleRequest) -> DoubleAnswer
}

/// A request as it stood on the wire.
package struct DoubleRequest: Sendable {
    package var method: String
    /// Path and query, percent-encoded.
    package var target: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// Of the certificate that the client showed, if it had to show one.
    package var clientCertificateCommonName: String?

    package init(
        method: String,
        target: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        clientCertificateCommonName: String? = nil
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.clientCertificateCommonName = clientCertificateCommonName
    }

    /// The value of the first header with this name, without blanks around it.
    package func header(_ name: String) -> String? {
        for header in headers where header.name.isSameIgnoringCase(name) {
            let value = header.value.drop { $0 == " " }
            return String(value.dropLast(value.reversed().prefix { $0 == " " }.count))
        }
        return nil
    }
}

/// What a double says, and how it behaves while it does.
package struct DoubleAnswer: Sendable {
    package enum Behaviour: Sendable, Equatable {
        case send
        /// Says nothing and keeps the connection.
        case hang
        /// Says nothing and closes the connection.
        case close
        /// Declares a longer body than it sends, and closes.
        case truncate
    }

    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    package var behaviour: Behaviour

    package init(
        status: Int,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        behaviour: Behaviour = .send
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.behaviour = behaviour
    }

    package var text: String { String(decoding: body, as: UTF8.self) }

    /// The value of the first header with this name.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.isSameIgnoringCase(name) }?.value
    }
}

extension String {
    /// Compares ASCII; called for every header of many thousand requests.
    fileprivate func isSameIgnoringCase(_ other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        return zip(utf8, other.utf8)
            .allSatisfy { $0 == $1 || ($0 | 0x20 == $1 | 0x20 && $0 | 0x20 >= UInt8(ascii: "a")) }
    }
}
