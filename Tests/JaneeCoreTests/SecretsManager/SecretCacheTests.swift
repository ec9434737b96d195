import JaneeSecrets
import Testing

@testable import JaneeCore

@Suite("Values that are kept for a while")
struct SecretCacheTests {
    private func reference(_ path: String) throws -> SecretReference { try SecretReference(path: path) }

    private func cache(staleness: Int = 60, capacity: Int = 1024) -> SecretCache {
        SecretCache(.init(timeToLive: .seconds(10), maximumStaleness: .seconds(staleness)), capacity: capacity)
    }

    @Test(
        "are fresh for their time to live and stale up to the bound",
        arguments: [(0, true, true), (9, true, true), (10, false, true), (69, false, true), (70, false, false)]
    )
    func times(seconds: Int, fresh: Bool, stale: Bool) throws {
        var cache = cache()
        cache.store(try reference("a"), SecretValue("1"), at: .seconds(5))
        #expect((cache.fresh(try reference("a"), at: .seconds(5 + seconds)) != nil) == fresh)
        #expect((cache.stale(try reference("a"), at: .seconds(5 + seconds)) != nil) == stale)
        #expect(cache.fresh(try reference("b"), at: .seconds(5)) == nil)
    }

    @Test("are never stale unless that is configured")
    func noStaleness() throws {
        var cache = cache(staleness: 0)
        cache.store(try reference("a"), SecretValue("1"), at: .zero)
        #expect(cache.fresh(try reference("a"), at: .seconds(9))?.value.text == "1")
        #expect(cache.stale(try reference("a"), at: .seconds(9)) == nil)
    }

    @Test("are replaced by what was read later, whose time counts")
    func replacement() throws {
        var cache = cache()
        cache.store(try reference("a"), SecretValue("1"), at: .zero)
        cache.store(try reference("a"), SecretValue("2"), at: .seconds(9))
        #expect(cache.fresh(try reference("a"), at: .seconds(18))?.value.text == "2")
        cache.dropExpired(at: .seconds(75))
        #expect(cache.stale(try reference("a"), at: .seconds(75))?.value.text == "2")
        cache.dropExpired(at: .seconds(79))
        #expect(cache.count == 0)
    }

    @Test("leave the memory when they are of no use any more")
    func expiry() throws {
        var cache = cache()
        for number in 0..<100 { cache.store(try reference("a/\(number)"), SecretValue("x"), at: .seconds(number)) }
        #expect(cache.count == 70)
        cache.remove(try reference("a/99"))
        #expect(cache.count == 69)
        cache.dropExpired(at: .seconds(1000))
        #expect(cache.count == 0)
    }

    @Test("are bounded in number, the oldest go first")
    func capacity() throws {
        var cache = cache(capacity: 10)
        for number in 0..<1000 { cache.store(try reference("a/\(number % 50)"), SecretValue("\(number)"), at: .zero) }
        #expect(cache.count == 10)
        #expect(cache.fresh(try reference("a/49"), at: .zero)?.value.text == "999")
        #expect(cache.fresh(try reference("a/39"), at: .zero) == nil)
        for number in 0..<1000 { cache.store(try reference("a/1"), SecretValue("\(number)"), at: .zero) }
        #expect(cache.count <= 10)
        #expect(cache.fresh(try reference("a/1"), at: .zero)?.value.text == "999")
    }
}
