import JaneeJSON
import Logging
import Synchronization

/// One connection with a client, of either era or both, on any transport.
///
/// The transport hands in each message it receives and does what comes back; the session itself starts no task and
/// waits for nothing.
package final class MCPSession: Sendable {
    /// What the transport has to do after a message.
    package enum Reaction: Sendable {
        case nothing

        /// Send this message.
        case send([UInt8])

        /// Run ``MCPSession/perform(_:)`` in a task of its own and send what it returns.
        case perform(ToolInvocation)
    }

    private struct State {
        var history = PeerHistory()
        var requests: RequestTable
    }

    package let limits: SessionLimits
    private let server: MCPServer
    private let jsonLimits: JSONLimits
    private let state: Mutex<State>

    package init(server: MCPServer, limits: SessionLimits = SessionLimits()) {
        self.server = server
        self.limits = limits
        self.jsonLimits = JSONLimits(
            maximumBytes: limits.maximumMessageBytes,
            maximumStringBytes: limits.maximumMessageBytes
        )
        self.state = Mutex(State(requests: RequestTable(limits: limits)))
    }

    /// Takes one message from the client.
    package func receive(_ message: [UInt8]) -> Reaction {
        switch RPCMessage(message, limits: jsonLimits) {
        case .request(let request):
            do throws(RPCError) {
                return try answer(request, bytes: message.count)
            } catch {
                return refuse(error, id: request.id)
            }
        case .notification("notifications/cancelled", let params):
            cancel(params)
            return .nothing
        case .notification, .response:
            return .nothing
        case .invalid(let id, let error):
            return refuse(error, id: id)
        }
    }

    /// Takes note of a message that was too long to be kept.
    package func receiveOverlongMessage() -> Reaction {
        refuse(.messageTooLong(maximumBytes: limits.maximumMessageBytes), id: nil)
    }

    /// Runs a call in the current task; returns the message to send, or nil when the client has cancelled the call.
    package func perform(_ call: ToolInvocation) async -> [UInt8]? {
        let result = await call.cancellation.run { await call.run() }
        guard state.withLock({ $0.requests.end(call.id) }) else { return nil }
        let answer = result ?? .error("The server is shutting down; this call was not started")
        return RPCEncoder.result(server.finished(answer.json, era: call.context.era), id: call.id)
    }

    /// What a client gets that does not read its answers, in place of another large one.
    package func answerForSlowReader(of call: ToolInvocation) -> [UInt8] {
        RPCEncoder.error(.tooBusy("too many answers wait to be read"), id: call.id)
    }

    /// Cancels every running call; each still ends, and is answered if somebody waits for it.
    package func cancelAllCalls(answering: Bool) {
        for call in state.withLock({ $0.requests.cancelAll(answering: answering) }) {
            call.cancel()
        }
    }

    /// Ends all subscriptions; returns the messages that tell the client so.
    package func endSubscriptions() -> [[UInt8]] {
        state.withLock { $0.requests.endSubscriptions() }
            .map { id in
                RPCEncoder.result(
                    [
                        "resultType": "complete",
                        "_meta": [MetaKey.subscriptionID: id.json, MetaKey.serverInfo: server.serverInfo],
                    ],
                    id: id
                )
            }
    }

    private func answer(_ request: RPCRequest, bytes: Int) throws(RPCError) -> Reaction {
        let id = request.id
        let (history, isTaken) = state.withLock { state in
            defer { state.history.hasBeenModern = state.history.hasBeenModern || request.hasEnvelope }
            return (state.history, state.requests.contains(id))
        }
        guard !isTaken else { throw .duplicateID }
        switch try server.route(request, history) {
        case .result(let result):
            return .send(RPCEncoder.result(result, id: id))
        case .handshake(let handshake, let result):
            state.withLock { $0.history.handshake = handshake }
            return .send(RPCEncoder.result(result, id: id))
        case .subscription:
            try begin(id, .subscription, bytes: bytes)
            return .send(
                RPCEncoder.notification(
                    "notifications/subscriptions/acknowledged",
                    ["notifications": [:], "_meta": [MetaKey.subscriptionID: id.json]]
                )
            )
        case .call(let entry, let arguments, let problems, let context):
            let call = ToolInvocation(
                id: id,
                tool: entry.tool,
                arguments: arguments,
                problems: problems,
                context: ToolCallContext(
                    client: context.client,
                    protocolVersion: context.version,
                    era: context.era,
                    requestID: id
                )
            )
            try begin(id, .call(call.cancellation), bytes: bytes)
            return .perform(call)
        }
    }

    private func begin(_ id: RequestID, _ work: RequestTable.Work, bytes: Int) throws(RPCError) {
        try state.withLock { state in
            Result { () throws(RPCError) in try state.requests.begin(id, work, bytes: bytes) }
        }
        .get()
    }

    private func cancel(_ params: JSONObject) {
        guard let id = params["requestId"].flatMap(RequestID.init) else { return }
        // Not under the lock: cancelling runs the handlers of whatever the call is waiting for.
        state.withLock { $0.requests.abandon(id) }?.cancel()
    }

    private func refuse(_ error: RPCError, id: RequestID?) -> Reaction {
        server.logger.debug("refused a message", metadata: ["code": "\(error.code.rawValue)"])
        return .send(RPCEncoder.error(error, id: id))
    }
}
