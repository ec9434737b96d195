import JaneeAuth
import JaneeConfig
package import JaneeSecrets

/// What an operator should know when a server starts: everything configured that will not work, and why.
package struct StartupReport: Sendable {
    package struct Finding: Sendable, Hashable {
        /// Whether the server must not start.
        package let isFatal: Bool
        /// The field concerned, such as `services.stripe.auth`.
        package let field: String
        package let position: ConfigPosition
        package let code: String
        package let message: String

        /// The finding as a problem of the configuration file.
        package var problem: ConfigProblem {
            ConfigProblem(isFatal ? .error : .warning, code: code, at: position, field: field, message)
        }
    }

    package private(set) var findings: [Finding] = []

    /// Examines a runtime for unusable auth types and modes, and secrets that are not stored.
    ///
    /// No value is read.
    package init(examining runtime: JaneeRuntime) async {
        let policy = runtime.currentPolicy
        for entry in policy.entries.values.sorted(by: { $0.capability.name < $1.capability.name }) {
            let field = "capabilities.\(entry.capability.name)"
            if entry.capability.mode == .exec {
                add(field, entry.capability.position, "NOT_USABLE", "is of mode 'exec', which this version cannot run")
            }
            if entry.auth == nil {
                let type = entry.service.auth.type
                add(
                    field,
                    entry.capability.position,
                    "NOT_USABLE",
                    "uses auth type '\(type)', which this version cannot use"
                )
            }
            if !(entry.capability.autoApprove ?? (policy.server.defaultApproval == .automatic)) {
                add(field, entry.capability.position, "NOT_USABLE", "needs approval, which this version cannot ask for")
            }
        }
        let used = Set(policy.entries.values.map(\.service.name))
        for service in runtime.configuration.services.values.sorted(by: { $0.name < $1.name }) {
            if !used.contains(service.name), !runtime.authMethods.contains(where: { $0.type == service.auth.type }) {
                let message = "is of type '\(service.auth.type)', which this version cannot use"
                add("services.\(service.name).auth", service.position, "NOT_USABLE", message)
            }
            await examine(service, runtime.secrets)
        }
    }

    private mutating func examine(_ service: Service, _ secrets: SecretsManager) async {
        for (name, uri) in service.auth.secrets.sorted(by: { $0.key < $1.key }) {
            let field = "services.\(service.name).auth.\(name)"
            let position = service.auth.positions[name] ?? service.position
            do throws(SecretError) {
                // What is on other machines is asked in the background (``SecretsManager/supervise(_:_:)``).
                guard let provider = try secrets.localProvider(uri.provider),
                    try await provider.probe(uri.reference) == false
                else { continue }
                // A bare reference may be a key pasted by mistake, so it is not repeated.
                let shown = uri.form == .bare ? "the bare reference given here" : "\(uri)"
                add(
                    field,
                    position,
                    SecretError.Code.secretNotFound.rawValue,
                    "no secret is stored under \(shown); store it with 'janee secret set'"
                )
            } catch {
                add(field, position, error.code.rawValue, uri.form == .bare ? error.detail : error.message)
            }
        }
    }

    private mutating func add(_ field: String, _ position: ConfigPosition, _ code: String, _ message: String) {
        findings.append(Finding(isFatal: false, field: field, position: position, code: code, message: message))
    }
}
