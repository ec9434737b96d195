import JaneeSecrets
import JaneeSecretsTesting
import Testing

/// A back end of a test's own, with providers that ask it over the network, and the time of both.
protocol ProviderScene: Sendable {
    /// What its providers are called.
    static var providerName: String { get }

    var clock: ManualClock { get }
    var pace: ScenePace { get }
    var context: ProviderContext { get }
}

extension ProviderScene {
    /// Lets time pass in which nothing happens by itself.
    func pass(_ duration: Duration) { clock.advance(by: duration) }

    /// A provider with a configuration that the strict reader accepts.
    func makeProvider<Provider: SecretsProvider>(
        _ definition: some ProviderDefinition,
        _ values: [String: ConfigNode.Value]
    ) throws -> Provider {
        // Where the machine has much else to do, a request may take its time.
        let values = values.merging(["timeoutMs": .integer(120_000)]) { first, _ in first }
        #expect(definition.problems(values) == [])
        let section = try #require(ConfigSection.forTests(values))
        let name = try #require(ProviderName(Self.providerName))
        let provider = try definition.makeProvider(name: name, configuration: section, context: context)
        return try #require(provider as? Provider)
    }

    /// What a read leads to: the value, `nil`, or the code and the detail.
    func read(
        _ provider: any SecretsProvider,
        _ path: String,
        field: String? = nil,
        version: String? = nil
    ) async throws -> String {
        let reference = try SecretReference(path: path, field: field, version: version)
        return await pace.passingShortPauses {
            do throws(SecretError) {
                guard let value = try await provider.getSecret(reference) else { return "nil" }
                return value.text
            } catch {
                #expect(
                    error.provider == Self.providerName && error.path == reference.displayPath || error.isCancellation
                )
                return "\(error.code.rawValue): \(error.detail)"
            }
        }
    }

    /// What a start leads to: nothing, or the code and the detail.
    func start(_ provider: any SecretsProvider) async -> String? {
        await pace.passingShortPauses {
            do throws(SecretError) {
                try await provider.initialize()
                return nil
            } catch {
                return "\(error.code.rawValue): \(error.detail)"
            }
        }
    }
}
