import CoreMetrics
import Synchronization

/// One set of label values of a metric.
protocol PrometheusSeries: AnyObject, Sendable {
    /// The samples: what follows the metric's name, further labels, the value.
    var samples: [PrometheusSample] { get }
}

/// One line of the exposition without the metric's name and the series' own labels.
struct PrometheusSample {
    let suffix: String
    let label: (name: String, value: String)?
    let value: Double

    init(_ value: Double, suffix: String = "", label: (name: String, value: String)? = nil) {
        self.value = value
        self.suffix = suffix
        self.label = label
    }
}

/// A number that only grows.
final class CounterSeries: PrometheusSeries, CounterHandler, FloatingPointCounterHandler {
    private let value = Mutex(0.0)

    func increment(by amount: Int64) { increment(by: Double(amount)) }

    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        value.withLock { $0 += amount }
    }

    func reset() { value.withLock { $0 = 0 } }

    var samples: [PrometheusSample] { [PrometheusSample(value.withLock { $0 })] }
}

/// A number that goes up and down.
final class GaugeSeries: PrometheusSeries, RecorderHandler, MeterHandler {
    private let value = Mutex(0.0)

    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { self.value.withLock { $0 = value } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }

    var samples: [PrometheusSample] { [PrometheusSample(value.withLock { $0 })] }
}

/// How many measurements were at most this large.
final class HistogramSeries: PrometheusSeries, RecorderHandler, TimerHandler {
    private struct State {
        /// By bucket, not accumulated; the last has what is larger than every bound.
        var counts: [UInt64]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[index] += 1
            state.sum += value
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    var samples: [PrometheusSample] {
        let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
        var samples: [PrometheusSample] = []
        var total: UInt64 = 0
        for (index, count) in counts.enumerated() {
            total += count
            let bound = index < bounds.count ? PrometheusText.number(bounds[index]) : "+Inf"
            samples.append(PrometheusSample(Double(total), suffix: "_bucket", label: ("le", bound)))
        }
        return samples + [PrometheusSample(sum, suffix: "_sum"), PrometheusSample(Double(total), suffix: "_count")]
    }
}
