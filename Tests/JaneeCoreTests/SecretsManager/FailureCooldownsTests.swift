import JaneeSecrets
import Testing

@testable import JaneeCore

@Suite("References that keep failing")
struct FailureCooldownsTests {
    /// Runs a script: `n`, `p`, `i`, `u`, `a`, `l` fail as not found, permission, internal, unavailable, authentication
    /// or rate limit; `+` succeeds; `c` and `f` expect that the reference cools down or is free; a number lets so many
    /// seconds pass.
    @Test(
        "cool down after three equal failures within ten seconds, for five seconds, doubled up to thirty",
        arguments: [
            "n f n f n c", "n n n 4 c 1 f", "p p p c", "i i i c", "u u u u u u f", "a a a a f", "l l l l f",
            "n n p f n n f n c", "n n + n n f n c", "n n u n c", "n 6 n 5 n f", "n 5 n 5 n c",
            "n n n 5 f n c 9 c 1 f n c 19 c 1 f n c 29 c 1 f n c 29 c 1 f", "n n n 5 + n n f n c 4 c 1 f",
            "n n n 5 p f p p c 4 c 1 f", "n n n 45 n 1 n f n c 4 c 1 f",
        ]
    )
    func scripts(script: String) throws {
        let codes: [Substring: SecretError.Code] = [
            "n": .secretNotFound, "p": .providerPermissionDenied, "i": .providerInternalError,
            "u": .providerUnavailable, "a": .providerAuthFailed, "l": .providerRateLimited,
        ]
        let reference = try SecretReference(path: "a")
        let other = try SecretReference(path: "b")
        var cooldowns = FailureCooldowns()
        var now = Duration.seconds(1000)
        for word in script.split(separator: " ") {
            let failure = cooldowns.failure(of: reference, at: now)
            if let code = codes[word] {
                cooldowns.fail(reference, SecretError(code, "x"), at: now)
            } else if let seconds = Int(word) {
                now += .seconds(seconds)
            } else if word == "+" {
                cooldowns.succeed(reference)
            } else {
                #expect((failure != nil) == (word == "c"), "\(script) at \(now)")
            }
            #expect(cooldowns.failure(of: other, at: now) == nil)
        }
    }

    @Test("the answer is the failure itself, and clearing forgets it")
    func answer() throws {
        let reference = try SecretReference(path: "a")
        var cooldowns = FailureCooldowns()
        for detail in ["first", "second", "third"] {
            cooldowns.fail(reference, SecretError(.secretNotFound, detail), at: .zero)
        }
        #expect(cooldowns.failure(of: reference, at: .zero)?.detail == "third")
        cooldowns.clear()
        #expect(cooldowns.failure(of: reference, at: .zero) == nil)
    }

    @Test("many failing references take bounded memory, and the newest are kept")
    func capacity() throws {
        var cooldowns = FailureCooldowns(capacity: 100)
        for number in 0..<1000 {
            let reference = try SecretReference(path: "a/\(number)")
            for _ in 0..<3 { cooldowns.fail(reference, SecretError(.secretNotFound, "x"), at: .milliseconds(number)) }
        }
        #expect(cooldowns.count <= 100)
        #expect(cooldowns.failure(of: try SecretReference(path: "a/999"), at: .milliseconds(999)) != nil)
    }
}
