import JaneeSecrets
import NIOCore
import NIOPosix
import Testing

@testable import JaneeHTTP

@Suite("Errors of the libraries")
struct ErrorMappingTests {
    /// Knows no name at all.
    private struct Forgetful: Resolver {
        let eventLoop: any EventLoop

        func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
            eventLoop.makeFailedFuture(Talkative())
        }

        func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
            eventLoop.makeFailedFuture(Talkative())
        }

        func cancelQueries() {}
    }

    private struct Talkative: Error, CustomStringConvertible {
        var description: String { "https://user:canary@host/?token=canary" }
    }

    @Test("that say that a name is unknown say so, without the name")
    func nameNotResolved() async throws {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.any()
        let error = await #expect(throws: (any Error).self) {
            try await ClientBootstrap(group: eventLoop).resolver(Forgetful(eventLoop: eventLoop))
                .connect(host: "canary.invalid", port: 1).get()
        }
        let mapped = HTTPTransportError(mapping: try #require(error), requestMayHaveBeenSent: false)
        #expect(mapped.code == .nameNotResolved)
        #expect(!mapped.requestMayHaveBeenSent)
        #expect(!mapped.message.contains("canary"))
    }

    @Test("that nobody knows are described in our own words", arguments: [true, false])
    func unknown(_ sent: Bool) {
        let mapped = HTTPTransportError(mapping: Talkative(), requestMayHaveBeenSent: sent)
        #expect(mapped.code == (sent ? .truncated : .connectionFailed))
        #expect(mapped.requestMayHaveBeenSent == sent)
        #expect(!mapped.description.contains("canary"))
    }
}
