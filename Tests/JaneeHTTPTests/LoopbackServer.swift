import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A server on loopback that records what arrives, byte for byte, and answers as the test says.
final class LoopbackServer: Sendable {
    /// What to do when a request is complete.
    enum Step: Sendable {
        case send([UInt8])
        /// Sends the bytes over and over until the connection breaks or the count is reached.
        case flood([UInt8], times: Int)
        /// Sends one byte after the other with pauses, until the connection breaks.
        case drip(UInt8, every: TimeAmount)
        case close
        /// Ends the TCP connection without the end of TLS.
        case abort
        /// Waits until the test opens the gate.
        case wait(Gate)

        static func text(_ text: String) -> Step { .send(Array(text.utf8)) }
    }

    enum Event: Hashable, Sendable {
        case connected(Int)
        case request(Int)
        case closed(Int)
    }

    struct Request: Sendable {
        /// The number of the connection, from 0.
        let connection: Int
        let bytes: [UInt8]

        var text: String { String(decoding: bytes, as: UTF8.self) }
        var lines: [String] { text.split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init) }
        var requestLine: String { lines.first ?? "" }

        /// The values of the headers with this name.
        func header(_ name: String) -> [String] {
            lines.dropFirst().prefix { !$0.isEmpty }
                .compactMap { line in
                    let parts = line.split(separator: ":", maxSplits: 1)
                    guard parts.count == 2, parts[0].lowercased() == name.lowercased() else { return nil }
                    return String(parts[1].drop { $0 == " " })
                }
        }
    }

    private struct State {
        var requests: [Request] = []
        var events: [Event] = []
        var connections = 0
        var waiters: [(Event, CheckedContinuation<Void, Never>)] = []
    }

    /// The answers to requests, by the request and its number, from 0.
    struct Script: Sendable {
        let steps: @Sendable (_ request: Request, _ number: Int) -> [Step]

        init(_ steps: @escaping @Sendable (_ request: Request, _ number: Int) -> [Step]) {
            self.steps = steps
        }

        static func always(_ steps: [Step]) -> Script {
            Script { _, _ in steps }
        }
    }

    let port: Int
    private let channel: any Channel
    private let record: Record

    /// Shared by the connections.
    fileprivate final class Record: Sendable {
        private let state = Mutex(State())

        var requests: [Request] { state.withLock(\.requests) }
        var connections: Int { state.withLock(\.connections) }

        func connected() -> Int {
            let number = state.withLock { state in
                defer { state.connections += 1 }
                return state.connections
            }
            happened(.connected(number))
            return number
        }

        /// The number of the request.
        func received(_ request: Request) -> Int {
            let number = state.withLock { state in
                state.requests.append(request)
                return state.requests.count - 1
            }
            happened(.request(number))
            return number
        }

        func happened(_ event: Event) {
            let waiters = state.withLock { state in
                state.events.append(event)
                let matching = state.waiters.filter { $0.0 == event }
                state.waiters.removeAll { $0.0 == event }
                return matching
            }
            for (_, continuation) in waiters { continuation.resume() }
        }

        func wait(for event: Event) async {
            await withCheckedContinuation { continuation in
                let isPast = state.withLock { state in
                    guard !state.events.contains(event) else { return true }
                    state.waiters.append((event, continuation))
                    return false
                }
                if isPast { continuation.resume() }
            }
        }
    }

    private init(channel: any Channel, record: Record) {
        self.channel = channel
        self.record = record
        port = channel.localAddress?.port ?? 0
    }

    /// Starts a server for the time of `body`.
    static func serve<Result>(
        tls: NIOSSLContext? = nil,
        headsOnly: Bool = false,
        greeting: String = "",
        host: String = "127.0.0.1",
        port: Int = 0,
        socket: String? = nil,
        _ script: Script,
        _ body: (LoopbackServer) async throws -> Result
    ) async throws -> Result {
        let record = Record()
        let bootstrap = ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.addHandler(
                        Connection(script: script, record: record, headsOnly: headsOnly, greeting: greeting)
                    )
                }
            }
        let channel =
            if let socket {
                try await bootstrap.bind(unixDomainSocketPath: socket).get()
            } else {
                try await bootstrap.bind(host: host, port: port).get()
            }
        let server = LoopbackServer(channel: channel, record: record)
        do {
            let result = try await body(server)
            try await channel.close()
            return result
        } catch {
            try? await channel.close()
            throw error
        }
    }

    /// Serves the same answer to every request.
    static func serve<Result>(
        tls: NIOSSLContext? = nil,
        host: String = "127.0.0.1",
        port: Int = 0,
        _ answer: String,
        _ body: (LoopbackServer) async throws -> Result
    ) async throws -> Result {
        try await serve(tls: tls, host: host, port: port, .always([.text(answer)]), body)
    }

    /// A port that nobody listens on, if `host` is an address that no other test uses.
    static func deadPort(on host: String) async throws -> Int {
        try await serve(host: host, "") { $0.port }
    }

    /// Answers as soon as the head of a request is there, and stops reading.
    static func serve<Result>(
        answeringHeadsWith answer: String,
        _ body: (LoopbackServer) async throws -> Result
    ) async throws -> Result {
        try await serve(headsOnly: true, .always([.text(answer)]), body)
    }

    /// Says something as soon as a byte arrives, whatever it is, and closes.
    static func serve<Result>(
        greeting: String,
        _ body: (LoopbackServer) async throws -> Result
    ) async throws -> Result {
        try await serve(greeting: greeting, .always([]), body)
    }

    var requests: [Request] { record.requests }
    var connections: Int { record.connections }

    func wait(for event: Event) async {
        await record.wait(for: event)
    }
}

