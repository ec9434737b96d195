import CoreMetrics
import JaneeTelemetry
import Testing

@Suite("The Prometheus exposition")
struct PrometheusTests {
    private static let always = """
        # HELP janee_metrics_refused_total Uses of a metric that were not counted: another type, other labels, too many.
        # TYPE janee_metrics_refused_total counter
        janee_metrics_refused_total
        """

    private func text(_ registry: PrometheusRegistry, refused: Int = 0) -> String {
        let text = registry.exposition
        let end = "\(Self.always) \(refused)\n"
        #expect(text.hasSuffix(end))
        return String(text.dropLast(end.count))
    }

    @Test("shows counters, gauges and histograms, sorted, with what they mean")
    func exposition() {
        let registry = PrometheusRegistry([
            MetricDescription("calls_total", "Calls \\ of\nagents."),
            MetricDescription("size", "Sizes.", buckets: [1, 2.5]),
        ])
        registry.makeCounter(label: "calls_total", dimensions: [("service", "b")]).increment(by: 2)
        registry.makeCounter(label: "calls_total", dimensions: [("service", "a")]).increment(by: 1)
        registry.makeCounter(label: "calls_total", dimensions: [("service", "a")]).increment(by: 1)
        registry.makeMeter(label: "up", dimensions: []).set(1.0)
        let sizes = registry.makeRecorder(label: "size", dimensions: [("kind", "x")], aggregate: true)
        for size in [0.5, 1, 2, 3] { sizes.record(size) }
        registry.makeTimer(label: "time_seconds", dimensions: []).recordNanoseconds(1_500_000_000)
        #expect(
            text(registry)
                .hasPrefix(
                    """
                    # HELP calls_total Calls \\\\ of\\nagents.
                    # TYPE calls_total counter
                    calls_total{service="a"} 2
                    calls_total{service="b"} 2
                    # HELP size Sizes.
                    # TYPE size histogram
                    size_bucket{kind="x",le="1"} 2
                    size_bucket{kind="x",le="2.5"} 3
                    size_bucket{kind="x",le="+Inf"} 4
                    size_sum{kind="x"} 6.5
                    size_count{kind="x"} 4
                    # TYPE time_seconds histogram
                    time_seconds_bucket{le="0.001"} 0

                    """
                )
        )
        #expect(text(registry).contains("time_seconds_bucket{le=\"2.5\"} 1\n"))
        #expect(text(registry).hasSuffix("time_seconds_sum 1.5\ntime_seconds_count 1\n# TYPE up gauge\nup 1\n"))
    }

    static let labels: [(value: String, shown: String)] = [
        ("plain", "plain"), ("a\"b", "a\\\"b"), ("a\\b", "a\\\\b"), ("a\nb", "a\\nb"), ("\\n", "\\\\n"), ("é€😀", "é€😀"),
        ("", ""), ("{le=\"1\"} 5", "{le=\\\"1\\\"} 5"), ("a\r\tb", "a\r\tb"), ("#", "#"),
    ]

    @Test("escapes what would end a label's value", arguments: labels)
    func escaping(_ label: (value: String, shown: String)) {
        let registry = PrometheusRegistry()
        registry.makeCounter(label: "m", dimensions: [("l", label.value)]).increment(by: 1)
        #expect(text(registry) == "# TYPE m counter\nm{l=\"\(label.shown)\"} 1\n")
    }

    static let names: [(given: String, shown: String)] = [
        ("http.requests", "http_requests"), ("1st", "_1st"), ("a:b", "a:b"), ("a b\nc", "a_b_c"), ("é", "_"), ("", "_"),
    ]

    @Test("replaces what no name may hold", arguments: names)
    func sanitized(_ name: (given: String, shown: String)) {
        let registry = PrometheusRegistry()
        registry.makeMeter(label: name.given, dimensions: []).set(-0.5)
        #expect(text(registry) == "# TYPE \(name.shown) gauge\n\(name.shown) -0.5\n")
    }

    static let numbers: [(value: Double, shown: String)] = [
        (0, "0"), (-1, "-1"), (0.1, "0.1"), (1e100, "1e+100"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
        (9_007_199_254_740_991, "9007199254740991"),
    ]

    @Test("writes numbers as Prometheus reads them", arguments: numbers)
    func number(_ number: (value: Double, shown: String)) {
        let registry = PrometheusRegistry()
        registry.makeMeter(label: "m", dimensions: []).set(number.value)
        #expect(text(registry) == "# TYPE m gauge\nm \(number.shown)\n")
    }

    @Test("does not count what does not fit, and says so")
    func mismatches() {
        let registry = PrometheusRegistry(maximumSeries: 2)
        registry.makeCounter(label: "m", dimensions: [("a", "1")]).increment(by: 1)
        registry.makeMeter(label: "m", dimensions: [("a", "1")]).set(5.0)
        registry.makeCounter(label: "m", dimensions: [("b", "1")]).increment(by: 5)
        registry.makeCounter(label: "m", dimensions: []).increment(by: 5)
        registry.makeCounter(label: "n", dimensions: [("a", "1"), ("a", "2")]).increment(by: 5)
        registry.makeCounter(label: "o", dimensions: [("__name__", "1")]).increment(by: 5)
        registry.makeTimer(label: "p", dimensions: [("le", "1")]).recordNanoseconds(5)
        registry.makeCounter(label: "m", dimensions: [("a", "2")]).increment(by: 1)
        registry.makeCounter(label: "m", dimensions: [("a", "3")]).increment(by: 5)
        #expect(text(registry, refused: 7) == "# TYPE m counter\nm{a=\"1\"} 1\nm{a=\"2\"} 1\n")
    }

    @Test("never lets a counter go back, and ignores what is no number")
    func counters() {
        let registry = PrometheusRegistry()
        let counter = registry.makeFloatingPointCounter(label: "m", dimensions: [])
        for amount in [1, -5, .nan, .infinity, 0.5] { counter.increment(by: amount) }
        registry.makeTimer(label: "t", dimensions: []).recordNanoseconds(.max)
        #expect(text(registry).hasPrefix("# TYPE m counter\nm 1.5\n"))
    }

    @Test("loses nothing when many count at the same time")
    func concurrency() async {
        let registry = PrometheusRegistry()
        await withDiscardingTaskGroup { group in
            for task in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 {
                        registry.makeCounter(label: "m", dimensions: [("t", "\(task % 2)")]).increment(by: 1)
                        registry.makeTimer(label: "d", dimensions: []).recordNanoseconds(1)
                    }
                    _ = registry.exposition
                }
            }
        }
        #expect(text(registry).contains("m{t=\"0\"} 4000\nm{t=\"1\"} 4000\n"))
        #expect(text(registry).contains("d_count 8000\n"))
    }
}
