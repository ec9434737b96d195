/// The base address of an upstream as the operator wrote it: `baseUrl`, `address`, `vaultUrl`.
///
/// Parsing is strict instead of forgiving. What passes has one meaning for every resolver and every server, so the
/// checks of this program and the program at the other end never disagree about where a request goes. Two spellings of
/// one address are equal.
public struct EndpointURL: Hashable, Sendable {
    /// The longest accepted text, in bytes.
    public static let maximumLength = 2048

    /// How to talk to the upstream.
    public enum Scheme: String, Hashable, Sendable {
        /// Plain text.
        case http
        /// TLS.
        case https

        /// The port of an address that names none.
        public var defaultPort: Int {
            switch self {
            case .http: 80
            case .https: 443
            }
        }
    }

    /// The scheme.
    public let scheme: Scheme
    /// The name in lower case, or the canonical IP address without brackets.
    public let host: String
    /// The address, when the host is one.
    public let ipAddress: IPAddress?
    /// The port, also when it was left to the scheme.
    public let port: Int
    /// Empty, or a canonical path that begins with `/` and does not end with it.
    public let basePath: String

    /// Parses `http[s]://host[:port][/path]`.
    ///
    /// - Throws: what is wrong. The error never quotes `text`, which may hold a password or a token.
    public init(parsing text: String) throws(EndpointURLError) {
        let rest: ArraySlice<UInt8>
        (scheme, rest) = try EndpointScanner.scheme(of: text)
        let slash = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
        let (hostText, portText) = try EndpointScanner.splitAuthority(rest[..<slash])
        (host, ipAddress) = try EndpointHost.parse(hostText)
        port = try EndpointScanner.port(portText) ?? scheme.defaultPort
        basePath = try EndpointPath.canonical(rest[slash...])
    }

    /// Whether the port is the one of the scheme.
    public var isDefaultPort: Bool { port == scheme.defaultPort }

    /// Whether the host literally says "this machine": `localhost`, 127.a.b.c or `::1`.
    public var isLiteralLoopback: Bool {
        host == "localhost" || ipAddress.map(AddressClass.init(of:)) == .loopback
    }

    /// What the `Host` header carries: the host, in brackets if IPv6, and the port unless it is the default.
    public var authority: String {
        let name = ipAddress?.isIPv4 == false ? "[\(host)]" : host
        return isDefaultPort ? name : "\(name):\(port)"
    }

    /// Scheme and authority.
    public var origin: String { "\(scheme.rawValue)://\(authority)" }
}

extension EndpointURL: CustomStringConvertible {
    /// The canonical text: ``origin`` followed by ``basePath``.
    public var description: String { origin + basePath }
}
