package import CoreMetrics
import Synchronization

/// Keeps the program's metrics and shows them to Prometheus.
///
/// A metric that is used with another type or other labels than the first time, or with too many label values, is not
/// counted: what is wrong with a metric must not harm what it measures. How many were left out is a metric itself.
package final class PrometheusRegistry: MetricsFactory {
    private enum Kind: String {
        case counter, gauge, histogram
    }

    private struct Family {
        let kind: Kind
        let labels: [String]
        var series: [[String]: any PrometheusSeries] = [:]
    }

    private struct State {
        var families: [String: Family] = [:]
        var refused: UInt64 = 0
    }

    private let descriptions: [String: MetricDescription]
    private let maximumSeries: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - descriptions: What the metrics mean; others are shown without help.
    ///   - maximumSeries: How many combinations of label values a metric may have.
    package init(_ descriptions: [MetricDescription] = [], maximumSeries: Int = 2000) {
        self.descriptions = Dictionary(descriptions.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.maximumSeries = maximumSeries
    }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(.counter, label, dimensions) { _ in CounterSeries() } ?? NOOPMetricsHandler.instance
    }

    package func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(.counter, label, dimensions) { _ in CounterSeries() } ?? NOOPMetricsHandler.instance
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(.gauge, label, dimensions) { _ in GaugeSeries() } ?? NOOPMetricsHandler.instance
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        if aggregate { return histogram(label, dimensions) ?? NOOPMetricsHandler.instance }
        return series(.gauge, label, dimensions) { _ in GaugeSeries() } ?? NOOPMetricsHandler.instance
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions) ?? NOOPMetricsHandler.instance
    }

    // What was counted stays: a counter that disappears would seem to have been reset.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    private func histogram(_ label: String, _ dimensions: [(String, String)]) -> HistogramSeries? {
        series(.histogram, label, dimensions) { description in
            HistogramSeries(bounds: description?.buckets ?? MetricDescription.latencyBuckets)
        }
    }

    private func series<Series: PrometheusSeries>(
        _ kind: Kind,
        _ label: String,
        _ dimensions: [(String, String)],
        _ make: (MetricDescription?) -> Series
    ) -> Series? {
        let name = PrometheusText.metricName(label)
        let labels = dimensions.compactMap { PrometheusText.labelName($0.0) }
        let isReserved = kind == .histogram && labels.contains("le")
        return state.withLock { state in
            var family = state.families[name] ?? Family(kind: kind, labels: labels)
            let values = dimensions.map(\.1)
            guard family.kind == kind, family.labels == labels, labels.count == values.count, !isReserved,
                Set(labels).count == labels.count
            else {
                state.refused += 1
                return nil
            }
            if let known = family.series[values] { return known as? Series }
            guard family.series.count < maximumSeries else {
                state.refused += 1
                return nil
            }
            let series = make(descriptions[name])
            family.series[values] = series
            state.families[name] = family
            return series
        }
    }

    /// All metrics, sorted, in the text format.
    package var exposition: String {
        let (families, refused) = state.withLock { ($0.families, $0.refused) }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            if let description = descriptions[name] {
                text += "# HELP \(name) \(PrometheusText.help(description.help))\n"
            }
            text += "# TYPE \(name) \(family.kind.rawValue)\n"
            for (values, series) in family.series.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                let labels = zip(family.labels, values).map { (name: $0, value: $1) }
                for sample in series.samples {
                    text += Self.line(name + sample.suffix, labels + [sample.label].compactMap { $0 }, sample.value)
                }
            }
        }
        text += """
            # HELP janee_metrics_refused_total Uses of a metric that were not counted: another type, other labels, too many.
            # TYPE janee_metrics_refused_total counter

            """
        return text + Self.line("janee_metrics_refused_total", [], Double(refused))
    }

    private static func line(_ name: String, _ labels: [(name: String, value: String)], _ value: Double) -> String {
        let list = labels.map { "\($0.name)=\"\(PrometheusText.labelValue($0.value))\"" }.joined(separator: ",")
        return "\(name)\(list.isEmpty ? "" : "{\(list)}") \(PrometheusText.number(value))\n"
    }
}