/// Holds answers back until a test has seen what it waits for.
final class Gate: Sendable {
    private let promise = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Void.self)

    var future: EventLoopFuture<Void> { promise.futureResult }

    func open() {
        promise.succeed()
    }

    deinit {
        promise.succeed()
    }
}

/// One connection: splits requests by their `Content-Length` and plays the script.
private final class Connection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let script: LoopbackServer.Script
    private let record: LoopbackServer.Record
    private let headsOnly: Bool
    private let greeting: String
    private var number: Int?
    private var received: [UInt8] = []
    private var flood: (bytes: [UInt8], times: Int)?
    private var steps: ArraySlice<LoopbackServer.Step> = []

    init(script: LoopbackServer.Script, record: LoopbackServer.Record, headsOnly: Bool, greeting: String) {
        self.script = script
        self.record = record
        self.headsOnly = headsOnly
        self.greeting = greeting
    }

    func channelActive(context: ChannelHandlerContext) {
        number = record.connected()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let number { record.happened(.closed(number)) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard greeting.isEmpty else {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: greeting)), promise: nil)
            return context.close(promise: nil)
        }
        received += unwrapInboundIn(data).readableBytesView
        while let length = requestLength() {
            let request = LoopbackServer.Request(connection: number ?? -1, bytes: Array(received.prefix(length)))
            received.removeFirst(length)
            steps += script.steps(request, record.received(request))
            play(context)
            guard !headsOnly else { return context.channel.setOption(.autoRead, value: false).whenFailure { _ in } }
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        continueFlood(context)
        context.fireChannelWritabilityChanged()
    }

    /// The length of the first request, when it is there as a whole.
    private func requestLength() -> Int? {
        let separator = Array("\r\n\r\n".utf8)
        guard received.count >= separator.count else { return nil }
        for end in separator.count...received.count
        where received[(end - separator.count)..<end].elementsEqual(separator) {
            guard !headsOnly else { return end }
            let head = LoopbackServer.Request(connection: 0, bytes: Array(received[..<end]))
            let length = end + (head.header("content-length").first.flatMap { Int($0) } ?? 0)
            return received.count >= length ? length : nil
        }
        return nil
    }

    private func play(_ context: ChannelHandlerContext) {
        while flood == nil, let step = steps.popFirst() {
            switch step {
            case .send(let bytes):
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
            case .flood(let bytes, let times):
                flood = (bytes, times)
                continueFlood(context)
            case .drip(let byte, let pause):
                drip(byte, every: pause, context)
                return
            case .close:
                context.close(promise: nil)
            case .abort:
                abort(context)
            case .wait(let gate):
                gate.future.hop(to: context.eventLoop).assumeIsolated().whenComplete { _ in self.play(context) }
                return
            }
        }
    }

    private func drip(_ byte: UInt8, every pause: TimeAmount, _ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: [byte])), promise: nil)
        context.eventLoop.assumeIsolated().scheduleTask(in: pause) { self.drip(byte, every: pause, context) }
    }

    /// Ends TCP from under TLS; a plain connection is reset.
    private func abort(_ context: ChannelHandlerContext) {
        if let tls = try? context.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self) {
            tls.close(promise: nil)
        } else {
            let socket = context.channel as? any SocketOptionProvider
            socket?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).assumeIsolated()
                .whenComplete { _ in context.close(promise: nil) }
        }
    }

    /// Writes a little at a time, because a fast reader must not keep this event loop from its other connections.
    private func continueFlood(_ context: ChannelHandlerContext) {
        var budget = 16
        while let (bytes, times) = flood, budget > 0, context.channel.isActive, context.channel.isWritable {
            flood = times > 1 ? (bytes, times - 1) : nil
            budget -= 1
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
        }
        if flood == nil {
            play(context)
        } else if budget == 0 {
            context.eventLoop.assumeIsolated().execute { self.continueFlood(context) }
        }
    }
}
