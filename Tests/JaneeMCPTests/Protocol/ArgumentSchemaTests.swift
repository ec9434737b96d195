import JaneeJSON
import Testing

@testable import JaneeMCP

@Suite("Argument schemas")
struct ArgumentSchemaTests {
    @Test(
        "A schema with anything that would not be checked is refused",
        arguments: [
            #"{"type":"object","patternProperties":{}}"#,
            #"{"type":"object","properties":{"a":{"type":"string","pattern":"x"}}}"#,
            #"{"type":"object","properties":{"a":{"type":"string","format":"uri"}}}"#,
            #"{"type":"object","properties":{"a":{"type":"number","minimum":1}}}"#,
            #"{"type":"object","properties":{"a":{"type":"number","maxLength":1}}}"#,
            #"{"type":"object","properties":{"a":{"enum":["x"]}}}"#,
            #"{"type":"object","properties":{"a":{"type":"string","enum":[1]}}}"#,
            #"{"type":"object","properties":{"a":{"type":"string","enum":[]}}}"#,
            #"{"type":"object","properties":{"a":{"type":["string","null"]}}}"#,
            #"{"type":"object","properties":{"a":{"type":"text"}}}"#,
            #"{"type":"object","properties":{"a":{"type":"string","maxLength":-1}}}"#,
            #"{"type":"object","properties":{"a":{"type":"array","items":{"$ref":"x"}}}}"#,
            #"{"type":"object","properties":{"a":{"type":"object","additionalProperties":{"const":1}}}}"#,
            #"{"type":"object","properties":{"a":true}}"#,
            #"{"type":"object","properties":[]}"#,
            #"{"type":"object","required":["a"]}"#,
            #"{"type":"object","properties":{"a":{}},"required":"a"}"#,
            #"{"type":"object","additionalProperties":1}"#,
            #"{"type":"string"}"#,
            "{}",
            "5",
        ]
    )
    func refused(schema: String) throws {
        let value = try JSONReader.parse(schema)
        #expect(throws: ArgumentSchemaError.self) { try ArgumentSchema(value) }
    }

    @Test("The error says where in the schema the keyword is")
    func place() throws {
        let value = try JSONReader.parse(
            #"{"type":"object","properties":{"a":{"type":"array","items":{"type":"string","pattern":"x"}}}}"#
        )
        let error = #expect(throws: ArgumentSchemaError.self) { try ArgumentSchema(value) }
        #expect(
            error?.description
                == #"inputSchema/properties/a/items: the keyword "pattern" is not supported here"#
        )
    }

    static let schema: JSONValue = [
        "type": "object",
        "title": "Everything",
        "properties": [
            "method": ["type": "string", "enum": ["GET", "POST"], "description": "HTTP method"],
            "path": ["type": "string", "minLength": 1, "maxLength": 3],
            "headers": ["type": "object", "additionalProperties": ["type": "string"]],
            "command": ["type": "array", "items": ["type": "string"]],
            "limit": ["type": "integer", "default": 5],
            "ratio": ["type": "number"],
            "dry": ["type": "boolean"],
            "nothing": ["type": "null"],
            "whatever": ["description": "anything"],
            "inner": [
                "type": "object",
                "properties": ["a": ["type": "string"]],
                "required": ["a"],
                "additionalProperties": false,
            ],
        ],
        "required": ["method"],
        "additionalProperties": false,
    ]

    @Test(
        "Arguments that fit have no problems",
        arguments: [
            #"{"method":"GET"}"#,
            #"{"method":"POST","path":"äöü","headers":{"a":"b"},"command":["x","y"],"limit":3,"ratio":1.5}"#,
            #"{"method":"GET","dry":false,"nothing":null,"whatever":[1],"inner":{"a":"b"},"ratio":1,"command":[]}"#,
        ]
    )
    func fitting(arguments: String) throws {
        #expect(try problems(arguments) == [])
    }

    @Test(
        "Each problem names its argument and never repeats a value",
        arguments: [
            (#"{}"#, "method is required"),
            (#"{"method":"canary"}"#, "method must be one of: GET, POST"),
            (#"{"method":"get"}"#, "method must be one of: GET, POST"),
            (#"{"method":null}"#, "method must be a string"),
            (#"{"method":"GET","path":""}"#, "path must have at least 1 characters"),
            (#"{"method":"GET","path":"canary"}"#, "path must have at most 3 characters"),
            (#"{"method":"GET","headers":{"canary":5}}"#, "headers.* must be a string"),
            (#"{"method":"GET","headers":"canary"}"#, "headers must be an object"),
            (#"{"method":"GET","command":["a",5]}"#, "command[1] must be a string"),
            (#"{"method":"GET","command":"canary"}"#, "command must be an array"),
            (#"{"method":"GET","limit":1.5}"#, "limit must be an integer"),
            (#"{"method":"GET","limit":"5"}"#, "limit must be an integer"),
            (#"{"method":"GET","ratio":"canary"}"#, "ratio must be a number"),
            (#"{"method":"GET","dry":0}"#, "dry must be true or false"),
            (#"{"method":"GET","nothing":0}"#, "nothing must be null"),
            (#"{"method":"GET","inner":{}}"#, "inner.a is required"),
            (#"{"method":"GET","inner":{"a":"b","canary":1}}"#, "inner has an unknown member; allowed are: a"),
        ]
    )
    func problem(arguments: String, problem: String) throws {
        #expect(try problems(arguments) == [problem])
    }

    @Test("An unknown argument is refused with the list of the known ones")
    func unknown() throws {
        let found = try problems(#"{"method":"GET","canary":"canary"}"#)
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("unknown argument; allowed are: method, path, headers") == true)
        #expect(found.first?.contains("canary") == false)
    }

    @Test("Many problems are cut off")
    func many() throws {
        let elements = Array(repeating: "5", count: 100_000).joined(separator: ",")
        #expect(try problems(#"{"method":"GET","command":[\#(elements)]}"#).count == 8)
    }

    private func problems(_ arguments: String) throws -> [String] {
        let arguments = try #require(try JSONReader.parse(arguments).objectValue)
        return try ArgumentSchema(Self.schema).problems(in: arguments).map(\.description)
    }
}
