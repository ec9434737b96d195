/// What a metric means, for whoever reads the exposition.
package struct MetricDescription: Sendable, Hashable {
    /// The name, as in `janee_calls_total`.
    package let name: String
    /// One line of text.
    package let help: String
    /// The upper bounds of a histogram's buckets, ascending; those of latencies in seconds if absent.
    package let buckets: [Double]?

    package init(_ name: String, _ help: String, buckets: [Double]? = nil) {
        self.name = name
        self.help = help
        self.buckets = buckets
    }

    /// From the fastest local read to the longest operation, in seconds.
    static let latencyBuckets = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ]
}
