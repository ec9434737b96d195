package import JaneeCore
import JaneeJSON
package import JaneeTelemetry

/// What the monitoring server shows: `/metrics`, `/health`, `/ready`.
package struct MonitoringPages: Sendable {
    /// A page.
    package struct Page: Sendable, Hashable {
        package let status: Int
        package let mediaType: String
        package let body: String
    }

    private let registry: PrometheusRegistry
    private let runtime: JaneeRuntime

    package init(registry: PrometheusRegistry, runtime: JaneeRuntime) {
        self.registry = registry
        self.runtime = runtime
    }

    /// The page at a path.
    ///
    /// - Parameter authority: The `Host` of the request. A web page in a browser of this machine can make its own name
    ///   resolve to loopback, but it cannot send another name.
    package func page(method: String, path: String, authority: String?) -> Page {
        guard let authority, ListenAddress.isLoopback(Self.host(of: authority)) else {
            return .text(403, "This server answers to the names of this machine only.")
        }
        guard method == "GET" || method == "HEAD" else { return .text(405, "Only GET is possible here.") }
        switch path.prefix(while: { $0 != "?" }) {
        case "/metrics":
            runtime.updateGauges()
            // Names come from the configuration, where somebody may have put a key.
            let text = Redactor.shared.redact(registry.exposition)
            return Page(status: 200, mediaType: PrometheusText.mediaType, body: text)
        case "/health": return health(isReadiness: false)
        case "/ready": return health(isReadiness: true)
        default: return .text(404, "There are /metrics, /health and /ready.")
        }
    }

    /// `/health` says that the program lives; `/ready` fails when it can serve nobody.
    private func health(isReadiness: Bool) -> Page {
        let providers = runtime.standing
        let up = providers.count(where: \.isUp)
        let isReady = up > 0 || providers.isEmpty
        let status = up == providers.count ? "ok" : isReady ? "degraded" : "unavailable"
        let answer: JSONValue = [
            "status": .string(status), "version": .string(JaneeVersion.current),
            "providers": .array(
                providers.map { provider in
                    ["name": .string(provider.name), "type": .string(provider.type), "up": .bool(provider.isUp)]
                }
            ),
        ]
        return Page(
            status: isReadiness && !isReady ? 503 : 200,
            mediaType: "application/json",
            body: Redactor.shared.redact(answer).serialized() + "\n"
        )
    }

    private static func host(of authority: String) -> Substring {
        if authority.hasPrefix("[") { return authority.dropFirst().prefix { $0 != "]" } }
        return authority.prefix { $0 != ":" }
    }
}

extension MonitoringPages.Page {
    fileprivate static func text(_ status: Int, _ text: String) -> Self {
        Self(status: status, mediaType: "text/plain; charset=utf-8", body: text + "\n")
    }
}
