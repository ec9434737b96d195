import HTTPTypes
import JaneeJSON
import JaneeSecrets

extension VaultSession {
    /// Clocks that differ by more than this are worth a word: tokens and certificates expire by them.
    private static let tolerableSkew = Duration.seconds(30)

    /// What `sys/health` says, which needs no token.
    func serverHealth() async throws(SecretError) -> ProviderHealth {
        // Standbys serve reads, by themselves or by forwarding.
        let answer = try await client.send(
            VaultRequest(path: ["sys", "health"], query: "?standbyok=true&perfstandbyok=true")
        )
        switch answer.status {
        // 429 and 473 are standbys of servers that do not know the query.
        case 200...299, 429, 473:
            guard answer.json?["sealed"] != nil else { throw answer.failure }
            return ProviderHealth(healthy: true, notice: skewNotice(answer))
        case 472: return ProviderHealth(healthy: false, error: "the server is a disaster recovery secondary")
        case 474: return ProviderHealth(healthy: false, error: "the server is a standby that has lost the active node")
        case 501: return ProviderHealth(healthy: false, error: "the server is not initialised")
        case 503: return ProviderHealth(healthy: false, error: "the server is sealed")
        case 530: return ProviderHealth(healthy: false, error: "the server was removed from its cluster")
        default: return ProviderHealth(healthy: false, error: answer.failure.detail)
        }
    }

    private func skewNotice(_ answer: VaultAnswer) -> String? {
        guard let seconds = answer.json?["server_time_utc"]?.intValue else { return nil }
        let skew = Duration.seconds(min(max(seconds, 0), 1 << 40)) - client.time.sinceEpoch
        guard skew > Self.tolerableSkew || skew < .zero - Self.tolerableSkew else { return nil }
        let amount = max(skew, .zero - skew).secondsRoundedUp
        return "the server's clock is \(amount) seconds \(skew > .zero ? "ahead of" : "behind") this machine's"
    }
}
