import JaneeJSON
import JaneeMCP
import Synchronization

/// Gives its argument back.
struct EchoTool: MCPTool {
    let name = "echo"
    let description = "Gives a text back"
    let inputSchema: JSONValue = [
        "type": "object",
        "properties": ["text": ["type": "string", "maxLength": 100_000]],
        "required": ["text"],
        "additionalProperties": false,
    ]

    func call(_ arguments: JSONObject, context: ToolCallContext) async -> ToolResult {
        .text(arguments["text"]?.stringValue ?? "nothing")
    }
}

/// Gives back what it was told about its request.
struct ContextTool: MCPTool {
    let name = "context"
    let title: String? = "Context"
    let description = "Shows the context of the call"
    let inputSchema: JSONValue = ["type": "object", "properties": [:], "required": []]
    let annotations: JSONValue? = ["readOnlyHint": true]

    func call(_ arguments: JSONObject, context: ToolCallContext) async -> ToolResult {
        let client = context.client.map(\.description) ?? "nobody"
        return .error("\(context.era) \(context.protocolVersion) \(client) \(context.requestID)")
    }
}

/// Runs until it is cancelled, or until the test lets it end.
final class WaitingTool: MCPTool {
    private struct State {
        var starts = 0
        var cancellations = 0
        var isReleased = false
        var waiters: [CheckedContinuation<Void, Never>] = []
        var observers: [(starts: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    let name = "wait"
    let description = "Runs for a while"
    let inputSchema: JSONValue = ["type": "object", "additionalProperties": false]
    private let heedsCancellation: Bool
    private let state = Mutex(State())

    init(heedsCancellation: Bool = true) {
        self.heedsCancellation = heedsCancellation
    }

    var cancellations: Int {
        state.withLock { $0.cancellations }
    }

    func call(_ arguments: JSONObject, context: ToolCallContext) async -> ToolResult {
        noteStart()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.isReleased || (heedsCancellation && Task.isCancelled) { return true }
                    state.waiters.append(continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            if heedsCancellation { wakeAll() }
        }
        guard Task.isCancelled else { return .text("ended") }
        state.withLock { $0.cancellations += 1 }
        return .error("cancelled")
    }

    /// Lets all calls end.
    func release() {
        state.withLock { $0.isReleased = true }
        wakeAll()
    }

    /// Returns when that many calls have begun.
    func started(_ count: Int = 1) async {
        await withCheckedContinuation { continuation in
            let isSo = state.withLock { state in
                if state.starts >= count { return true }
                state.observers.append((count, continuation))
                return false
            }
            if isSo { continuation.resume() }
        }
    }

    private func noteStart() {
        let ready = state.withLock { state in
            state.starts += 1
            let starts = state.starts
            defer { state.observers.removeAll { $0.starts <= starts } }
            return state.observers.filter { $0.starts <= starts }
        }
        for observer in ready {
            observer.continuation.resume()
        }
    }

    private func wakeAll() {
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters {
            waiter.resume()
        }
    }
}
