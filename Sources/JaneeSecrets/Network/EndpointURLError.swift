/// Why a text is not an ``EndpointURL``.
///
/// The description says what to change and never quotes the text, which may hold a password or a token.
public enum EndpointURLError: Error, Hashable, Sendable, CaseIterable {
    /// There is no text.
    case empty
    /// The text exceeds ``EndpointURL/maximumLength``.
    case tooLong
    /// A space, tab, line end or other control character.
    case whitespaceOrControl
    /// A character outside ASCII.
    case nonASCII
    /// A `\`.
    case backslash
    /// The text begins with neither `https://` nor `http://`.
    case unsupportedScheme
    /// `user:password@` before the host.
    case userInfo
    /// A `?`.
    case query
    /// A `#`.
    case fragment
    /// Nothing between `://` and the port or path.
    case emptyHost
    /// A character that host names do not have.
    case hostCharacter
    /// A `%` in the host.
    case percentEncodedHost
    /// Two dots in a row, or one at the start of the host.
    case emptyLabel
    /// A dot at the end of the host.
    case trailingDot
    /// More than 253 characters, or more than 63 between two dots.
    case hostTooLong
    /// A number that is not a dotted quad.
    case numericHost
    /// Several colons without brackets.
    case unbracketedIPv6
    /// Brackets around something else than an IPv6 address.
    case invalidIPv6
    /// An IPv6 address in another spelling than that of RFC 5952.
    case nonCanonicalIPv6
    /// A `%` in an IPv6 address.
    case zoneIdentifier
    /// A port that is not 1 to 65535.
    case invalidPort
    /// `.` or `..`, also percent-encoded, as a segment of the path.
    case dotSegment
    /// `//` in the path.
    case emptyPathSegment
    /// A `;` in the path.
    case pathParameter
    /// A character that must be percent-encoded in a path.
    case pathCharacter
    /// A `%` without two hexadecimal digits.
    case invalidEscape
    /// An escape that stands for a slash, a backslash or a control character.
    case forbiddenEscape
    /// Something else than the absolute path of a socket after `unix://`.
    case invalidSocketPath
}

extension EndpointURLError: CustomStringConvertible {
    /// What is wrong and what to write instead.
    public var description: String {
        switch self {
        case .empty: "the URL is empty; write https://host[:port][/path]"
        case .tooLong: "the URL is longer than \(EndpointURL.maximumLength) bytes; shorten it"
        case .whitespaceOrControl: "the URL contains white space or a control character; remove it"
        case .nonASCII: "the URL contains a non-ASCII character; use the host's xn-- form, percent-encode the path"
        case .backslash: "the URL contains a backslash; write / instead"
        case .unsupportedScheme: "the URL does not begin with https:// or http://"
        case .userInfo: "the URL contains user information before @; remove it and configure credentials under auth"
        case .query: "the URL contains a query; remove everything from ? on"
        case .fragment: "the URL contains a fragment; remove everything from # on"
        case .emptyHost: "the URL has no host; write https://host[:port][/path]"
        case .hostCharacter: "the host may contain only letters, digits, '-', '.' and '_'"
        case .percentEncodedHost: "the host is percent-encoded; write it plainly"
        case .emptyLabel: "the host has an empty part; remove the superfluous dot"
        case .trailingDot: "the host ends with a dot; remove it"
        case .hostTooLong: "the host is too long; at most 253 characters, and 63 between two dots, are allowed"
        case .numericHost: "the host is a number in an unusual spelling; write IPv4 addresses as four decimal parts"
        case .unbracketedIPv6: "there are several colons; write IPv6 addresses in brackets, as in https://[2001:db8::1]"
        case .invalidIPv6: "the brackets do not hold just an IPv6 address; write it as in https://[2001:db8::1]:8200"
        case .nonCanonicalIPv6: "the IPv6 address is not in its canonical form; shorten it as RFC 5952 says"
        case .zoneIdentifier: "the IPv6 address has a zone; link-local addresses are not allowed, remove the zone"
        case .invalidPort: "the port is not a number from 1 to 65535; correct it or leave it out with its colon"
        case .dotSegment: "the path has a segment of dots only; write the path that is meant"
        case .emptyPathSegment: "the path contains //; write a single slash"
        case .pathParameter: "the path contains a semicolon; path parameters are not supported"
        case .pathCharacter: "the path contains a character that must be percent-encoded"
        case .invalidEscape: "the path contains a % without two hexadecimal digits; write %25 for a percent sign"
        case .forbiddenEscape: "the path contains an encoded slash, backslash or control character; remove it"
        case .invalidSocketPath:
            "the address is not unix:// and the absolute path of a socket, as in unix:///run/agent.sock"
        }
    }
}
