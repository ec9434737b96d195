import JaneeSecrets
import NIOCore
import NIOPosix
import Synchronization

/// The addresses of names, kept for a minute; of requests that want the same name at once, one asks for all.
final class AddressCache: Sendable {
    private typealias Outcome = Result<AddressAnswer, HTTPTransportError>

    private struct Kept {
        let number: UInt64
        var addresses: [IPAddress]
        /// The address that worked when the first one did not.
        var preferred: IPAddress?
        let end: Duration
    }

    private struct State {
        var kept: [String: Kept] = [:]
        /// Who waits for a name that is being resolved.
        var waiting: [String: [UInt64: CheckedContinuation<Outcome, Never>]] = [:]
        var lastNumber: UInt64 = 0

        mutating func nextNumber() -> UInt64 {
            lastNumber += 1
            return lastNumber
        }
    }

    /// How long an answer is used, whatever its time to live.
    static let lifetime = Duration.seconds(60)
    /// How long it is remembered which address worked.
    private static let memory = Duration.seconds(3600)

    private let resolver: any AddressResolver
    private let eventLoopGroup: MultiThreadedEventLoopGroup
    private let time: TimeSource
    private let state = Mutex(State())

    init(resolver: any AddressResolver, time: TimeSource, eventLoopGroup: MultiThreadedEventLoopGroup) {
        self.resolver = resolver
        self.eventLoopGroup = eventLoopGroup
        self.time = time
    }

    /// The addresses of `host`, kept ones without a pause.
    ///
    /// - Throws: what the resolver throws, a timeout after `limit`, or a cancellation.
    func addresses(of host: String, within limit: TimeAmount) async throws(HTTPTransportError) -> AddressAnswer {
        if let answer = kept(host) { return answer }
        let number = state.withLock { $0.nextNumber() }
        var timer: Scheduled<Void>?
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                enter(continuation, number, for: host)
                timer = eventLoopGroup.any()
                    .scheduleTask(in: limit) {
                        self.leave(number, host, because: .resolutionTimedOut)
                    }
            }
        } onCancel: {
            leave(number, host, because: .cancelled(requestMayHaveBeenSent: false))
        }
        timer?.cancel()
        return try outcome.get()
    }

    /// Forgets an answer that is of no use, unless there is a newer one.
    func drop(_ answer: AddressAnswer) {
        state.withLock { state in
            guard state.kept[answer.host]?.number == answer.number else { return }
            state.kept[answer.host] = nil
        }
    }

    /// Puts the address that works first, now and in the answers that hold it later.
    func prefer(_ address: IPAddress, of answer: AddressAnswer) {
        state.withLock { state in
            guard var kept = state.kept[answer.host], kept.number == answer.number else { return }
            kept.preferred = address
            kept.addresses = kept.addresses.starting(with: address)
            state.kept[answer.host] = kept
        }
    }

    private func kept(_ host: String) -> AddressAnswer? {
        state.withLock { state in
            guard let kept = state.kept[host], time.now < kept.end else { return nil }
            return AddressAnswer(host, kept.addresses, preferred: kept.preferred, isKept: true, number: kept.number)
        }
    }

    /// Waits for the answer; the first one to do so asks.
    private func enter(_ continuation: CheckedContinuation<Outcome, Never>, _ number: UInt64, for host: String) {
        let (isCancelled, isFirst) = state.withLock { state in
            // A cancellation before this found nobody to wake.
            guard !Task.isCancelled else { return (true, false) }
            let isFirst = state.waiting[host] == nil
            state.waiting[host, default: [:]][number] = continuation
            return (false, isFirst)
        }
        if isCancelled { return continuation.resume(returning: .failure(.cancelled(requestMayHaveBeenSent: false))) }
        guard isFirst else { return }
        // A task of its own: the answer is for all who wait, also when the first of them is cancelled.
        Task {
            do throws(HTTPTransportError) {
                finish(host, .success(try await resolver.resolve(host)))
            } catch {
                finish(host, .failure(error))
            }
        }
    }

    private func leave(_ number: UInt64, _ host: String, because error: HTTPTransportError) {
        let continuation = state.withLock { $0.waiting[host]?.removeValue(forKey: number) }
        continuation?.resume(returning: .failure(error))
    }

    private func finish(_ host: String, _ result: Result<[IPAddress], HTTPTransportError>) {
        let now = time.now
        let (outcome, waiting) = state.withLock { state in
            let outcome: Outcome = result.flatMap { addresses in
                guard !addresses.isEmpty else { return .failure(.nameNotResolved) }
                let preferred = state.kept[host]?.preferred
                let kept = Kept(
                    number: state.nextNumber(),
                    addresses: preferred.map(addresses.starting) ?? addresses,
                    preferred: preferred,
                    end: now + Self.lifetime
                )
                state.kept = state.kept.filter { now < $0.value.end + Self.memory }
                state.kept[host] = kept
                return .success(
                    AddressAnswer(host, kept.addresses, preferred: preferred, isKept: false, number: kept.number)
                )
            }
            return (outcome, state.waiting.removeValue(forKey: host))
        }
        for continuation in (waiting ?? [:]).values { continuation.resume(returning: outcome) }
    }
}

extension [IPAddress] {
    /// The same ones with `first`, if it is among them, moved to the front.
    fileprivate func starting(with first: IPAddress) -> [IPAddress] {
        guard let index = firstIndex(of: first), index > 0 else { return self }
        var result = self
        result.insert(result.remove(at: index), at: 0)
        return result
    }
}
