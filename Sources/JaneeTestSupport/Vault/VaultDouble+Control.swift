extension VaultDouble {
    package var settings: Settings {
        get { change(\.settings) }
        set { change { $0.settings = newValue } }
    }

    /// Lets a fault hold for the requests whose target begins with `prefix`: the next `count` ones, or all.
    ///
    /// Of several faults that answer, the first one set is the one that does.
    package func set(_ fault: Fault, prefix: String? = nil, count: Int? = nil) {
        change { $0.faults.append(ActiveFault(fault: fault, prefix: prefix, remaining: count)) }
    }

    package func clearFaults() {
        change { $0.faults = [] }
    }

    package func seal() {
        change { $0.isSealed = true }
    }

    package func unseal() {
        change { $0.isSealed = false }
    }

    /// Becomes a server that was never set up.
    package func uninitialise() {
        change { $0.isInitialised = false }
    }

    /// Comes back with what it had on its disk, but without tokens other than the root token.
    package func restart() {
        revokeAllTokens()
        change { $0.wrapped = [:] }
    }

    package func revokeAllTokens() {
        change { state in state.tokens = state.tokens.filter { $0.key == rootToken } }
    }

    /// Moves its clock forward.
    package func advance(by duration: Duration) {
        let (seconds, attoseconds) = duration.components
        change { $0.advance += seconds * 1_000_000_000 + attoseconds / 1_000_000_000 }
    }

    /// The latest requests, at most 1000, the oldest first.
    package var requests: [Recorded] { change(\.log.latest) }

    /// How many requests there were in all.
    package var requestCount: Int { change(\.log.total) }

    package func count(_ kind: Kind) -> Int {
        change { $0.log.counts[kind] ?? 0 }
    }

    package func clearRequests() {
        change { $0.log = VaultLog() }
    }

    /// How many tokens live, the root token among them.
    package var tokenCount: Int { change(\.tokens.count) }
}
