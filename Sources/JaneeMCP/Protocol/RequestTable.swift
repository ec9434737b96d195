/// The requests of one connection that are not answered yet.
///
/// A request stays here until its work has ended, even when it was cancelled before, so that the limits bound the work
/// that is really done and an id cannot be taken twice.
struct RequestTable {
    private struct Running {
        let work: Work
        let bytes: Int
        var isAnswerOwed = true
    }

    enum Work {
        case call(CallCancellation)
        case subscription
    }

    private let limits: SessionLimits
    private var running: [RequestID: Running] = [:]
    private var bytes = 0

    init(limits: SessionLimits) {
        self.limits = limits
    }

    func contains(_ id: RequestID) -> Bool {
        running[id] != nil
    }

    /// Takes a request; `size` is that of its message.
    mutating func begin(_ id: RequestID, _ work: Work, bytes size: Int) throws(RPCError) {
        guard !contains(id) else { throw .duplicateID }
        guard running.count < limits.maximumRequests else {
            throw .tooBusy("\(limits.maximumRequests) requests are running")
        }
        guard running.isEmpty || bytes + size <= limits.maximumRequestBytes else {
            throw .tooBusy("the running requests have \(limits.maximumRequestBytes) bytes")
        }
        bytes += size
        running[id] = Running(work: work, bytes: size)
    }

    /// Removes a request whose work has ended, and says whether its client still waits for the answer.
    mutating func end(_ id: RequestID) -> Bool {
        guard let request = running.removeValue(forKey: id) else { return false }
        bytes -= request.bytes
        return request.isAnswerOwed
    }

    /// Notes that the client does not want an answer any more; gives back the call to stop.
    mutating func abandon(_ id: RequestID) -> CallCancellation? {
        switch running[id]?.work {
        case nil:
            return nil
        case .subscription:
            _ = end(id)
            return nil
        case .call(let cancellation):
            running[id]?.isAnswerOwed = false
            return cancellation
        }
    }

    /// All calls, to be stopped; their clients may not wait for the answers any more.
    mutating func cancelAll(answering: Bool) -> [CallCancellation] {
        var calls: [CallCancellation] = []
        for (id, request) in running {
            guard case .call(let cancellation) = request.work else { continue }
            calls.append(cancellation)
            if !answering { running[id]?.isAnswerOwed = false }
        }
        return calls
    }

    /// Removes all subscriptions.
    mutating func endSubscriptions() -> [RequestID] {
        let ids = running.filter { if case .subscription = $0.value.work { true } else { false } }.map(\.key)
        for id in ids {
            _ = end(id)
        }
        return ids
    }
}
