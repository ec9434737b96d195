import JaneeJSON

extension VaultState {
    /// Answers a request as the server's HTTP layer does, and records it.
    ///
    /// What a test prepares is not recorded, and no fault holds for it.
    mutating func answer(_ request: DoubleRequest, now: VaultTime, isPreparation: Bool) -> DoubleAnswer {
        let mark = request.target.firstIndex(of: "?") ?? request.target.endIndex
        let rawPath = String(request.target[..<mark])
        let query = request.target[mark...].dropFirst()
        let path = unprefixed(rawPath).flatMap { PercentCoding.decode($0) }
        let (manner, fault) = isPreparation ? (VaultManner(), nil) : faults(for: request.target)
        var answer = answer(request, path: path, query: query, manner: manner, fault: fault, now: now)
        if request.method == "HEAD" { answer.body = [] }
        if manner.isTruncated { answer.behaviour = .truncate }
        if !isPreparation { record(request, path: path ?? "", status: answer.status) }
        return answer
    }

    /// The path without what a proxy in front of the server takes away, or nil when it does not begin with that.
    private func unprefixed(_ path: String) -> String? {
        settings.pathPrefix.isEmpty ? path : path.after(settings.pathPrefix)
    }

    private mutating func record(_ request: DoubleRequest, path: String, status: Int) {
        log.append(
            VaultDouble.Recorded(
                method: request.method,
                target: request.target,
                headerNames: request.headers.map(\.name),
                namespace: request.header("x-vault-namespace"),
                hasToken: token(of: request) != nil,
                kind: VaultDouble.Kind(method: request.method, path: path.after("/v1/") ?? ""),
                status: status
            )
        )
    }

    private func token(of request: DoubleRequest) -> String? {
        if let token = request.header("x-vault-token") { return token }
        return request.header("authorization")?.after("Bearer ")
    }

    private mutating func answer(
        _ request: DoubleRequest,
        path: String?,
        query: Substring,
        manner: VaultManner,
        fault: VaultDouble.Fault?,
        now: VaultTime
    ) -> DoubleAnswer {
        guard let path else {
            let isMalformed = unprefixed(request.target) != nil
            return isMalformed
                ? DoubleAnswer(
                    status: 400,
                    headers: [("Content-Type", "text/plain")],
                    body: Array("400 Bad Request".utf8)
                )
                : DoubleAnswer(status: 404, headers: [("Content-Type", "text/html")], body: Array("not found\n".utf8))
        }
        if path == "/v1/sys/health", ["GET", "HEAD"].contains(request.method), fault?.isAboutHealth ?? true {
            return health(PercentCoding.parameters(query), now: now, fault: fault)
        }
        if let answer = fault?.answer(path: path.after("/v1/") ?? path) { return answer }
        let clean = Self.cleaned(path)
        guard clean == path else { return Self.redirect(301, "Moved Permanently", clean, query, request.method) }
        guard path != "/" else { return Self.redirect(307, "Temporary Redirect", "/ui/", "", request.method) }
        guard let below = path.after("/v1/") else { return .vaultErrors(404) }
        if settings.requireRequestHeader, request.header("x-vault-request") != "true" {
            return .vaultErrors(412, ["missing required header 'X-Vault-Request'"])
        }
        switch (below, request.method) {
        case ("sys/seal-status", "GET"):
            return sealStatus
        case ("sys/unseal", "PUT"), ("sys/unseal", "POST"):
            isSealed = false
            return sealStatus
        default:
            return answer(request, below: below, query: query, manner: manner, now: now)
        }
    }

    private mutating func answer(
        _ request: DoubleRequest,
        below path: String,
        query: Substring,
        manner: VaultManner,
        now: VaultTime
    ) -> DoubleAnswer {
        let parameters = PercentCoding.parameters(query)
        let operation: VaultCall.Operation
        switch request.method {
        case "GET": operation = parameters["list"] == "true" ? .list : .read
        case "LIST": operation = .list
        case "POST", "PUT": operation = .update
        case "DELETE": operation = .delete
        default: return .vaultErrors(405)
        }
        var call = VaultCall(operation: operation, path: path, query: parameters, manner: manner, now: now)
        if operation == .update, !request.body.isEmpty {
            guard let body = (try? JSONReader.parse(request.body))?.objectValue else {
                return .vaultErrors(400, ["error parsing JSON"])
            }
            call.body = body
        }
        call.token = token(of: request)
        call.clientCertificateCommonName = request.clientCertificateCommonName
        call.wrapTTL = request.header("x-vault-wrap-ttl").flatMap { VaultDuration.seconds($0) }
        enterNamespace(request.header("x-vault-namespace"), &call)
        do throws(VaultError) {
            let response = try serve(call)
            return response.answer(requestID: response.wrapInfo.isNull ? identifiers.uuid() : "")
        } catch {
            return .vaultErrors(error.status, error.errors)
        }
    }

    /// Goes to the namespace that the header names, and further to those that the path begins with.
    private func enterNamespace(_ header: String?, _ call: inout VaultCall) {
        guard settings.namespacesEnabled else { return }
        let name = header?.withoutOuterSlashes ?? ""
        call.namespace = name.isEmpty || name == "root" ? "" : name + "/"
        while let slash = call.path.firstIndex(of: "/") {
            let next = call.namespace + call.path[...slash]
            guard namespaces[next] != nil else { return }
            call.namespace = next
            call.path = String(call.path[call.path.index(after: slash)...])
        }
    }
}

extension VaultDouble.Fault {
    /// Whether `sys/health` shows it in its own way, or not at all.
    fileprivate var isAboutHealth: Bool {
        switch self {
        case .drSecondary472, .perfStandby473, .standby307, .standby474, .notInitialised501, .namespaceLocked503: true
        default: false
        }
    }
}
