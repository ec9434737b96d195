import AsyncHTTPClient
import JaneeSecrets
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOPosix
import NIOSSL

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension HTTPTransportError {
    /// What an error of the libraries means, in our own words; nothing of its text is taken over.
    init(mapping error: any Error, requestMayHaveBeenSent sent: Bool) {
        switch error {
        case let error as HTTPTransportError:
            self = error
        case is CancellationError:
            self = .cancelled(requestMayHaveBeenSent: sent)
        case let error as HTTPClientError:
            self.init(client: error, sent: sent)
        case let error as NIOConnectionError:
            self.init(connecting: error)
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            self.init(tls: error, sent: sent)
        case HTTPParserError.invalidEOFState, HTTPParserError.closedConnection:
            self = .truncatedAnswer
        case HTTPParserError.headerOverflow:
            self = .answerHeadTooLarge
        case is HTTPParserError, is NIOHTTPDecoderError, is ByteToMessageDecoderError:
            self = .notHTTP
        case NIOHTTPDecompression.DecompressionError.limit:
            self = .answerTooLarge
        case is NIOHTTPDecompression.DecompressionError, is NIOHTTPDecompression.ExtraDecompressionError:
            self = .brokenCompression
        case _ where sent:
            self = .truncatedAnswer
        default:
            self.init(.connectionFailed, Self.words(forConnecting: error), requestMayHaveBeenSent: false)
        }
    }

    /// Whether `error`, of a request that was not written, says that its connection was closed.
    static func meansClosedConnection(_ error: any Error) -> Bool {
        switch error {
        case let error as HTTPClientError: error == .remoteConnectionClosed
        case let error as ChannelError: error == .ioOnClosedChannel || error == .alreadyClosed
        default: false
        }
    }

    private init(client error: HTTPClientError, sent: Bool) {
        switch error {
        case .deadlineExceeded:
            self.init(
                .timedOut,
                "the exchange did not end within the total timeout",
                requestMayHaveBeenSent: sent
            )
        case .connectTimeout, .getConnectionFromPoolTimeout:
            self.init(
                .timedOut,
                "no connection, the TLS handshake included, within the connect timeout",
                requestMayHaveBeenSent: sent
            )
        case .tlsHandshakeTimeout:
            self.init(
                .timedOut,
                "the TLS handshake did not end within the connect timeout",
                requestMayHaveBeenSent: sent
            )
        case .cancelled, .alreadyShutdown:
            self = .cancelled(requestMayHaveBeenSent: sent)
        case .remoteConnectionClosed:
            self = sent ? .truncatedAnswer : .connectionClosedBeforeRequest
        default:
            self.init(
                sent ? .protocolError : .connectionFailed,
                "the HTTP client failed in an unexpected way",
                requestMayHaveBeenSent: sent
            )
        }
    }

    private init(connecting error: NIOConnectionError) {
        if let failure = error.connectionErrors.last {
            self.init(.connectionFailed, Self.words(forConnecting: failure.error), requestMayHaveBeenSent: false)
        } else {
            self = .nameNotResolved
        }
    }

    private static func words(forConnecting error: any Error) -> String {
        switch (error as? IOError)?.errnoCode {
        case ECONNREFUSED:
            "the host refuses connections on this port; check the port and whether the service runs"
        case EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL:
            "there is no route to the host; check the network and the host of the configured address"
        case ETIMEDOUT:
            "the host does not answer; check the network and the host of the configured address"
        case ECONNRESET, EPIPE:
            "the peer closed the connection before a request was sent"
        case EMFILE, ENFILE:
            "this process has too many open files; raise the limit or send fewer requests at once"
        default:
            "the connection cannot be established"
        }
    }
}
