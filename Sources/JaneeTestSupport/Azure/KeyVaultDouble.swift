import JaneeJSON
import JaneeSecrets
import Synchronization

/// The secrets of a vault of Azure, for tests: it wants a token that is for it, and answers as the service was recorded to.
///
/// Where the recording is of an emulator that differs from the service (`innererror`, names), it follows the service.
package final class KeyVaultDouble: HTTPDouble {
    package enum Fault: Sendable, Equatable {
        case throttled(header: String?, value: String)
        case serverError(Int)
        case html200(canary: String)
        case forbidden(inner: String?, message: String)
        case challenge(String)
        case closeConnection
    }

    struct Version: Sendable {
        let id: String
        let value: String
        var isEnabled = true
        var expires: Int?
        var notBefore: Int?
        let created: Int
    }

    struct State: Sendable {
        var secrets: [String: [Version]] = [:]
        var deleted: Set<String> = []
        var faults: [(fault: Fault, remaining: Int?)] = []
        var log: [DoubleRequest] = []
        var last = 0
        var pageSize: Int?
        var nextHost: String?
        var forbidsLists = false
    }

    private static let resource = "https://vault.azure.net"

    private let tokens: AzureTokens
    private let now: @Sendable () -> Duration
    private let state = Mutex(State())

    /// - Parameter now: The time since 1970.
    package init(_ tokens: AzureTokens, now: @escaping @Sendable () -> Duration) {
        self.tokens = tokens
        self.now = now
    }

    /// Adds a version; gives its id.
    @discardableResult
    package func put(
        _ name: String,
        _ value: String,
        isEnabled: Bool = true,
        expires: Int? = nil,
        notBefore: Int? = nil
    ) -> String {
        let now = Int(now().components.seconds)
        return state.withLock { state in
            state.last += 1
            let digits = String(state.last, radix: 16)
            let id = String(repeating: "0", count: 32 - digits.utf8.count) + digits
            let version = Version(
                id: id,
                value: value,
                isEnabled: isEnabled,
                expires: expires,
                notBefore: notBefore,
                created: now + state.last
            )
            state.secrets[name.lowercased(), default: []].append(version)
            return id
        }
    }

    package func delete(_ name: String) {
        state.withLock { _ = $0.deleted.insert(name.lowercased()) }
    }

    /// Lets a fault hold for the next `count` requests, or all.
    package func set(_ fault: Fault, count: Int? = nil) {
        state.withLock { $0.faults.append((fault, count)) }
    }

    package func clearFaults() {
        state.withLock { $0.faults = [] }
    }

    /// How many versions a page of a list has at most.
    package var pageSize: Int? {
        get { state.withLock { $0.pageSize } }
        set { state.withLock { $0.pageSize = newValue } }
    }

    /// Where the next pages of lists are said to be; relative to the vault if it is nil.
    package var nextHost: String? {
        get { state.withLock { $0.nextHost } }
        set { state.withLock { $0.nextHost = newValue } }
    }

    /// Whether access policies allow reading only.
    package var forbidsLists: Bool {
        get { state.withLock { $0.forbidsLists } }
        set { state.withLock { $0.forbidsLists = newValue } }
    }

    package var requests: [DoubleRequest] { state.withLock { $0.log } }

    package func clearRequests() {
        state.withLock { $0.log = [] }
    }

    package func answer(_ request: DoubleRequest) -> DoubleAnswer {
        let now = now()
        return state.withLock { state in
            state.log.append(request)
            var answer = Self.fault(&state) ?? respond(request, state, now)
            answer.headers.append(("x-ms-request-id", "28190b707409425c0e9940d1ccc49793"))
            return answer
        }
    }

    private func respond(_ request: DoubleRequest, _ state: State, _ now: Duration) -> DoubleAnswer {
        guard let authorization = request.header("authorization") else {
            return Self.unauthorised("AKV10000: Request is missing a Bearer or PoP token.")
        }
        guard authorization.hasPrefix("Bearer ") else { return Self.unauthorised("AKV10001: no bearer token") }
        let token = String(authorization.dropFirst("Bearer ".count))
        let refusal = tokens.refusal(of: token, for: Self.resource, tenant: EntraDouble.tenant, now: now)
        if let refusal { return Self.unauthorised(refusal) }
        let parts = request.target.split(separator: "?", maxSplits: 1).map(String.init)
        guard parts.count == 2, parts[1].split(separator: "&").contains("api-version=7.4") else {
            return Self.error(400, "BadParameter", "api-version must be specified")
        }
        let path = parts[0].split(separator: "/", omittingEmptySubsequences: true).map(String.init)
        guard request.method == "GET", path.first == "secrets" else {
            return Self.error(400, "BadParameter", "Method or path is not allowed")
        }
        switch path.count {
        case 1: return list(state)
        case 2: return read(path[1], nil, state)
        case 3 where path[2] == "versions": return versions(path[1], parts[1], state)
        case 3: return read(path[1], path[2], state)
        default: return Self.error(400, "BadParameter", "the path is not allowed")
        }
    }

    private func read(_ name: String, _ version: String?, _ state: State) -> DoubleAnswer {
        guard name.wholeMatch(of: /[0-9a-zA-Z-]{1,127}/) != nil else {
            return Self.error(400, "BadParameter", "The request URI contains an invalid name: \(name)")
        }
        let versions = state.deleted.contains(name.lowercased()) ? [] : state.secrets[name.lowercased()] ?? []
        guard let found = version.map({ id in versions.first { $0.id == id.lowercased() } }) ?? versions.last else {
            return Self.error(404, "SecretNotFound", "A secret with (name/id) \(name) was not found in this key vault.")
        }
        guard found.isEnabled else {
            return Self.error(
                403,
                "Forbidden",
                "Operation get is not allowed on a disabled secret.",
                inner: "SecretDisabled"
            )
        }
        return MetadataDoubleState.json([
            "value": .string(found.value), "id": .string("https://double.vault.azure.net/secrets/\(name)/\(found.id)"),
            "attributes": .object(Self.attributes(found)), "tags": [:],
        ])
    }

    private func versions(_ name: String, _ query: String, _ state: State) -> DoubleAnswer {
        if state.forbidsLists {
            return Self.error(
                403,
                "Forbidden",
                "The user does not have secrets list permission.",
                inner: "ForbiddenByPolicy"
            )
        }
        let all = state.deleted.contains(name.lowercased()) ? [] : state.secrets[name.lowercased()] ?? []
        let start = query.firstMatch(of: /\$skiptoken=(\d+)/).flatMap { Int($0.1) } ?? 0
        let end = min(all.count, start + (state.pageSize ?? all.count))
        let items = all[min(start, end)..<end]
            .map { version -> JSONValue in
                [
                    "id": .string("https://double.vault.azure.net/secrets/\(name)/\(version.id)"),
                    "attributes": .object(Self.attributes(version)),
                ]
            }
        let next = "/secrets/\(name)/versions?api-version=7.4&$skiptoken=\(end)"
        return MetadataDoubleState.json([
            "value": .array(items), "nextLink": end < all.count ? .string((state.nextHost ?? "") + next) : .null,
        ])
    }

    private func list(_ state: State) -> DoubleAnswer {
        if state.forbidsLists {
            return Self.error(
                403,
                "Forbidden",
                "The user does not have secrets list permission.",
                inner: "ForbiddenByPolicy"
            )
        }
        return MetadataDoubleState.json(["value": [], "nextLink": .null])
    }
}

