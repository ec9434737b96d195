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
    /// The path of the socket through which the upstream is reached, if it is a program on this machine that has no port.
    public let socketPath: String?

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
        socketPath = nil
    }

    /// The longest path that a socket's address can hold on every system, in bytes.
    public static let maximumSocketPathLength = 103

    /// Parses `unix:///path`: the absolute path of a socket on which a program of this machine speaks plain HTTP.
    ///
    /// To all checks it is `http://localhost`.
    ///
    /// - Throws: what is wrong. The error never quotes `text`.
    public init(parsingSocket text: String) throws(EndpointURLError) {
        let prefix = "unix://"
        guard text.hasPrefix(prefix) else { throw .unsupportedScheme }
        let path = text.dropFirst(prefix.count)
        guard path.utf8.count <= Self.maximumSocketPathLength else { throw .tooLong }
        for byte in path.utf8 {
            switch byte {
            case 0x00...0x20, 0x7F: throw .whitespaceOrControl
            case UInt8(ascii: "\\"): throw .backslash
            case UInt8(ascii: "?"): throw .query
            case UInt8(ascii: "#"): throw .fragment
            case UInt8(ascii: "%"): throw .forbiddenEscape
            default: break
            }
        }
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard path.hasPrefix("/"), !segments.isEmpty, segments.last != "" else { throw .invalidSocketPath }
        guard segments.allSatisfy({ !$0.isEmpty }) else { throw .emptyPathSegment }
        guard !segments.contains("."), !segments.contains("..") else { throw .dotSegment }
        (scheme, host, ipAddress, port, basePath) = (.http, "localhost", nil, Scheme.http.defaultPort, "")
        socketPath = String(path)
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

    /// Scheme and authority, or the socket.
    public var origin: String { socketPath.map { "unix://\($0)" } ?? "\(scheme.rawValue)://\(authority)" }
}

extension EndpointURL: CustomStringConvertible {
    /// The canonical text: ``origin`` followed by ``basePath``.
    public var description: String { origin + basePath }
}
