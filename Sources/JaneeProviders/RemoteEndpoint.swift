import HTTPTypes
import JaneeSecrets
import Logging

/// Where the requests of a remote provider go and how they are guarded: what its address and the fields `tls`,
/// `network`, `timeoutMs` say.
///
/// Providers make their requests here and nowhere else, so that none forgets a bound.
struct RemoteEndpoint: Sendable {
    let endpoint: EndpointURL
    private let addresses: AddressPolicy
    private let tls: TLSSettings
    private let limits: HTTPTransportLimits
    private let pool: String
    private let userAgent: String

    /// What of the field `tls` counts at an address.
    enum Trust: Sendable {
        case all
        /// Not what belongs to one server: its name, its keys, and our certificate for it.
        case authoritiesOnly
        /// Nothing: the address has to do with another server than the field.
        case nothing
    }

    /// - Parameters:
    ///   - variable: The variable of the environment that has moved the address to this machine.
    ///   - trust: What of the field `tls` counts.
    /// - Throws: `PROVIDER_CONFIG_INVALID` for settings that contradict each other or cannot work.
    init(
        _ endpoint: EndpointURL,
        of name: ProviderName,
        _ section: ConfigSection,
        _ context: ProviderContext,
        because variable: String? = nil,
        trust: Trust = .all
    ) throws(SecretError) {
        self.endpoint = endpoint
        if endpoint.isLiteralLoopback, endpoint.socketPath == nil {
            guard context.allowsLoopback else {
                throw SecretError(
                    .providerConfigInvalid,
                    "the address is this machine, and 'security.devMode: false' refuses that",
                    provider: name.spelling
                )
            }
            context.logger.notice(
                """
                provider '\(name)' is on this machine (\(endpoint.origin)\(variable.map { ", by \($0)" } ?? "")): that is meant for development, and \
                'security.devMode: false' refuses it
                """
            )
        }
        let allowed = section.section("network")?.strings("allow") ?? []
        addresses = AddressPolicy(
            allowedPrivate: allowed.compactMap { CIDRBlock($0) },
            loopback: endpoint.isLiteralLoopback
        )
        let settings = try Self.settings(section.section("tls"), home: context.homeDirectory)
        tls =
            switch trust {
            case .all: settings
            case .authoritiesOnly: TLSSettings(caFile: settings.caFile)
            case .nothing: TLSSettings()
            }
        guard endpoint.scheme == .https || tls.isDefault else {
            throw SecretError(
                .providerConfigInvalid,
                "the field tls is for https addresses; this one is not encrypted",
                provider: name.spelling
            )
        }
        let timeout = ProviderLimits(section).attempt
        limits = HTTPTransportLimits(connect: min(timeout, .seconds(10)), idle: timeout, total: timeout)
        pool = "provider \(name.spelling)"
        userAgent = context.userAgent
    }

    /// Whether our certificate is shown to the server.
    var hasClientCertificate: Bool { tls.clientCertificateFile != nil }

    /// A request to a path below the base path of the address.
    ///
    /// - Parameters:
    ///   - target: What follows the base path, encoded: it begins with a slash.
    ///   - maximumResponseBytes: The largest answer that is taken.
    func request(
        _ method: HTTPRequest.Method,
        _ target: String,
        headers: [(name: HTTPField.Name, value: OutboundRequest.HeaderValue)],
        body: [UInt8]?,
        maximumResponseBytes: Int
    ) -> OutboundRequest {
        var limits = limits
        limits.maximumResponseBytes = maximumResponseBytes
        return OutboundRequest(
            method: method,
            endpoint: endpoint,
            target: endpoint.basePath + target,
            headers: headers + [(.userAgent, .plain(userAgent))],
            body: body,
            addresses: addresses,
            tls: tls,
            limits: limits,
            pool: pool
        )
    }

    private static func settings(_ section: ConfigSection?, home: String) throws(SecretError) -> TLSSettings {
        guard let section else { return TLSSettings() }
        let file = { (name: String) in section.string(name).map { LocalPath.expanded($0, home: home) } }
        let settings = TLSSettings(
            caFile: file("caFile"),
            clientCertificateFile: file("clientCertFile"),
            clientKeyFile: file("clientKeyFile"),
            serverName: section.string("serverName"),
            pins: section.strings("pins") ?? []
        )
        guard (settings.clientCertificateFile == nil) == (settings.clientKeyFile == nil) else {
            throw SecretError(
                .providerConfigInvalid,
                "tls.clientCertFile and tls.clientKeyFile belong together; one of them is missing"
            )
        }
        guard settings.pins.allSatisfy({ SPKIPin(parsing: $0) != nil }) else {
            throw SecretError(
                .providerConfigInvalid,
                "tls.pins holds something else than the base64 of a SHA-256 digest of a public key"
            )
        }
        return settings
    }
}
