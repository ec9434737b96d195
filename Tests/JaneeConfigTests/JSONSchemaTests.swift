import JaneeJSON
import JaneeSecrets
import Testing

@testable import JaneeConfig

@Suite("The JSON Schema of the configuration")
struct JSONSchemaTests {
    private static let schema = ConfigFixture.schema.jsonSchema

    private func at(_ path: String...) throws -> JSONValue {
        var value = Self.schema
        for step in path { value = try #require(value[step], "no \(step) of \(path)") }
        return value
    }

    @Test("names itself, what it is written in and every block of the file")
    func root() throws {
        #expect(try at("$schema") == "https://json-schema.org/draft/2020-12/schema")
        #expect(try at("$id") == "urn:janee:config" && at("title") == "Janee's config.yaml")
        #expect(try at("additionalProperties") == false && at("type") == ["object", "null"])
        #expect(try at("properties").objectValue?.keys == ConfigFixture.schema.root.fields.map(\.name))
    }

    @Test("holds every field of every definition, with its description, and no other")
    func walk() throws {
        var fields = 0
        for definition in ConfigFixture.schema.providers {
            try compare(
                variant(definition.type, of: at("$defs", "provider")),
                definition.configuration,
                "type",
                &fields
            )
        }
        try compare(at("$defs", "service"), ConfigFixture.schema.service, nil, &fields)
        for type in ConfigFixture.schema.authTypes {
            let auth = try at("$defs", "service", "properties", "auth")
            try compare(variant(type.type, of: auth), type.lenient, "type", &fields)
        }
        try compare(at("$defs", "capability"), ConfigFixture.schema.capability, nil, &fields)
        for block in ["server", "security", "features"] {
            let field = try #require(ConfigFixture.schema.root.fields.first { $0.name == block })
            let forms = try #require(try at("properties", block)["anyOf"]?.arrayValue)
            #expect(forms.count == 2 && forms[1] == ["type": "null"])
            guard case .object(let object) = field.schema else { throw Mismatch() }
            try compare(forms[0], object, nil, &fields)
        }
        #expect(fields > 150)
    }

    private struct Mismatch: Error {}

    private func variant(_ name: String, of union: JSONValue, by key: String = "type") throws -> JSONValue {
        let variants = try #require(union["oneOf"]?.arrayValue)
        let chosen = variants.filter { $0["properties"]?[key]?["const"] == .string(name) }
        #expect(chosen.count == 1)
        return try #require(chosen.first)
    }

    private func compare(_ json: JSONValue, _ object: ConfigObject, _ discriminator: String?, _ count: inout Int) throws
    {
        let names = [discriminator].compactMap(\.self) + object.fields.map(\.name)
        let required = [discriminator].compactMap(\.self) + object.fields.filter(\.isRequired).map(\.name)
        #expect(json["type"] == "object" && json["additionalProperties"] == false)
        #expect(json["properties"]?.objectValue?.keys == names)
        #expect((json["required"]?.arrayValue ?? []).compactMap(\.stringValue) == required)
        for field in object.fields {
            count += 1
            let property = try #require(json["properties"]?[field.name])
            #expect(property["description"] == .string(field.summary) && !field.summary.isEmpty)
            try compare(property, field.schema, &count)
        }
    }

    /// Compares what the definition says with what stands there, form by form.
    private func compare(_ json: JSONValue, _ schema: ConfigSchema, _ count: inout Int) throws {
        switch schema {
        case .string(let format) where format.choices == nil:
            #expect(json["type"] == "string" && json["pattern"]?.stringValue == format.pattern)
        case .string(let format):
            #expect(json["enum"] == .array((format.choices ?? []).map { .string($0) }))
        case .integer(let range):
            #expect(json["type"] == "integer" && json["minimum"]?.intValue == range.lowerBound)
            #expect(json["maximum"]?.intValue == range.upperBound)
        case .number(let range):
            #expect(json["type"] == "number" && json["minimum"]?.numberValue?.double == range.lowerBound)
            #expect(json["maximum"]?.numberValue?.double == range.upperBound)
        case .boolean: #expect(json["type"] == "boolean")
        case .list(let item):
            #expect(json["type"] == "array")
            try compare(try #require(json["items"]), item, &count)
        case .map(_, let values):
            #expect(json["type"] == "object" && json["propertyNames"]?["pattern"] != nil)
            try compare(try #require(json["additionalProperties"]), values, &count)
        case .object(let object):
            // The rules of a capability have a second form, of Janee 0.16.
            try compare(json["anyOf"]?.arrayValue?.first ?? json, object, nil, &count)
        case .union(let union):
            #expect(json["oneOf"]?.arrayValue?.count == union.variants.count)
            for (name, object) in union.variants where union.discriminator == "method" {
                try compare(variant(name, of: json, by: "method"), object, "method", &count)
            }
        case .stringOrObject(let format, let object):
            let forms = try #require(json["anyOf"]?.arrayValue)
            #expect(forms.count == 2 && forms[0]["type"] == "string")
            // Secrets of services may be stored values of Janee 0.16, too.
            #expect(forms[0]["pattern"]?.stringValue?.contains(format.pattern ?? "-") == true)
            try compare(forms[1], object, nil, &count)
        case .objectOrList(let object):
            let forms = try #require(json["anyOf"]?.arrayValue)
            #expect(forms.count == 2 && forms[1]["type"] == "array" && forms[1]["minItems"] == 1)
            try compare(forms[0], object, nil, &count)
            try compare(try #require(forms[1]["items"]), object, nil, &count)
        case .stringOrInteger(let format):
            #expect(json[format.choices == nil ? "anyOf" : "enum"]?.arrayValue != nil)
        case .anything: #expect(json["type"] == nil)
        }
    }

    @Test("is a schema that its own reader can parse, and the same each time")
    func text() throws {
        let text = Self.schema.serialized(pretty: true)
        #expect(try JSONReader.parse(text) == Self.schema)
        #expect(ConfigFixture.schema.jsonSchema == Self.schema)
    }
}

@Suite("Patterns of formats")
struct TextPatternTests {
    /// All formats that the configuration uses, by name.
    private static let formats: [String: ConfigStringFormat] = {
        var found: [String: ConfigStringFormat] = [:]
        func visit(_ object: ConfigObject) {
            for field in object.fields { visit(field.schema) }
        }
        func visit(_ schema: ConfigSchema) {
            switch schema {
            case .string(let format), .stringOrInteger(let format): found[format.name] = format
            case .list(let item): visit(item)
            case .map(let keys, let values):
                found[keys.name] = keys
                visit(values)
            case .object(let object), .objectOrList(let object): visit(object)
            case .union(let union):
                for variant in union.variants { visit(variant.object) }
            case .stringOrObject(let format, let object):
                found[format.name] = format
                visit(object)
            case .integer, .number, .boolean, .anything: break
            }
        }
        visit(.object(ConfigFixture.schema.root))
        visit(ConfigFixture.schema.provider)
        found[ConfigStringFormat.providerName.name] = .providerName
        return found
    }()

    private static let texts: [String] = [
        "", " ", "a", "A-b_9", "9a", "a.b", "a b", "a/b", "/a/b/", "//", ".", "..", "...", "../a", "a/..", "a/../b",
        "a/./b",
        ".a/b.", "%41", "%2F", "a%2Fb", "%zz", "%", "v://a", "v://a/b%20c", "v:///a//", "v://", "v://..", "v://a/..",
        "9v://a", "v://a#b", "v://a?b", "v://a:b", "v://a://b", "https://u:p@h", "${X}", "${X}://a", "a${X}", "$${X}",
        "${E == 'a' ? 'b' : 'c'}://d", "${E != 'a' ? 'b' : 'c'}", "${", "${X", "${X-y}", "${file:/a}", "${file:~/a}",
        "${file:~}", "${file:a}", "a${X}b${file:/c}d", "$", "$$", "$$$", "$a", "$${", "$$${X}", "$$$${", "100$ {", "x$",
        "https://x.example", "HTTPS://X.example:443/v1/", "http://localhost:8200", "http://LOCALHOST",
        "http://127.0.0.1",
        "http://[::1]:8080", "http://[::ffff:127.0.0.1]", "http://x.example", "https://10.0.0.1", "https://x?y",
        "https://x#y",
        "https://u@x", "https://", "https:///a", "ftp://x", "https://x y", "x.example", "/", "~", "~/a", "~a", "/a b/c",
        "/a/../b", "/..", "/...", "/a/..b", "10.0.0.0/8", "10.0.0.1", "10.0.0.1/8", "fd00::/8", "::/0", "::1",
        "1.2.3.4/33",
        "30s", "5m", "1h", "7d", "0s", "01h", "3650d", "1w", "1.5h", "h", "GET /a", "* *", "get /a/*?x=*",
        "  POST\t*/b  ",
        "GET", "GET a", "GTE /a", "GET /a b", "DELETE /\u{E9}", "X-Api-Key", "x_y", "Accept", "Authorization", "X Y",
        "X:Y",
        "local://key", "prodVault://key", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "\u{E9}", "\u{1F511}", "a\nb",
        "a\tb",
        "\n", "a\u{85}b", String(repeating: "a", count: 64), String(repeating: "a", count: 65),
        String(repeating: "a", count: 128), String(repeating: "a", count: 129),
        String(repeating: "\u{1F511}", count: 128),
    ]

    @Test("A pattern lets every text pass that the format accepts")
    func neverLess() throws {
        #expect(Self.formats.count > 12)
        var refused = 0
        for format in Self.formats.values where format.choices == nil && format.name != ConfigStringFormat.anyText.name
        {
            let pattern = try #require(format.pattern, "\(format.name) has no pattern")
            let regex = try Regex(pattern).matchingSemantics(.unicodeScalar)
            for text in Self.texts {
                let matches = text.contains(regex)
                if format.check(text) == nil { #expect(matches, "\(format.name): '\(text)'") }
                if !matches { refused += 1 }
            }
        }
        #expect(refused > 800)
    }

    @Test(
        "A pattern refuses what is no such text at all",
        arguments: [
            ("provider name", ["", "9a", "a.b", "a b"]), ("text", ["", "${X}", "a${X}"]),
            ("secret reference", ["", "a b", "v://", "9v://a", "v://a#b", "..", "a/..", "v://..", "v://a/./b", "%zz"]),
            ("text or secret reference", ["", "${X}", "v://", "9v://a", "v://a b"]),
            (
                "credential with ${NAME} or ${file:/path}",
                ["", "${", "${X", "${X-y}", "${file:a}", "${E == 'a' ? 'b' : 'c'}"]
            ),
            (
                "https address, or unix:///path of an agent's socket",
                [
                    "http://x.example", "x.example", "ftp://x", "https://u@x", "https://x?y", "${X}", "unix://x",
                    "unix:///a?b",
                ]
            ),
            (
                "address of a vault",
                ["x.vault.azure.net", "http://x.vault.azure.net", "https://u@x", "https://x?y", "${X}"]
            ),
            ("region of AWS", ["", "us-east-1a", "us-east", "US-EAST-1", "xx-east-1", "us-east-1.evil"]),
            ("ARN of a role", ["", "reader", "arn:aws:iam::1:role/x", "arn:aws:iam::123456789012:user/x"]),
            ("external id", ["", "x", "x y"]), ("session name", ["", "x", "x/y"]), ("server id", ["", "x y"]),
            ("base URL", ["x.example", "ftp://x", "https://u@x", "https://x?y", "https://x#y", "https://"]),
            ("absolute path", ["a", "", "~a", "/a/../b", "/..", "${X}/a"]),
            ("address range", ["", "everything", "10.0.0.0/x"]),
            ("duration", ["", "5", "0s", "1w", "1.5h", "h", "-1h"]),
            ("METHOD PATH-GLOB", ["", "GET", "GET a", "GET /a b", "/a"]),
            ("header name", ["", "X Y", "X:Y", "\u{E9}"]), ("name", ["", "a\tb", String(repeating: "a", count: 129)]),
            ("master key source", ["", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "a/b"]),
            ("secret path", ["", "a b", "..", "a/../b", "v://a"]),
        ]
    )
    func refused(name: String, texts: [String]) throws {
        let format = try #require(Self.formats[name])
        let regex = try Regex(try #require(format.pattern)).matchingSemantics(.unicodeScalar)
        for text in texts {
            #expect(!text.contains(regex), "'\(text)'")
            #expect(format.check(text) != nil, "'\(text)'")
        }
    }
}
