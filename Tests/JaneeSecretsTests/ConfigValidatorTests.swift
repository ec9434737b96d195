import JaneeSecrets
import Testing

@Suite("Checking configuration against schemas")
struct ConfigValidatorTests {
    private static let short = ConfigStringFormat(name: "short") {
        $0.count > 3 ? ConfigStringFormat.Refusal("is too long", code: "TOO_LONG") : nil
    }

    private static let object = ConfigObject([
        .required("name", .string(.text), "A name."), .optional("size", .integer(1...10), "A size."),
        .optional("on", .boolean, "A switch."), .optional("tags", .list(.string(short)), "Tags."),
    ])

    private static let union = ConfigUnion(
        discriminator: "method",
        variants: [
            ("token", ConfigObject([.required("token", .string(.text), "A token.")])),
            (
                "approle",
                ConfigObject([
                    .required("roleId", .string(.text), "An id."), .required("secretId", .string(.text), "A secret."),
                ])
            ),
            ("none", ConfigObject([])),
        ]
    )

    private func problems(_ node: ConfigNode, _ schema: ConfigSchema, code: String = "X", field: String = "f")
        -> [String]
    {
        var validator = ConfigValidator(code: code)
        let passed = validator.check(node, against: schema, field: field)
        #expect(passed == validator.problems.isEmpty)
        return validator.problems.map(\.line)
    }

    @Test("values of the right kind pass")
    func accepted() {
        let cases: [(ConfigSchema, ConfigNode.Value)] = [
            (.string(.text), .string("a")), (.string(.anyText), .string("")), (.integer(1...3), .integer(1)),
            (.integer(1...3), .integer(3)), (.boolean, .boolean(false)), (.list(.boolean), .list([])),
            (.list(.integer(0...1)), .list([.plain(.integer(1))])), (.map(keys: .text, values: .boolean), .map([])),
            (.stringOrInteger(.text), .integer(-5)), (.stringOrInteger(.text), .string("5")),
            (.stringOrObject(.text, Self.object), .string("a")), (.anything, .null), (.anything, .number("1e3")),
            (.anything, .list([])), (.string(.oneOf(["a", "b"])), .string("b")),
        ]
        for (schema, value) in cases { #expect(problems(.plain(value), schema) == []) }
        #expect(
            problems(.map(["name": .string("a"), "size": .integer(5), "on": .boolean(true)]), .object(Self.object))
                == []
        )
        #expect(problems(.map(["name": .string("a")]), .stringOrObject(.text, Self.object)) == [])
        let one = ConfigNode.map(["name": .string("a")])
        #expect(problems(one, .objectOrList(Self.object)) == [])
        #expect(problems(.plain(.list([one, one])), .objectOrList(Self.object)) == [])
        #expect(problems(.map(["method": .string("token"), "token": .string("t")]), .union(Self.union)) == [])
        #expect(problems(.map(["method": .string("none")]), .union(Self.union)) == [])
    }

    @Test("a value of another kind is named by its kind, never by its content")
    func kinds() {
        let schemas: [(ConfigSchema, String)] = [
            (.string(.text), "text"), (.integer(1...3), "a whole number"), (.boolean, "true or false"),
            (.list(.boolean), "a list"), (.map(keys: .text, values: .boolean), "a map"),
            (.object(Self.object), "a map"),
            (.union(Self.union), "a map"), (.stringOrObject(.text, Self.object), "text or a map"),
            (.stringOrInteger(.text), "text or a whole number"),
            (.objectOrList(Self.object), "a map or a list of maps"),
        ]
        let values: [(ConfigNode.Value, String)] = [
            (.null, "nothing"), (.boolean(true), "true/false"), (.integer(2), "a number"), (.number("1.5"), "a number"),
            (.string("Zq9CANARY"), "text"), (.list([]), "a list"), (.map([]), "a map"),
        ]
        for (schema, wanted) in schemas {
            for (value, found) in values {
                let problems = problems(.plain(value, 4, 7), schema)
                guard let problem = problems.first, problem.contains("found") else { continue }
                #expect(problem.hasPrefix("4:7 X f: must be \(wanted), found \(found)"), "\(problem)")
                #expect(!problem.contains("Zq9CANARY"))
            }
        }
        #expect(problems(.plain(.null, 4, 7), .string(.text)) == ["4:7 X f: must be text, found nothing"])
        #expect(problems(.plain(.list([]), 4, 7), .object(Self.object)) == ["4:7 X f: must be a map, found a list"])
    }

