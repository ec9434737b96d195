import JaneeSecrets
import JaneeTestSupport
import Testing

@Suite("Callers that share one answer")
struct SingleFlightTests {
    private let flights = SingleFlight<String, Int>()

    /// Waits until `count` others have had a chance to run so far that `condition` holds.
    private func until(_ condition: () -> Bool) async {
        while !condition() { await Task.yield() }
    }

    @Test("five hundred callers at once make one flight", arguments: [1, 500])
    func shared(callers: Int) async {
        let gate = Gate()
        let runs = Locked(0)
        let flights = flights
        let sum = await withTaskGroup(of: Int?.self) { group in
            for _ in 0..<callers {
                group.addTask {
                    await flights.value(for: "a") {
                        let run = runs.withLock {
                            $0 += 1
                            return $0
                        }
                        await gate.wait()
                        return run
                    }
                }
            }
            // All of them have joined, or will join the flight that stands still.
            for _ in 0..<10_000 { await Task.yield() }
            gate.open()
            return await group.reduce(0) { $0 + ($1 ?? 1_000_000) }
        }
        #expect(sum == callers)
        #expect(runs.withLock { $0 } == 1)
        #expect(flights.count == 0)
    }

    @Test("what is asked for later, or under another key, is another flight")
    func separate() async {
        let runs = Locked(0)
        let body: @Sendable () async -> Int = {
            runs.withLock {
                $0 += 1
                return $0
            }
        }
        #expect(await flights.value(for: "a", body) == 1)
        #expect(await flights.value(for: "a", body) == 2)
        #expect(await flights.value(for: "b", body) == 3)
    }

    @Test("a caller that goes away does not disturb the others, be it the one that began")
    func leaving() async {
        let gate = Gate()
        let flights = flights
        let first = Task {
            await flights.value(for: "a") {
                await gate.wait()
                return Task.isCancelled ? -1 : 7
            }
        }
        await until { flights.count == 1 }
        let second = Task { await flights.value(for: "a") { -2 } }
        for _ in 0..<1000 { await Task.yield() }
        first.cancel()
        #expect(await first.value == nil)
        gate.open()
        #expect(await second.value == 7)
    }

    @Test("a flight that everybody has left is cancelled, and the next caller gets another one")
    func abandoned() async {
        let ended = Gate()
        let flights = flights
        let only = Task {
            await flights.value(for: "a") {
                while !Task.isCancelled { await Task.yield() }
                ended.open()
                return -1
            }
        }
        await until { flights.count == 1 }
        only.cancel()
        #expect(await only.value == nil)
        #expect(await flights.value(for: "a") { 5 } == 5)
        await ended.wait()
        #expect(flights.count == 0)
    }

    @Test("whoever is cancelled already gets nothing and begins nothing")
    func cancelledBefore() async {
        let flights = flights
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return await flights.value(for: "a") { 1 }
        }
        task.cancel()
        #expect(await task.value == nil)
        #expect(flights.count == 0)
    }
}
