extension VaultDouble {
    /// A way to fail, or to be another server than the one of the recordings.
    package enum Fault: Sendable, Hashable {
        /// A standby that does not forward; its health is 429.
        case standby307(location: String)
        case replica412
        case rateLimited429(retryAfter: Int?)
        /// The login page of something in between.
        case html200(canary: String)
        case drSecondary472
        case perfStandby473
        case standby474
        case error500(String)
        case noActiveNode500
        case badGateway502
        case namespaceLocked503
        case notInitialised501
        case hang
        case closeConnection
        /// Answers, but declares a longer body than it sends, and closes.
        case truncated
        /// Tokens are unknown for so long after their issue.
        case replicationLag(milliseconds: Int)
        /// Says which tokens are dead, as servers since 2024 do.
        case newServerTexts
        case openBaoTexts
        /// JSON that is not what the request is answered with.
        case garbage
        case huge

        /// Whether it changes how requests are answered instead of answering them.
        var isManner: Bool {
            switch self {
            case .replicationLag, .newServerTexts, .openBaoTexts, .truncated: true
            default: false
            }
        }
    }
}

/// A fault while it is set.
struct ActiveFault: Sendable {
    let fault: VaultDouble.Fault
    /// What the target begins with.
    let prefix: String?
    /// For how many more requests it holds; without it, until it is cleared.
    var remaining: Int?
}

/// What the faults that hold for a request change in its answer.
struct VaultManner: Sendable {
    var replicationLag = 0
    var hasNewServerTexts = false
    var hasOpenBaoTexts = false
    var isTruncated = false

    mutating func add(_ fault: VaultDouble.Fault) {
        switch fault {
        case .replicationLag(let milliseconds): replicationLag = milliseconds
        case .newServerTexts: hasNewServerTexts = true
        case .openBaoTexts: hasOpenBaoTexts = true
        case .truncated: isTruncated = true
        default: break
        }
    }
}

extension VaultState {
    /// The faults that hold for a request: what they change, and the one that answers it.
    mutating func faults(for target: String) -> (manner: VaultManner, answering: VaultDouble.Fault?) {
        guard !faults.isEmpty else { return (VaultManner(), nil) }
        var manner = VaultManner()
        var answering: VaultDouble.Fault?
        for index in faults.indices {
            let active = faults[index]
            guard active.remaining != 0, active.prefix.map(target.hasPrefix) ?? true else { continue }
            if active.fault.isManner {
                manner.add(active.fault)
            } else if answering == nil {
                answering = active.fault
            } else {
                continue
            }
            faults[index].remaining = active.remaining.map { $0 - 1 }
        }
        faults.removeAll { $0.remaining == 0 }
        return (manner, answering)
    }
}
