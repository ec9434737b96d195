import JaneeCore
import JaneeHTTP
import JaneeProviders
import JaneeSecrets
import Logging

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Reads one secret over and over through everything that a call of `serve` goes through, and prints how many
/// microseconds each read took, a line each.
///
///     ProviderReads vault ADDRESS CA-FILE TOKEN PATH COUNT
///     ProviderReads aws ADDRESS KEY-ID SECRET-KEY PATH COUNT
///     ProviderReads azure ADDRESS CA-FILE DIRECTORY PATH COUNT
func run() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 7, let count = Int(arguments[6]), let name = ProviderName("bench") else {
        print("usage: ProviderReads vault ADDRESS CA-FILE TOKEN PATH COUNT")
        print("       ProviderReads aws ADDRESS KEY-ID SECRET-KEY PATH COUNT")
        print("       ProviderReads azure ADDRESS CA-FILE DIRECTORY PATH COUNT")
        exit(2)
    }
    let place = ConfigPosition(line: 1, column: 1)
    func text(_ value: String) -> ConfigNode { ConfigNode(.string(value), at: place) }
    func map(_ values: [(String, ConfigNode)]) -> ConfigNode {
        ConfigNode(.map(values.map { ConfigEntry(key: $0.0, keyPosition: place, value: $0.1) }), at: place)
    }
    let definition: any ProviderDefinition
    var fields: [(String, ConfigNode)]
    if arguments[1] == "azure" {
        definition = AzureKeyVaultDefinition()
        let directory = "6f89cf12-978b-4d23-ac18-9ef0c127cf87"
        fields = [
            ("vaultUrl", text(arguments[2])), ("tls", map([("caFile", text(arguments[3]))])),
            (
                "auth",
                map([
                    ("method", text("service-principal")), ("tenantId", text(directory)),
                    ("clientId", text("00d88624-f0d7-46f6-a641-6232c2608928")),
                    ("clientSecret", text("daemon-app-secret")),
                ])
            ),
        ]
    } else if arguments[1] == "aws" {
        definition = AWSSecretsManagerDefinition()
        fields = [
            ("region", text("us-east-1")),
            (
                "auth",
                map([
                    ("method", text("access-key")), ("accessKeyId", text(arguments[3])),
                    ("secretAccessKey", text(arguments[4])),
                ])
            ),
        ]
    } else {
        definition = HashiCorpVaultDefinition()
        fields = [
            ("address", text(arguments[2])), ("auth", map([("method", text("token")), ("token", text(arguments[4]))])),
        ]
        if !arguments[3].isEmpty { fields.append(("tls", map([("caFile", text(arguments[3]))]))) }
    }
    guard let section = ConfigSection(map(fields), field: "providers.bench") else { exit(2) }
    let client = GuardedHTTPClient()
    let logger = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
    let context = ProviderContext(
        transport: client,
        logger: logger,
        substitution: SubstitutionSource(
            variable: { name in
                if name == "AZURE_AUTHORITY_HOST" { return arguments[4] }
                return name.hasPrefix("AWS_ENDPOINT_URL_") ? arguments[2] : nil
            },
            file: { _ throws(SecretError) in throw SecretError(.providerConfigInvalid, "there are no files here") }
        ),
        masterKey: { () throws(SecretError) in throw SecretError(.providerConfigInvalid, "there is none") },
        homeDirectory: "/"
    )
    let manager = SecretsManager(defaultProvider: .local, time: .system, logger: logger)
    try manager.registerProvider(
        try definition.makeProvider(name: name, configuration: section, context: context),
        limits: definition.limits(configuration: section)
    )
    let uri = try SecretURI(parsing: "bench://\(arguments[5])")
    for _ in 0..<200 { _ = try await manager.getSecret(uri) }
    let clock = ContinuousClock()
    var times: [Int64] = []
    times.reserveCapacity(count)
    for _ in 0..<count {
        let began = clock.now
        _ = try await manager.getSecret(uri)
        times.append(Int64((clock.now - began) / .microseconds(1)))
    }
    print(times.map(String.init).joined(separator: "\n"))
    await manager.dispose()
    await client.shutdown()
}

try await run()
