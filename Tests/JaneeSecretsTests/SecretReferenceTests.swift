import JaneeSecrets
import Testing

@Suite("Secret paths")
struct SecretReferenceTests {
    @Test(
        "a path is decoded once, stripped of superfluous slashes and split",
        arguments: [
            ("stripe", ["stripe"]), ("mcp/agents/stripe/api-key", ["mcp", "agents", "stripe", "api-key"]),
            ("/stripe", ["stripe"]), ("stripe/", ["stripe"]), ("/stripe/", ["stripe"]), ("///stripe///", ["stripe"]),
            ("a//b", ["a", "b"]), ("a////b", ["a", "b"]), ("a/b/", ["a", "b"]), ("//a///b//", ["a", "b"]),
            ("my-app/config%2Fspecial", ["my-app", "config", "special"]), ("a%2fb", ["a", "b"]),
            ("a%2F%2Fb", ["a", "b"]), ("%2Fa", ["a"]), ("a%2F", ["a"]), ("a/%2F/b", ["a", "b"]),
            ("a%252Fb", ["a%2Fb"]), ("%2525", ["%25"]), ("a%2520b", ["a%20b"]),
            ("a%20b", ["a b"]), ("%20", [" "]), ("%61", ["a"]), ("%7E", ["~"]), ("%2D%2E%5F", ["-._"]),
            ("a%23b", ["a#b"]), ("a%3Fb", ["a?b"]), ("a%40b", ["a@b"]), ("a%3Ab", ["a:b"]), ("a%25b", ["a%b"]),
            ("a%7Bb%7D", ["a{b}"]), ("%24%7BX%7D", ["${X}"]), ("a%22b", ["a\"b"]), ("a%27b", ["a'b"]),
            ("...", ["..."]), ("....", ["...."]), (".a", [".a"]), ("a.", ["a."]), ("..a", ["..a"]), ("a..", ["a.."]),
            ("a..b", ["a..b"]), (".a/..b/c..", [".a", "..b", "c.."]), ("-", ["-"]), ("_", ["_"]), ("~", ["~"]),
            ("~/a", ["~", "a"]), ("0", ["0"]), ("a.b-c_d~e", ["a.b-c_d~e"]),
            ("caf%C3%A9", ["caf\u{E9}"]), ("%E2%82%AC", ["\u{20AC}"]), ("%F0%9F%94%91", ["\u{1F511}"]),
            ("a%C2%A0b", ["a\u{A0}b"]), ("%EF%BB%BFa", ["\u{FEFF}a"]), ("a%E2%80%AEb", ["a\u{202E}b"]),
            ("sk_live_4eC39HqLyjWDarjtT1zdp7dc", ["sk_live_4eC39HqLyjWDarjtT1zdp7dc"]),
        ]
    )
    func accepted(text: String, segments: [String]) throws {
        let reference = try SecretReference(path: text)
        #expect(reference.segments.map { Array($0.utf8) } == segments.map { Array($0.utf8) })
        #expect(reference.path == segments.joined(separator: "/"))
        #expect(try SecretReference(path: reference.displayPath) == reference)
    }

