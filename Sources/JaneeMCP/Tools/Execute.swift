import JaneeCore
import JaneeJSON

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `execute`: one HTTP call through the broker.
struct Execute: MCPTool {
    let environment: ToolEnvironment

    var name: String { "execute" }
    var description: String { "Execute an API request through Janee proxy" }
    var inputSchema: JSONValue {
        [
            "type": "object",
            "properties": [
                // Longer names do not exist, and looking one up takes time that grows with its length.
                "capability": [
                    "type": "string", "maxLength": 128,
                    "description": "Capability name to use (from list_services)",
                ],
                "method": [
                    "type": "string",
                    "enum": .array(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]),
                    "description": "HTTP method",
                ],
                "path": Self.text("API path (e.g., /v1/customers)"),
                "body": Self.text("Request body (JSON string, optional)"),
                "headers": [
                    "type": "object",
                    "additionalProperties": ["type": "string"],
                    "description": "Additional headers (optional)",
                ],
                "reason": Self.text("Reason for this request (required for some capabilities)"),
            ],
            "required": ["capability", "method", "path"],
        ]
    }

    /// A call that cannot even be read is a refused call, and recorded as one.
    func refuse(
        _ arguments: JSONObject,
        because problems: [ArgumentProblem],
        context: ToolCallContext
    ) async -> ToolResult {
        let text = problems.map(\.description).joined(separator: "; ")
        await environment.proxy.recordRefusal(
            of: Self.call(arguments),
            Denial(.invalidArguments, "Invalid arguments: \(text)", nextStep: "Correct the arguments and try again."),
            agent: environment.agent,
            clientLabel: context.client.map(\.description)
        )
        return .invalidArguments(problems)
    }

    func call(_ arguments: JSONObject, context: ToolCallContext) async -> ToolResult {
        let call = Self.call(arguments)
        let label = context.client.map(\.description)
        switch await environment.proxy.execute(call, agent: environment.agent, clientLabel: label) {
        case .answered(let answer): return .json(Self.json(answer))
        case .denied(let denial): return .failure(json(denial, call.capability))
        case .failed(let failure):
            let json: JSONValue = ["error": .string(failure.message), "code": .string(failure.code)]
            return .failure(json)
        }
    }

    private static func call(_ arguments: JSONObject) -> AgentCall {
        var call = AgentCall(
            capability: arguments["capability"]?.stringValue ?? "",
            method: arguments["method"]?.stringValue ?? "",
            path: arguments["path"]?.stringValue ?? ""
        )
        call.body = arguments["body"]?.stringValue
        call.reason = arguments["reason"]?.stringValue
        for (name, value) in arguments["headers"]?.objectValue ?? [:] {
            call.headers.append((name: name, value: value.stringValue ?? ""))
        }
        return call
    }

    private static func json(_ answer: UpstreamAnswer) -> JSONValue {
        var headers: JSONObject = [:]
        for (name, value) in answer.headers {
            // A repeated field is one list (RFC 9110, section 5.3).
            headers[name] = .string(headers[name]?.stringValue.map { "\($0), \(value)" } ?? value)
        }
        var json: JSONObject = ["status": .number(JSONNumber(answer.status)), "headers": .object(headers)]
        switch answer.body {
        case .text(let text):
            json["body"] = .string(text)
        case .binary(let bytes):
            json["body"] = .string(Data(bytes).base64EncodedString())
            json["bodyEncoding"] = "base64"
        }
        return .object(json)
    }

    private func json(_ denial: Denial, _ capability: String) -> JSONValue {
        var details: JSONObject = [
            "reasonCode": .string(denial.code.rawValue),
            "capability": .string(capability),
        ]
        details["agentId"] = environment.agent.name.map { .string($0) }
        details["nextStep"] = .string(denial.nextStep)
        return ["error": .string(denial.message), "denial": .object(details)]
    }

    private static func text(_ description: String) -> JSONValue {
        ["type": "string", "description": .string(description)]
    }
}
