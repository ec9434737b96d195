import JaneeConfig
import Testing

@Suite("Editing YAML")
struct YAMLEditorTests {
    enum Edit: Sendable {
        case set([String], YAMLValue)
        case remove([String])
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let before: String
        let edit: Edit
        let after: String

        var testDescription: String { name }

        init(_ name: String, _ before: String, _ edit: Edit, _ after: String) {
            self.name = name
            self.before = before
            self.edit = edit
            self.after = after
        }
    }

    private static let commented = """
        # the policy of a small shop
        services:   # APIs
            shop:        # indented by four
                baseUrl: "https://shop.example"   # with a comment
                auth: {type: bearer,   key: shop-key}

        capabilities:

            # reading
            shop-read:
                service: shop
                ttl:   1h     # long
                rules:
                    allow:
                    - GET /a     # first
                    # about b
                    - 'GET /b'
                    - "GET /c"

            shop-write:
                service: shop
                allowedAgents: [ann,  bob]  # two
                # at the end of it

        # the server
        server: {defaultAccess: open, logBodies: false}
        # trailing

        """

    private static func replacing(_ old: String, _ new: String) -> String {
        let parts = commented.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false)
        return parts.joined(separator: new)
    }

    static let cases: [Case] = [
        Case(
            "a plain scalar with a comment",
            commented,
            .set(["capabilities", "shop-read", "ttl"], .text("5m")),
            replacing("ttl:   1h     # long", "ttl:   5m     # long")
        ),
        Case(
            "a quoted scalar with a comment",
            commented,
            .set(["services", "shop", "baseUrl"], .text("https://new.example/v1")),
            replacing("\"https://shop.example\"", "https://new.example/v1")
        ),
        Case(
            "a scalar in a flow map",
            commented,
            .set(["server", "defaultAccess"], .text("restricted")),
            replacing("{defaultAccess: open", "{defaultAccess: restricted")
        ),
        Case(
            "the last scalar of a flow map",
            commented,
            .set(["server", "logBodies"], .boolean(true)),
            replacing("logBodies: false}", "logBodies: true}")
        ),
        Case(
            "a nested flow map",
            commented,
            .set(["services", "shop", "auth", "key"], .text("other/key")),
            replacing("key: shop-key}", "key: other/key}")
        ),
        Case(
            "a new entry of a flow map",
            commented,
            .set(["server", "port"], .integer(9100)),
            replacing("logBodies: false}", "logBodies: false, port: 9100}")
        ),
        Case(
            "a new scalar at the end of a block map",
            commented,
            .set(["capabilities", "shop-read", "requiresReason"], .boolean(true)),
            replacing("- \"GET /c\"\n", "- \"GET /c\"\n        requiresReason: true\n")
        ),
        Case(
            "a new scalar behind a comment of the same map",
            commented,
            .set(["capabilities", "shop-write", "ttl"], .text("1h")),
            replacing("# at the end of it\n", "# at the end of it\n        ttl: 1h\n")
        ),
        Case(
            "an item appended to a block list",
            commented,
            .set(["capabilities", "shop-read", "rules", "allow"], .texts(["GET /a", "GET /b", "GET /c", "GET /d"])),
            replacing("- \"GET /c\"\n", "- \"GET /c\"\n            - GET /d\n")
        ),
        Case(
            "an item removed from the middle of a block list",
            commented,
            .set(["capabilities", "shop-read", "rules", "allow"], .texts(["GET /a", "GET /c"])),
            replacing("            - 'GET /b'\n", "")
        ),
        Case(
            "an item inserted at the front of a block list",
            commented,
            .set(["capabilities", "shop-read", "rules", "allow"], .texts(["GET /0", "GET /a", "GET /b", "GET /c"])),
            replacing("            - GET /a", "            - GET /0\n            - GET /a")
        ),
        Case(
            "an item replaced in a block list",
            commented,
            .set(["capabilities", "shop-read", "rules", "allow"], .texts(["GET /a", "GET /x", "GET /c"])),
            replacing("- 'GET /b'", "- GET /x")
        ),
        Case(
            "a flow list replaced",
            commented,
            .set(["capabilities", "shop-write", "allowedAgents"], .texts(["ann", "carol smith", "yes"])),
            replacing("[ann,  bob]", "[ann, carol smith, 'yes']")
        ),
        Case(
            "a new list in a map",
            commented,
            .set(["capabilities", "shop-read", "rules", "deny"], .texts(["* /admin/*"])),
            replacing("- \"GET /c\"\n", "- \"GET /c\"\n            deny:\n                - '* /admin/*'\n")
        ),
        Case(
            "a new map in a map",
            commented,
            .set(["capabilities", "shop-write", "rules", "allow"], .texts(["POST /a"])),
            replacing(
                "# at the end of it\n",
                "# at the end of it\n        rules:\n            allow:\n                - POST /a\n"
            )
        ),
        Case(
            "a new entry where entries stand apart",
            commented,
            .set(["capabilities", "shop-new"], .map([YAMLValue.Entry("service", .text("shop"))])),
            replacing("# at the end of it\n", "# at the end of it\n\n    shop-new:\n        service: shop\n")
        ),
        Case(
            "a new entry of a map with one entry",
            commented,
            .set(["services", "new"], .map([YAMLValue.Entry("baseUrl", .text("https://a.example"))])),
            replacing("key: shop-key}\n", "key: shop-key}\n    new:\n        baseUrl: https://a.example\n")
        ),
        Case(
            "a new block of the file",
            commented,
            .set(["security", "auditSync"], .boolean(true)),
            commented + "\nsecurity:\n    auditSync: true\n"
        ),
        Case(
            "a scalar removed",
            commented,
            .remove(["capabilities", "shop-read", "ttl"]),
            replacing("        ttl:   1h     # long\n", "")
        ),
        Case(
            "a map removed",
            commented,
            .remove(["capabilities", "shop-read", "rules"]),
            replacing(
                "        rules:\n            allow:\n            - GET /a     # first\n            # about b\n            - 'GET /b'\n            - \"GET /c\"\n",
                ""
            )
        ),
        Case(
            "the first entry of a flow map removed",
            commented,
            .remove(["server", "defaultAccess"]),
            replacing("{defaultAccess: open, logBodies", "{logBodies")
        ),
        Case(
            "the last entry of a flow map removed",
            commented,
            .remove(["server", "logBodies"]),
            replacing("open, logBodies: false}", "open}")
        ),
        Case(
            "a capability removed, the comment above it stays",
            commented,
            .remove(["capabilities", "shop-write"]),
            replacing(
                "    shop-write:\n        service: shop\n        allowedAgents: [ann,  bob]  # two\n        # at the end of it\n",
                ""
            )
        ),
        Case("what is not there is removed", commented, .remove(["capabilities", "none"]), commented),
        Case(
            "the same value again",
            commented,
            .set(["server", "logBodies"], .boolean(false)),
            commented
        ),
        Case("an empty file", "", .set(["server", "port"], .integer(1)), "server:\n  port: 1\n"),
        Case("a file of comments", "# a\n", .set(["server", "port"], .integer(1)), "# a\n\nserver:\n  port: 1\n"),
        Case(
            "a file without a line break at its end",
            "server:\n  port: 1",
            .set(["server", "host"], .text("h")),
            "server:\n  port: 1\n  host: h"
        ),
        Case(
            "a key without a value",
            "services:\n# none yet\nserver:\n",
            .set(["services", "a", "baseUrl"], .text("x")),
            "services:\n  a:\n    baseUrl: x\n# none yet\nserver:\n"
        ),
        Case(
            "a scalar for a key without a value",
            "server:\n  host:   # which?\n  port: 1\n",
            .set(["server", "host"], .text("h")),
            "server:\n  host: h   # which?\n  port: 1\n"
        ),
        Case(
            "an empty flow map",
            "services: {}   # none\nserver: {}\n",
            .set(["services", "a", "testPath"], .text("/x")),
            "services:\n  a:\n    testPath: /x\nserver: {}\n"
        ),
        Case(
            "line breaks of Windows",
            "server:\r\n  port: 1\r\n  host: h\r\n",
            .set(["server", "port"], .integer(2)),
            "server:\r\n  port: 2\r\n  host: h\r\n"
        ),
        Case(
            "new lines get line breaks of Windows",
            "server:\r\n  port: 1\r\n",
            .set(["server", "host"], .text("h")),
            "server:\r\n  port: 1\r\n  host: h\r\n"
        ),
        Case(
            "letters beyond ASCII before a value",
            "server: {host: \"é→\", port: 1}\n",
            .set(["server", "port"], .integer(2)),
            "server: {host: \"é→\", port: 2}\n"
        ),
        Case(
            "a flow map over several lines",
            "server: {\n  port: 1,   # the port\n  host: h\n}\n",
            .set(["server", "port"], .integer(2)),
            "server: {\n  port: 2,   # the port\n  host: h\n}\n"
        ),
        Case(
            "brackets and quotes inside quotes",
            "server: {host: 'a}\"it''s', port: 1}\n",
            .set(["server", "logBodies"], .boolean(true)),
            "server: {host: 'a}\"it''s', port: 1, logBodies: true}\n"
        ),
        Case(
            "a block scalar beside",
            "server:\n  host: |\n    a\n    # no comment\n  port: 1\n",
            .set(["server", "port"], .integer(2)),
            "server:\n  host: |\n    a\n    # no comment\n  port: 2\n"
        ),
        Case(
            "a block scalar replaced",
            "server:\n  host: >\n    a\n    b\n  port: 1\n",
            .set(["server", "host"], .text("h")),
            "server:\n  host: h\n  port: 1\n"
        ),
        Case(
            "an unquoted conditional beside",
            "services:\n  a:\n    auth:\n      key: ${E == 'p' ? 'x' : 'y'}://k\n    testPath: /x\n",
            .set(["services", "a", "testPath"], .text("/y")),
            "services:\n  a:\n    auth:\n      key: ${E == 'p' ? 'x' : 'y'}://k\n    testPath: /y\n"
        ),
        Case(
            "a capability in the list form",
            "capabilities:\n  - name: a\n    ttl: 1h\n  - ttl: 2h\n    name: b\n",
            .set(["capabilities", "b", "ttl"], .text("3h")),
            "capabilities:\n  - name: a\n    ttl: 1h\n  - ttl: 3h\n    name: b\n"
        ),
        Case(
            "a new capability in the list form",
            "capabilities:\n- name: a\n  ttl: 1h\nserver: {}\n",
            .set(["capabilities", "c"], .map([YAMLValue.Entry("ttl", .text("2h"))])),
            "capabilities:\n- name: a\n  ttl: 1h\n- name: c\n  ttl: 2h\nserver: {}\n"
        ),
        Case(
            "a capability removed from the list form",
            "capabilities:\n  - name: a\n    ttl: 1h\n  - name: b\n",
            .remove(["capabilities", "a"]),
            "capabilities:\n  - name: b\n"
        ),
        Case(
            "a name that needs quotes",
            "services:\n  a: {}\n",
            .set(["services", "it's: a"], .map([YAMLValue.Entry("testPath", .text("/"))])),
            "services:\n  a: {}\n  'it''s: a':\n    testPath: /\n"
        ),
        Case(
            "a quoted key",
            "'server':\n  \"port\" : 1\n",
            .set(["server", "port"], .integer(2)),
            "'server':\n  \"port\" : 2\n"
        ),
        Case(
            "an end of the document",
            "server:\n  port: 1\n...\n",
            .set(["security", "auditSync"], .boolean(true)),
            "server:\n  port: 1\n\nsecurity:\n  auditSync: true\n...\n"
        ),
    ]

    @Test("Only the lines that must change do", arguments: cases)
    func edit(_ example: Case) throws {
        var editor = try YAMLEditor(example.before)
        switch example.edit {
        case .set(let path, let value): try editor.set(path, to: value)
        case .remove(let path): try editor.remove(path)
        }
        #expect(editor.text == example.after)
        // What was read from the text is what the editor believes it says.
        #expect(try YAMLEditor(editor.text).text == editor.text)
    }

    @Test(
        "What cannot be changed without touching more is refused and left alone",
        arguments: [
            ("a: &x {port: 1}\nserver: *x\n", ["server", "port"]), ("server: 5\n", ["server", "port"]),
            ("server: [a]\n", ["server", "port"]),
        ]
    )
    func refused(text: String, path: [String]) throws {
        var editor = try YAMLEditor(text)
        #expect(throws: YAMLEditError.self) { try editor.set(path, to: .integer(2)) }
        #expect(editor.text == text)
    }

    @Test(
        "A text with line breaks that cannot be kept apart is refused",
        arguments: ["a: 1\r\nb: 2\n", "a: 1\rb: 2", "a: \"\u{2028}\""]
    )
    func lineBreaks(text: String) {
        #expect(throws: YAMLEditError.self) { try YAMLEditor(text) }
    }

    @Test(
        "A text is written so that every reader takes it for this text",
        arguments: [
            "plain", "two words", "no", "Yes", "null", "~", "1", "1.5", "1h", "0x1", "2026-01-01", "", " a", "a ",
            "a: b", "a #b",
            "#a", "- a", "a\nb", "\t", "'", "\"", "\\", "é", "\u{1F511}", "\u{7}", "\u{85}", "\u{2028}", "*", "&a",
            "!a", "%a",
            "@a", "`a", "{a}", "[a]", "a,b", "GET /a/*", "* /a", "https://a.example/x?y", "a:", "?", "? a", "|", ">",
            "=",
            "<<", "${A}://b",
        ]
    )
    func scalars(text: String) throws {
        for value in [
            YAMLValue.text(text), .texts([text, "x"]), .map([YAMLValue.Entry(text.isEmpty ? "k" : text, .text(text))]),
        ] {
            for start in ["server:\n  a: 1\n", "server: {a: 1}\n"] {
                var editor = try YAMLEditor(start)
                // The editor reads its result and refuses one that says something else.
                try editor.set(["server", "b"], to: value)
                #expect(editor.text.utf8.count > start.utf8.count)
            }
        }
    }
}