    @Test(
        "everything else is refused as INVALID_SECRET_URI, saying why",
        arguments: [
            ("", "the path is empty"), ("/", "the path is empty"), ("//", "the path is empty"),
            ("%2F", "the path is empty"), ("/%2F/", "the path is empty"),
            ("..", "'.' and '..' segments"), (".", "'.' and '..' segments"), ("../etc/passwd", "'.' and '..' segments"),
            ("a/..", "'.' and '..' segments"), ("a/../b", "'.' and '..' segments"), ("a/./b", "'.' and '..' segments"),
            ("./a", "'.' and '..' segments"), ("/..", "'.' and '..' segments"),
            ("../../../etc/passwd", "'.' and '..' segments"),
            ("prod/../../sensitive", "'.' and '..' segments"), ("a//..//b", "'.' and '..' segments"),
            ("%2e%2e", "'.' and '..' segments"), ("%2E%2E/a", "'.' and '..' segments"),
            (".%2e", "'.' and '..' segments"),
            ("a/%2e/b", "'.' and '..' segments"), ("a%2F..%2Fb", "'.' and '..' segments"),
            ("a%2F%2E%2E", "'.' and '..' segments"), ("..%2Fa", "'.' and '..' segments"),
            ("a%5Cb", "backslashes"), ("%5C", "backslashes"), ("..%5C..%5Ca", "backslashes"), ("a/%5c", "backslashes"),
            ("a%00b", "control characters"), ("%00", "control characters"), ("a%0Ab", "control characters"),
            ("a%0D", "control characters"), ("%09a", "control characters"), ("%1B%5B31m", "control characters"),
            ("%1F", "control characters"), ("%7F", "control characters"), ("a%C2%80", "control characters"),
            ("%C2%85", "control characters"), ("a%C2%9Fb", "control characters"),
            ("%80", "not UTF-8"), ("%FF", "not UTF-8"), ("%C3", "not UTF-8"), ("a%C3/%A9", "not UTF-8"),
            ("%C0%AF", "not UTF-8"), ("%C0%AE%C0%AE", "not UTF-8"), ("%E0%80%AF", "not UTF-8"),
            ("%ED%A0%80", "not UTF-8"), ("%F4%90%80%80", "not UTF-8"), ("%F8%88%80%80%80", "not UTF-8"),
            ("%", "percent-encoding at character 1"), ("a%", "percent-encoding at character 2"),
            ("a%2", "percent-encoding at character 2"), ("%G0", "percent-encoding at character 1"),
            ("%0G", "percent-encoding at character 1"), ("a%%20", "percent-encoding at character 2"),
            ("a%2/b", "percent-encoding at character 2"), ("%+1", "percent-encoding at character 1"),
            ("a%41%zz", "percent-encoding at character 5"), ("% 20", "percent-encoding at character 1"),
            ("a#b", "'#' at character 2"), ("a?b", "'?' at character 2"), ("a@v5", "'@' at character 2"),
            ("path/to/secret@v5", "'@' at character 15"), ("a:b", "':' at character 2"), ("%20#", "'#' at character 4"),
            ("a b", "character 2 is not allowed"), (" a", "character 1 is not allowed"),
            ("a ", "character 2 is not allowed"),
            ("a\\b", "character 2 is not allowed"), ("..\\..\\a", "character 3 is not allowed"),
            ("a\nb", "character 2 is not allowed"), ("a\u{0}b", "character 2 is not allowed"),
            ("\u{1B}[31m", "character 1 is not allowed"), ("\u{7F}", "character 1 is not allowed"),
            ("caf\u{E9}", "character 4 is not allowed"), ("\u{1F511}", "character 1 is not allowed"),
            ("a+b", "character 2 is not allowed"), ("a=b", "character 2 is not allowed"),
            ("a&b", "character 2 is not allowed"), ("a;b", "character 2 is not allowed"),
            ("a,b", "character 2 is not allowed"), ("a*b", "character 2 is not allowed"),
            ("a!b", "character 2 is not allowed"), ("a'b", "character 2 is not allowed"),
            ("a\"b", "character 2 is not allowed"), ("(a)", "character 1 is not allowed"),
            ("[a]", "character 1 is not allowed"), ("{a}", "character 1 is not allowed"),
            ("<a>", "character 1 is not allowed"), ("a|b", "character 2 is not allowed"),
            ("a^b", "character 2 is not allowed"), ("a`b", "character 2 is not allowed"),
            ("$a", "character 1 is not allowed"),
            ("oKGio6Slpqeoqaqrb8iUIgAUJXZErMiFuhSZQZVzI1kguHbgCATptmI=", "character 56 is not allowed"),
        ]
    )
    func refused(text: String, reason: String) {
        let error = #expect(throws: SecretError.self) { try SecretReference(path: text) }
        #expect(error?.code == .invalidSecretURI)
        #expect(error?.detail.contains(reason) == true, "\(error?.detail ?? "")")
        #expect(error?.path == nil)
    }

