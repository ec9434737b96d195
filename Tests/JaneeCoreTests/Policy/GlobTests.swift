import JaneeTestSupport
import Synchronization
import Testing

@testable import JaneeCore

@Suite("Globs")
struct GlobTests {
    @Test(
        "a star is any run of characters, everything else is itself",
        arguments: [
            ("", "", true), ("", "a", false), ("a", "a", true), ("a", "A", false), ("a", "", false), ("a", "aa", false),
            ("*", "", true), ("*", "a", true), ("*", "/a/b?c", true), ("**", "", true), ("**", "ab", true),
            ("a*", "a", true), ("a*", "ab", true), ("a*", "ba", false), ("*a", "a", true), ("*a", "ba", true),
            ("*a", "ab", false), ("a*a", "a", false), ("a*a", "aa", true), ("a*a", "aba", true), ("a*b*c", "abc", true),
            ("a*b*c", "axbyc", true), ("a*b*c", "acb", false), ("*ab*ab*", "abab", true), ("*ab*ab*", "ab", false),
            ("*aab*", "aaab", true), ("*abab*", "ababa", true), ("*aabaa*c", "aabaabaac", true),
            ("ab*ba", "aba", false),
            ("/v1/*", "/v1", false), ("/v1/*", "/v1/", true), ("/v1/*", "/v1/a/b", true), ("/a.c", "/abc", false),
            ("/repos/*/issues", "/repos/a/b/c/issues", true), ("/repos/*/issues", "/repos/issues", false),
            ("?", "a", false), ("?", "?", true), ("[a]", "a", false), ("+", "+", true), ("é*", "éa", true),
        ]
    )
    func table(pattern: String, text: String, matches: Bool) {
        #expect(Glob(pattern).matches(text) == matches)
    }

    @Test("a pattern is exact if it has no star")
    func exact() {
        #expect(Glob("/v1/x").isExact)
        #expect(Glob("").isExact)
        #expect(!Glob("*").isExact)
        #expect(!Glob("/v1/*").isExact)
    }

    /// The definition, tried out in every way: quadratic, but hard to get wrong.
    private static func naiveMatch(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
        var reachable = [true] + [Bool](repeating: false, count: text.count)
        for byte in pattern {
            var next = [Bool](repeating: false, count: text.count + 1)
            if byte == UInt8(ascii: "*") {
                var seen = false
                for index in reachable.indices {
                    seen = seen || reachable[index]
                    next[index] = seen
                }
            } else {
                for index in text.indices where reachable[index] && text[index] == byte { next[index + 1] = true }
            }
            reachable = next
        }
        return reachable[text.count]
    }

    @Test("a glob decides as its definition does, on random patterns and texts", arguments: 0..<4)
    func random(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var matching = 0
        for _ in 0..<5000 {
            let pattern = generator.text(of: ["a", "b", "ab", "aab", "*", "*", "/"], length: 0...7)
            let text = generator.text(of: ["a", "b", "ab", "aab", "aba", "/"], length: 0...7)
            let expected = Self.naiveMatch(Array(pattern.utf8), Array(text.utf8))
            #expect(Glob(pattern).matches(text) == expected, "\(pattern) on \(text)")
            if expected { matching += 1 }
        }
        #expect(matching > 300)
    }

    @Test(
        "a match looks at each byte a few times, however the stars are placed",
        arguments: [
            "/repos/" + String(repeating: "**/", count: 30) + "x", "/" + String(repeating: "*a", count: 60) + "/y",
            "*aaaaaaaaaaaaaaab*", "*" + String(repeating: "ab", count: 30) + "c*", "/repos/*/issues/*/comments", "/**",
            String(repeating: "*", count: 1000), "*a*aa*aaa*aaaa*b",
        ]
    )
    func linear(pattern: String) {
        for unit in ["a", "ab", "a/", "/repos/", "aaaaaaaaaaaaaa/"] {
            let text = CountedBytes("/repos/" + String(repeating: unit, count: 8000 / unit.utf8.count))
            _ = Glob(pattern).matches(text)
            // Comparing the ends, and at most two looks at a byte by the search in between.
            #expect(text.looks <= 4 * text.count + pattern.utf8.count, "\(pattern) on \(unit)…: \(text.looks)")
        }
    }
}

/// Bytes that count how often they are looked at.
private struct CountedBytes: RandomAccessCollection, Sendable {
    private final class Counter: Sendable {
        let value = Mutex(0)
    }

    private let bytes: [UInt8]
    private let counter = Counter()

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    var looks: Int { counter.value.withLock { $0 } }
    var startIndex: Int { 0 }
    var endIndex: Int { bytes.count }

    subscript(position: Int) -> UInt8 {
        counter.value.withLock { $0 += 1 }
        return bytes[position]
    }
}