extension KeyVaultDouble {
    private static func fault(_ state: inout State) -> DoubleAnswer? {
        guard let index = state.faults.firstIndex(where: { $0.remaining != 0 }) else { return nil }
        if let remaining = state.faults[index].remaining { state.faults[index].remaining = remaining - 1 }
        switch state.faults[index].fault {
        case .throttled(let header, let value):
            var answer = error(429, "Throttled", "CANARY-VAULT too many")
            if let header { answer.headers.append((header, value)) }
            return answer
        case .serverError(let status): return error(status, "InternalServerError", "CANARY-VAULT")
        case .html200(let canary):
            return DoubleAnswer(
                status: 200,
                headers: [("Content-Type", "text/html")],
                body: Array("<html>\(canary)</html>".utf8)
            )
        case .forbidden(let inner, let message): return error(403, "Forbidden", message, inner: inner)
        case .challenge(let text):
            var answer = error(401, "Unauthorized", "CANARY-VAULT")
            answer.headers.append(("WWW-Authenticate", text))
            return answer
        case .closeConnection: return DoubleAnswer(status: 200, behaviour: .close)
        }
    }

    private static func attributes(_ version: Version) -> JSONObject {
        var json: JSONObject = ["enabled": .bool(version.isEnabled), "created": .number(JSONNumber(version.created))]
        if let time = version.expires { json.append("exp", .number(JSONNumber(time))) }
        if let time = version.notBefore { json.append("nbf", .number(JSONNumber(time))) }
        json.append("recoveryLevel", "Recoverable+Purgeable")
        return json
    }

    private static func unauthorised(_ message: String) -> DoubleAnswer {
        var answer = error(401, "Unauthorized", message)
        answer.headers.append(
            (
                "WWW-Authenticate",
                "Bearer authorization=\"https://login.microsoftonline.com/\(EntraDouble.tenant)\", resource=\"\(resource)\""
            )
        )
        return answer
    }

    private static func error(_ status: Int, _ code: String, _ message: String, inner: String? = nil) -> DoubleAnswer {
        var error: JSONObject = ["code": .string(code), "message": .string(message)]
        if let inner { error.append("innererror", ["code": .string(inner)]) }
        var answer = MetadataDoubleState.json(["error": .object(error)])
        answer.status = status
        return answer
    }
}
