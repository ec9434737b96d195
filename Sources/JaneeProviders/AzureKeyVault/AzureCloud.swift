import JaneeSecrets

/// One of the clouds of Azure, which have hosts and directories of their own.
///
/// A token for Key Vault is good for every vault of its cloud that the identity may read, so that it must never be sent to a
/// host that is none: this list is what keeps it.
enum AzureCloud: Sendable, CaseIterable {
    case global
    case china
    case usGovernment

    /// What the names of vaults end in.
    var vaultSuffix: String {
        switch self {
        case .global: ".vault.azure.net"
        case .china: ".vault.azure.cn"
        case .usGovernment: ".vault.usgovcloudapi.net"
        }
    }

    /// What tokens for Key Vault are asked for.
    var resource: String { "https://" + vaultSuffix.dropFirst() }

    /// Where directories are, unless the environment names another of the known hosts.
    var authority: String {
        switch self {
        case .global: "login.microsoftonline.com"
        case .china: "login.chinacloudapi.cn"
        case .usGovernment: "login.microsoftonline.us"
        }
    }

    /// The hosts of directories that are Microsoft's.
    static let authorities = [
        "login.microsoftonline.com", "login.windows.net", "login.microsoftonline.us", "login.chinacloudapi.cn",
        "login.partner.microsoftonline.cn",
    ]

    /// The cloud of a vault; one on this machine is an emulator of the global one.
    ///
    /// Nil for every other host.
    init?(ofVault endpoint: EndpointURL) {
        if endpoint.isLiteralLoopback {
            self = .global
            return
        }
        let cloud = Self.allCases.first { endpoint.host.hasSuffix($0.vaultSuffix) }
        guard let cloud, endpoint.isDefaultPort, endpoint.basePath.isEmpty, endpoint.scheme == .https,
            Self.isName(endpoint.host.dropLast(cloud.vaultSuffix.count))
        else { return nil }
        self = cloud
    }

    /// Names of vaults: up to 24 letters, digits and hyphens (Azure's rules for names of resources).
    private static func isName(_ text: Substring) -> Bool {
        (1...24).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
            }
    }
}

extension ConfigStringFormat {
    /// The address of a vault in one of the clouds.
    static let azureVaultURL = ConfigStringFormat(
        name: "address of a vault",
        pattern: #"^[hH][tT][tT][pP][sS]://[^\u0000-\u0020?#@\\]+$"#
    ) { text in
        if let refusal = providerAddress.check(text) { return refusal }
        guard let endpoint = try? EndpointURL(parsing: text) else { return Refusal("is no address") }
        if endpoint.host.contains(".managedhsm.") {
            return Refusal("is a managed HSM, which holds keys and no secrets; name a vault")
        }
        guard endpoint.scheme == .https else { return Refusal("must be https") }
        guard AzureCloud(ofVault: endpoint) == nil else { return nil }
        let suffixes = AzureCloud.allCases.map { "https://<name>\($0.vaultSuffix)" }.joined(separator: ", ")
        return Refusal("must be the address of a vault without port and path: \(suffixes)")
    }
}