    @Test("the characters of other grammars hint at the structured form", arguments: ["a#b", "a?b", "a@b", "a:b"])
    func hint(text: String) {
        let error = #expect(throws: SecretError.self) { try SecretReference(path: text) }
        #expect(error?.detail.contains("{ provider: …, path: …, field: …, version: … }") == true)
    }

    @Test("1024 characters are allowed, counted after decoding, one more is not")
    func length() throws {
        let longest = [
            String(repeating: "a", count: 1024), String(repeating: "%61", count: 1024),
            String(repeating: "%C3%A9", count: 1024), String(repeating: "%F0%9F%94%91", count: 1024),
            String(repeating: "a/", count: 511) + "ab", "///" + String(repeating: "a", count: 1024) + "///",
            String(repeating: "/", count: 3000) + "a",
        ]
        for text in longest {
            let reference = try SecretReference(path: text)
            #expect(reference.path.unicodeScalars.count <= 1024)
            let error = #expect(throws: SecretError.self) {
                try SecretReference(path: text + "/" + String(repeating: "x", count: 1024))
            }
            #expect(error?.code == .invalidSecretURI)
        }
        for text in [String(repeating: "a", count: 1025), String(repeating: "%C3%A9", count: 1025)] {
            let error = #expect(throws: SecretError.self) { try SecretReference(path: text) }
            #expect(error?.detail.contains("the path has 1025 characters, at most 1024 are allowed") == true)
        }
    }

    @Test("a megabyte of anything is answered quickly")
    func large() {
        for unit in ["a", "/", "%2F", "%61", "../", "%", "\u{E9}", "a/"] {
            _ = try? SecretReference(path: String(repeating: unit, count: 1_000_000 / unit.utf8.count))
        }
    }

    @Test(
        "two spellings of one secret are one reference",
        arguments: [
            ("a/b", "/a/b/"), ("a/b", "a//b"), ("a/b", "a%2Fb"), ("a/b", "%61/%62"), ("a~b", "a%7Eb"),
            ("a-b", "a%2db"), ("%C3%A9", "%c3%a9"), ("a%20b", "%61%20%62"),
        ]
    )
    func equal(left: String, right: String) throws {
        let left = try SecretReference(path: left)
        let right = try SecretReference(path: right)
        #expect(left == right)
        #expect(Set([left, right]).count == 1)
        #expect(left.displayPath == right.displayPath)
    }

    @Test(
        "secrets that a back end keeps apart are different references",
        arguments: [
            ("a", "b"), ("a", "A"), ("a/b", "a-b"), ("a%252Fb", "a/b"), ("ab", "a/b"),
            // The composed and the decomposed é are equal as Swift strings.
            ("caf%C3%A9", "cafe%CC%81"), ("%E2%84%AB", "%C3%85"), ("%EA%B0%80", "%E1%84%80%E1%85%A1"),
        ]
    )
    func different(left: String, right: String) throws {
        let left = try SecretReference(path: left)
        let right = try SecretReference(path: right)
        #expect(left != right)
        #expect(Set([left, right]).count == 2)
        #expect(left.displayPath != right.displayPath)
    }

    @Test("field and version are part of a reference, byte for byte")
    func fieldAndVersion() throws {
        let references = [
            try SecretReference(path: "a"), try SecretReference(path: "a", field: "f"),
            try SecretReference(path: "a", version: "f"), try SecretReference(path: "a", field: "f", version: "f"),
            try SecretReference(path: "a", field: "\u{E9}"), try SecretReference(path: "a", field: "e\u{301}"),
        ]
        #expect(Set(references).count == references.count)
        #expect(
            try SecretReference(path: "/a", field: "f", version: "1")
                == SecretReference(path: "a/", field: "f", version: "1")
        )
    }

    @Test("the display form holds unreserved characters, escapes and slashes only")
    func display() throws {
        let reference = try SecretReference(path: "%61%20b/%E2%80%AEc/%25/")
        #expect(reference.displayPath == "a%20b/%E2%80%AEc/%25")
    }
}
