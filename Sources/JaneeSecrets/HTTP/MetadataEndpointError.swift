/// Why a ``MetadataService`` has no place that may be asked; the text of the variable is never quoted.
public struct MetadataEndpointError: Error, Hashable, Sendable {
    /// What is wrong.
    public enum Reason: Hashable, Sendable {
        /// Nothing says where the service is.
        case notSet
        /// Not a URL.
        case malformed(EndpointURLError)
        /// What follows the host is not a path and query of visible ASCII characters.
        case malformedPath
        /// An https URL: that is for an ordinary request.
        case notPlainHTTP
        /// A place where the service never is.
        case notAllowed
    }

    /// The environment variable.
    public let variable: String
    /// What is wrong.
    public let reason: Reason

    /// Makes an error.
    public init(_ variable: String, _ reason: Reason) {
        self.variable = variable
        self.reason = reason
    }
}

extension MetadataEndpointError: CustomStringConvertible {
    /// What is wrong and what to do.
    public var description: String {
        switch reason {
        case .notSet: "\(variable) is not set; this program does not run where the platform offers credentials that way"
        case .malformed(let error): "\(variable): \(error)"
        case .malformedPath:
            "\(variable): the path must begin with / and hold visible ASCII characters without # and \\ only"
        case .notPlainHTTP: "\(variable) is an https URL; the platform's own source of credentials speaks plain http"
        case .notAllowed:
            "\(variable) names neither the platform's own source of credentials nor this machine; unset it, or write "
                + "localhost, 127.0.0.1 or [::1] as the host"
        }
    }
}
