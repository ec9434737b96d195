import HTTPTypes
import JaneeSecrets

/// Requests to one vault.
struct KeyVaultClient: Sendable {
    /// The largest answer: a value has 25 KB at most, a page of versions some more.
    static let largestAnswer = 1 << 20
    /// All that is needed here is in this version of the REST API, which all clouds have.
    static let apiVersion = "7.4"

    let remote: RemoteEndpoint
    let transport: any HTTPTransport
    let time: TimeSource

    /// Reads what is at a path of the vault.
    func get(_ target: String, _ token: AzureToken) async throws(SecretError) -> KeyVaultAnswer {
        let request = remote.request(
            .get,
            target,
            headers: [
                (.authorization, .secret(prefix: "Bearer ", token.value)), (.accept, .plain("application/json")),
            ],
            body: nil,
            maximumResponseBytes: Self.largestAnswer
        )
        do throws(HTTPTransportError) {
            return KeyVaultAnswer(try await transport.send(request), now: time.sinceEpoch)
        } catch {
            throw SecretError(error)
        }
    }

    /// The target of a secret, or of one of its versions.
    func target(_ name: AzureSecretName) -> String {
        "/secrets/\(name.name)\(name.version.map { "/\($0)" } ?? "")?api-version=\(Self.apiVersion)"
    }

    /// The target of the list of a secret's versions, without their values.
    func versions(of name: AzureSecretName) -> String {
        "/secrets/\(name.name)/versions?api-version=\(Self.apiVersion)&maxresults=25"
    }

    /// The target of a list of the vault's secrets that shows whether the token is good.
    var anything: String { "/secrets?api-version=\(Self.apiVersion)&maxresults=1" }

    /// The target of the next page of a list.
    ///
    /// - Throws: `PROVIDER_INTERNAL_ERROR` if it is at another host, which gets no token.
    func next(_ link: String) throws(SecretError) -> String {
        if link.hasPrefix("/"), !link.hasPrefix("//") { return link }
        let refusal = SecretError(.providerInternalError, "the next page of a list is at another host than the vault")
        let origin = remote.endpoint.origin + "/"
        guard link.hasPrefix(origin) else { throw refusal }
        return "/" + link.dropFirst(origin.count)
    }
}
