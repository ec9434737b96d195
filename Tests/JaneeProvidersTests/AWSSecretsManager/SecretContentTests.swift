import JaneeJSON
import JaneeSecrets
import JaneeTestSupport
import Testing

@testable import JaneeProviders

@Suite("The value in an answer of Secrets Manager")
struct SecretContentTests {
    static let document = #"{"user":"app","n":1.50,"on":true,"none":null,"a/b":{"~":["x",{"k":"deep"}]},"":"empty"}"#

    static let found: [(field: String?, value: String)] = [
        (nil, document), ("user", "app"), ("n", "1.50"), ("on", "true"), ("a/b", #"{"~":["x",{"k":"deep"}]}"#),
        ("/user", "app"), ("/a~1b/~0/1/k", "deep"), ("/a~1b/~0/0", "x"), ("/a~1b/~0/1", #"{"k":"deep"}"#),
        ("/", "empty"), ("", "empty"),
    ]

    @Test("the whole secret, a key of it, or what a pointer leads to", arguments: found)
    func value(field: String?, value: String) throws {
        #expect(
            try SecretContent.value(["SecretString": .string(Self.document)], field: field) == SecretValue(value)
        )
    }

    @Test(
        "a field that is not there does not exist",
        arguments: [
            "User", "x", "/x", "/user/x", "/a~1b/~0/2", "/a~1b/~0/01", "/a~1b/~0/-1", "/a~1b/~0/-", "none", "/none",
        ]
    )
    func missing(field: String) {
        let error = #expect(throws: SecretError.self) {
            try SecretContent.value(["SecretString": .string(Self.document)], field: field)
        }
        #expect(error?.code == .secretNotFound)
    }

    @Test(
        "a field of what is no JSON document is a mistake of the reference",
        arguments: ["hunter2", "\"text\"", "5", "{"]
    )
    func noDocument(text: String) {
        let error = #expect(throws: SecretError.self) {
            try SecretContent.value(["SecretString": .string(text)], field: "user")
        }
        #expect(error?.code == .providerConfigInvalid)
        #expect(error?.detail.contains(text) == false)
    }

    @Test("binary that is text is taken as text, and other binary is refused")
    func binary() throws {
        #expect(try SecretContent.value(["SecretBinary": "aHVudGVyMg=="], field: nil) == SecretValue("hunter2"))
        #expect(try SecretContent.value(["SecretBinary": "eyJhIjoiYiJ9"], field: "a") == SecretValue("b"))
        let binary = #expect(throws: SecretError.self) {
            try SecretContent.value(["SecretBinary": "/////w=="], field: nil)
        }
        #expect(binary?.code == .providerConfigInvalid)
        for answer: JSONValue in [["SecretBinary": "not base64"], [:], ["SecretString": 5]] {
            let error = #expect(throws: SecretError.self) { try SecretContent.value(answer, field: nil) }
            #expect(error?.code == .providerInternalError)
        }
    }
}
