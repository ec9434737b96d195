import Synchronization

/// What scripts/tsan runs before the tests: a contended Mutex, which is no race, and with an argument one that is.
final class Guarded: Sendable {
    let count = Mutex(0)
}

/// Not safe, on purpose: the race that must be reported.
nonisolated(unsafe) var unguarded = 0

@main
struct RaceCheck {
    static func main() async {
        let guarded = Guarded()
        let isRace = CommandLine.arguments.count > 1
        await withTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<100_000 {
                        guarded.count.withLock { $0 += 1 }
                        if isRace { unguarded += 1 }
                    }
                }
            }
        }
        print(guarded.count.withLock { $0 })
    }
}
