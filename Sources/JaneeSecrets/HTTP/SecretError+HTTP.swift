public import HTTPTypes

extension SecretError {
    /// A failure of the transport in the words of the taxonomy.
    ///
    /// A refused address and a failed certificate are mistakes of a configuration: trying again does not mend them. What
    /// a back end sends that is no answer is a failure of its own; what does not arrive is unavailability.
    public init(_ error: HTTPTransportError) {
        let code: Code =
            switch error.code {
            case .addressRefused, .tlsFailed: .providerConfigInvalid
            case .nameNotResolved, .connectionFailed, .timedOut, .truncated, .cancelled: .providerUnavailable
            case .tooLarge, .undecodable, .protocolError, .invalidRequest: .providerInternalError
            }
        let cause: any Error = error.code == .cancelled ? CancellationError() : error
        self.init(code, error.message, cause: cause)
    }

    /// What a status that a back end's own protocol says nothing about means; nil for 2xx and 404.
    ///
    /// A `Retry-After` that is a date is held against `now`, the time since 1970.
    public init?(status: Int, headers: HTTPFields, now: Duration) {
        let retryAfter = RetryAfter.duration(from: headers, now: now)
        switch status {
        case 200...299, 404: return nil
        case 401: self.init(.providerAuthFailed, "the provider refused our credentials (status 401)")
        case 403: self.init(.providerPermissionDenied, "the provider refused access (status 403)")
        case 429:
            self.init(.providerRateLimited, "the provider asks to slow down (status 429)", retryAfter: retryAfter)
        case 408, 500...599:
            self.init(.providerUnavailable, "the provider failed (status \(status))", retryAfter: retryAfter)
        default: self.init(.providerInternalError, "the provider gave an unexpected answer (status \(status))")
        }
    }
}
