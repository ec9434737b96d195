/// The place of a ``MetadataService``, one of a fixed list: nothing that is configured can add to it.
///
/// It cannot be made of an ``EndpointURL``, and no ``AddressPolicy`` allows its address unless it is on this machine, so
/// that neither a provider's `address` nor a service's `baseUrl` leads to a platform.
public struct MetadataEndpoint: Hashable, Sendable {
    /// What is there.
    public let service: MetadataService
    /// Scheme, host and port.
    public let url: EndpointURL
    /// The address of the host.
    ///
    /// Names are not resolved: each of them has the one address that it must have.
    public let address: IPAddress
    /// The path and query that a variable of the environment names, as it spells them; empty for none.
    public let path: String
    /// The variable that moved the service to this machine, as emulators are reached; a line at the start should say so.
    public let overriddenBy: String?

    /// The place where `service` is according to `environment`: the platform's own, or one on this machine.
    ///
    /// An empty variable says nothing.
    ///
    /// - Throws: when a variable names another place, which is not passed over, or when one is needed and missing.
    public init(
        _ service: MetadataService,
        environment: [String: String] = [:]
    ) throws(MetadataEndpointError) {
        try self.init(service) { environment[$0] }
    }

    /// The same with an environment that is asked for its variables.
    public init(
        _ service: MetadataService,
        variable environment: (String) -> String?
    ) throws(MetadataEndpointError) {
        for variable in service.variables {
            guard let text = environment(variable.name), !text.isEmpty else { continue }
            guard !variable.isPath || text.hasPrefix("/") else {
                throw MetadataEndpointError(variable.name, .malformedPath)
            }
            try self.init(service, variable.prefix + text, from: variable.name)
            return
        }
        let name = service.variables[0].name
        guard let text = service.standardURL(in: environment) else { throw MetadataEndpointError(name, .notSet) }
        try self.init(service, text, from: name)
    }

    private init(_ service: MetadataService, _ text: String, from variable: String) throws(MetadataEndpointError) {
        let bytes = text.utf8
        let start = text.firstRange(of: "://")?.upperBound ?? text.startIndex
        let end = bytes[start...].firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? bytes.endIndex
        path = String(text[end...])
        do {
            url = try EndpointURL(parsing: String(text[..<end]))
        } catch {
            throw MetadataEndpointError(variable, .malformed(error))
        }
        guard path.isEmpty || path.hasPrefix("/"), path.utf8.allSatisfy(Self.isPathByte) else {
            throw MetadataEndpointError(variable, .malformedPath)
        }
        guard url.scheme == .http else { throw MetadataEndpointError(variable, .notPlainHTTP) }
        guard let address = Self.address(of: url, for: service) else {
            throw MetadataEndpointError(variable, .notAllowed)
        }
        self.service = service
        self.address = address
        overriddenBy = service.canBeMoved && url.isLiteralLoopback ? variable : nil
    }

    /// The whole allow-list.
    private static func address(of url: EndpointURL, for service: MetadataService) -> IPAddress? {
        if url.isLiteralLoopback { return url.ipAddress ?? IPAddress(ipv4: (127, 0, 0, 1)) }
        switch (service, url.ipAddress) {
        case (.azureAppService, let address?) where address.isIPv4 && AddressClass(of: address) == .never(.linkLocal):
            // Each application finds the service at another address and port.
            return address
        case (_, let address?) where url.isDefaultPort && service.addresses.contains(url.host):
            return address
        case (.googleInstance, nil) where url.isDefaultPort && url.host == "metadata.google.internal":
            return IPAddress(ipv4: (169, 254, 169, 254))
        default:
            return nil
        }
    }

    private static func isPathByte(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "#") && byte != UInt8(ascii: "\\")
    }
}

extension MetadataService {
    /// Whether being on this machine is unusual for the service.
    fileprivate var canBeMoved: Bool {
        switch self {
        case .awsInstance, .azureInstance, .googleInstance: true
        case .awsContainer, .azureAppService, .azureArc: false
        }
    }
}