    @Test("numbers and truth values in place of text come with the advice to quote them")
    func quotes() {
        for value in [ConfigNode.Value.integer(5), .number("0x10"), .boolean(true)] {
            for schema in [ConfigSchema.string(.text), .stringOrObject(.text, Self.object)] {
                #expect(problems(.plain(value), schema).first?.hasSuffix("; put it in quotes") == true)
            }
        }
        #expect(
            problems(.plain(.number("1e3")), .stringOrInteger(.text)).first?.hasSuffix("; put it in quotes") == true
        )
        #expect(problems(.plain(.null), .string(.text)).first?.hasSuffix("; put it in quotes") == false)
    }

    @Test("numbers have bounds", arguments: [0, -1, 11, .max, .min])
    func bounds(number: Int) {
        #expect(problems(.plain(.integer(number), 2, 3), .integer(1...10)) == ["2:3 X f: must be from 1 to 10"])
    }

    @Test("a format's own code wins over that of the surroundings")
    func codes() {
        #expect(problems(.text("abcd", 2, 3), .string(Self.short), code: "OUTER") == ["2:3 TOO_LONG f: is too long"])
        #expect(problems(.text("", 2, 3), .string(.text), code: "OUTER") == ["2:3 OUTER f: must not be empty"])
        #expect(ConfigValidator().problems.isEmpty)
        var validator = ConfigValidator()
        validator.check(.plain(.null), against: .boolean, field: "f")
        #expect(validator.problems.first?.code == "CONFIG_INVALID")
        #expect(validator.problems.first?.severity == .error)
    }

    @Test("missing fields stand at their map, unknown ones at their key with the nearest name")
    func fields() {
        #expect(
            problems(.map(["sice": .integer(1), "on": .boolean(true)], line: 5), .object(Self.object)) == [
                "5:3 X f: misses the required field 'name'", "5:3 X f.sice: is not a known field; did you mean 'size'?",
            ]
        )
        #expect(
            problems(.map(["name": .string("a"), "colour": .integer(1)], line: 5), .object(Self.object)) == [
                "6:3 X f.colour: is not a known field; known here: name, size, on, tags"
            ]
        )
    }

    @Test("the text of an unknown field is shown only if it looks like a name, because it may be a value")
    func unknownKeys() {
        let shown = ["extra", "extraField", "extra_field", "extra-field", "x", "name2", "Names"]
        for key in shown {
            let problem = problems(.map(["name": .string("a"), key.self: .null]), .object(Self.object)).first
            #expect(problem?.contains(" f.\(key): is not a known field") == true, "\(problem ?? "")")
        }
        let hidden = [
            "name:sk_live_4eC39HqLyjWDarjtT1zdp7dc", "sk_live_4eC39HqLyjWDarjtT1zdp7dc", "hvs.CAESIJ",
            "AKIAIOSFODNN7EXAMPLE",
            "a b", "", "\u{1B}[31m", "a\nb", "0", "ghp_abcdefghijklmnopqrstuvwxyzABCDEFGHIJ", "xoxb-1-2-3",
            "\u{E9}t\u{E9}",
            String(repeating: "a", count: 41),
        ]
        for key in hidden {
            let problem = problems(.map(["name": .string("a"), key.self: .null], line: 5), .object(Self.object)).first
            #expect(problem?.hasPrefix("6:3 X f: ") == true, "\(problem ?? "")")
            #expect(key.isEmpty || problem?.contains(key) == false)
        }
    }

    @Test("names of entries are shown without control characters")
    func entryNames() {
        let found = problems(.map(["a\u{1B}[31m\nb\u{202E}": .null]), .map(keys: .anyText, values: .boolean))
        #expect(found == ["1:10 X f.a\\u{1b}[31m\\u{a}b\\u{202e}: must be true or false, found nothing"])
    }

    @Test("an optional field without a value is absent, a required one is not")
    func nulls() {
        let node = ConfigNode.map(["name": .string("a"), "size": .null, "tags": .null])
        #expect(problems(node, .object(Self.object), field: "") == [])
        #expect(
            problems(node, .object(Self.object)) == [
                "2:3 X f.size: has no value; write one, [] or {}, or remove it",
                "3:3 X f.tags: has no value; write one, [] or {}, or remove it",
            ]
        )
        #expect(problems(.map(["name": .null]), .object(Self.object)) == ["1:10 X f.name: must be text, found nothing"])
    }

    @Test("a union needs its discriminator and one of its values")
    func discriminators() {
        #expect(
            problems(.map(["token": .string("t")], line: 2), .union(Self.union)) == [
                "2:3 X f: misses 'method', which must be one of: token, approle, none"
            ]
        )
        #expect(
            problems(.map(["method": .string("aprole")], line: 2), .union(Self.union)) == [
                "2:10 X f.method: must be one of: token, approle, none; did you mean 'approle'?"
            ]
        )
        #expect(
            problems(.map(["method": .string("ldap")], line: 2), .union(Self.union)) == [
                "2:10 X f.method: must be one of: token, approle, none"
            ]
        )
        #expect(
            problems(.map(["method": .null], line: 2), .union(Self.union)) == [
                "2:10 X f.method: must be text, found nothing"
            ]
        )
    }

    @Test("a field of another variant says whose it is")
    func foreignFields() {
        #expect(
            problems(
                .map(
                    ["method": .string("token"), "token": .string("t"), "secretId": .string("s"), "other": .null],
                    line: 2
                ),
                .union(Self.union)
            ) == [
                "4:3 X f.secretId: belongs to method 'approle', not to this one",
                "5:3 X f.other: is not a known field; known here: token, method",
            ]
        )
        #expect(
            problems(.map(["method": .string("approle"), "token": .string("t")], line: 2), .union(Self.union)) == [
                "2:3 X f: misses the required field 'roleId'", "2:3 X f: misses the required field 'secretId'",
                "3:3 X f.token: belongs to method 'token', not to this one",
            ]
        )
    }

    @Test("all problems are found at once, with paths through lists and maps")
    func everything() {
        let schema = ConfigSchema.map(
            keys: Self.short,
            values: .object(ConfigObject([.optional("items", .list(.object(Self.object)), "Items.")]))
        )
        let item = ConfigNode.map(["name": .integer(1), "tags": .list([.text("a"), .text("abcd", 9, 9)])], line: 3)
        let entry = ConfigEntry(
            key: "items",
            keyPosition: ConfigPosition(line: 2, column: 3),
            value: .plain(.list([item, .plain(.null, 8, 8)]), 3, 1)
        )
        let node = ConfigNode.map(["longname": .map([entry])], line: 1)
        #expect(
            problems(node, schema, field: "") == [
                "1:3 TOO_LONG longname: is too long",
                "3:10 X longname.items[0].name: must be text, found a number; put it in quotes",
                "9:9 TOO_LONG longname.items[0].tags[1]: is too long",
                "8:8 X longname.items[1]: must be a map, found nothing",
            ]
        )
    }

    @Test("a great many problems are found quickly")
    func many() {
        let entries = (0..<50_000)
            .map { index in
                ConfigEntry(key: "k\(index)", keyPosition: ConfigPosition(line: index, column: 1), value: .text("x"))
            }
        #expect(problems(.plain(.map(entries)), .map(keys: Self.short, values: .boolean)).count > 50_000)
    }
}
