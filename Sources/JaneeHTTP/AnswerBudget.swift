import Synchronization

/// The memory that the answers of one client take together, so that many large ones at once cannot take all there is.
final class AnswerBudget: Sendable {
    private let available: Mutex<Int>

    init(bytes: Int) {
        available = Mutex(bytes)
    }

    /// Room that is given back when the lease is let go.
    final class Lease: Sendable {
        private let budget: AnswerBudget
        private let bytes = Mutex(0)

        init(_ budget: AnswerBudget) {
            self.budget = budget
        }

        deinit {
            let count = bytes.withLock { $0 }
            budget.available.withLock { $0 += count }
        }

        /// Takes more room; false if there is not as much left.
        func grow(by count: Int) -> Bool {
            let isGranted = budget.available.withLock { available in
                guard available >= count else { return false }
                available -= count
                return true
            }
            if isGranted { bytes.withLock { $0 += count } }
            return isGranted
        }
    }
}
