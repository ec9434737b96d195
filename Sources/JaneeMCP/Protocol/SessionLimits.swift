/// What one client may ask of the server at the same time.
package struct SessionLimits: Sendable {
    /// The longest message, in bytes.
    package var maximumMessageBytes: Int

    /// How many requests may run at once.
    package var maximumRequests: Int

    /// How many bytes the messages of running requests may have together; a single one may always run.
    package var maximumRequestBytes: Int

    package init(
        maximumMessageBytes: Int = 16 << 20,
        maximumRequests: Int = 256,
        maximumRequestBytes: Int = 128 << 20
    ) {
        self.maximumMessageBytes = maximumMessageBytes
        self.maximumRequests = maximumRequests
        self.maximumRequestBytes = maximumRequestBytes
    }
}
