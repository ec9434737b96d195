import JaneeSecrets

extension ProviderLimits {
    /// Of providers whose attempt at a read may take several requests, of which each has `timeoutMs`.
    init(ofSeveralRequests section: ConfigSection) {
        self.init(section)
        attempt = operation
    }
}
