import JaneeJSON
import JaneeTestSupport

/// The services and the credential sources of AWS's platforms, and what a line of input does to them.
struct Doubles: Sendable {
    let services: AWSDouble
    let instance: InstanceMetadataDouble
    let container = ContainerCredentialsDouble()
    private let now: @Sendable () -> Duration

    init(now: @escaping @Sendable () -> Duration) {
        self.now = now
        services = AWSDouble(now: now)
        instance = InstanceMetadataDouble(now: now)
    }

    /// Does what a line says, such as `{"do":"put","name":"app/db","string":"x"}`.
    func run(_ line: String) -> JSONValue {
        guard let command = try? JSONReader.parse(line), let name = command["do"]?.stringValue else {
            return ["ok": false, "error": "not a command"]
        }
        let text = { (key: String) in command[key]?.stringValue ?? "" }
        switch name {
        case "put": services.put(text("name"), string: text("string"))
        case "delete": services.delete(text("name"))
        case "add_key": services.addKey(id: text("id"), secret: text("secret"), token: command["token"]?.stringValue)
        case "add_role": services.addRole(arn: text("arn"), externalID: command["external_id"]?.stringValue)
        case "expect_web_identity": services.expectWebIdentity(token: text("token"))
        case "issue":
            let expires = now() + .seconds(command["seconds"]?.intValue ?? 3600)
            instance.issue(text("id"), secret: text("secret"), token: text("token"), expires: expires)
            container.issue(text("id"), secret: text("secret"), token: text("token"), expires: expires)
        case "container":
            container.path = text("path")
            container.authorization = command["authorization"]?.stringValue
        case "expire": services.expireSessions()
        case "deny": services.deny(text("action"))
        case "allow": services.allow(text("action"))
        case "skew": services.skew = .seconds(command["seconds"]?.intValue ?? 0)
        case "error":
            services.set(
                .error(name: text("name"), message: text("message"), status: command["status"]?.intValue ?? 400),
                action: command["action"]?.stringValue,
                count: command["count"]?.intValue
            )
        case "instance_status": instance.set(.status(command["status"]?.intValue ?? 500))
        case "clear":
            services.clearFaults()
            instance.clearFaults()
            container.clearFaults()
            services.clearRequests()
            instance.clearRequests()
            container.clearRequests()
        case "requests": return requests()
        default: return ["ok": false, "error": "no such command"]
        }
        return ["ok": true]
    }

    private func requests() -> JSONValue {
        let list = { (requests: [DoubleRequest]) in
            JSONValue.array(requests.map { ["method": .string($0.method), "target": .string($0.target)] })
        }
        let actions = services.requests.map { request in
            let target = request.header("x-amz-target")?.split(separator: ".").last.map(String.init)
            let form = request.body.firstRange(of: Array("Action=".utf8))
                .map { range in
                    String(
                        decoding: request.body[range.upperBound...].prefix { $0 != UInt8(ascii: "&") },
                        as: UTF8.self
                    )
                }
            return JSONValue.string(target ?? form ?? "")
        }
        return [
            "ok": true, "actions": .array(actions), "instance": list(instance.requests),
            "container": list(container.requests),
        ]
    }
}
