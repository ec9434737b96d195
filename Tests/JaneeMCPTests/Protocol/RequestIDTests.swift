import JaneeJSON
import Testing

@testable import JaneeMCP

@Suite("Request ids")
struct RequestIDTests {
    static let long = String(repeating: "a", count: 500)

    @Test(
        "An id comes back exactly as it was sent",
        arguments: [
            "0", "-7", "7", #""7""#, #""""#, "9007199254740993", "123456789012345678901234567890", #""null""#,
            #""e\u0301""#, #""\#(long)""#,
        ]
    )
    func echoed(literal: String) async throws {
        let answer = try await Peer().send(Messages.request("ping", id: literal))
        #expect(answer?["id"] == (try JSONReader.parse(literal)))
        #expect(answer?["result"] == [:])
    }

    @Test(
        "What is no id is refused with the id null",
        arguments: [
            "null", "1.5", "1.0", "1e3", "true", "{}", "[1]",
            String(repeating: "9", count: 65), "\"" + String(repeating: "a", count: 2000) + "\"",
        ]
    )
    func refused(literal: String) async throws {
        let answer = try await Peer().send(Messages.request("ping", id: literal))
        #expect(answer?.errorCode == -32600)
        #expect(answer?["id"] == .null)
    }

    @Test(
        "Ids are the same only when type and bytes are",
        arguments: [("7", #""7""#), (#""\u00e9""#, #""e\u0301""#), ("1", "-1"), (#""a""#, #""A""#)]
    )
    func different(left: String, right: String) throws {
        let first = try #require(RequestID(JSONReader.parse(left)))
        let second = try #require(RequestID(JSONReader.parse(right)))
        #expect(first != second)
        #expect(first == first)
    }

    @Test("An escaped and a plain form of a string are the same id")
    func escaped() throws {
        let plain = try #require(RequestID(JSONReader.parse(#""a/b""#)))
        let escaped = try #require(RequestID(JSONReader.parse(#""\u0061\/b""#)))
        #expect(plain == escaped)
        #expect(plain.hashValue == escaped.hashValue)
    }

    @Test("In logs an id is short and printable")
    func description() throws {
        let id = try #require(RequestID(.string("\u{1b}[31m" + Self.long)))
        #expect(id.description.utf8.count < 60)
        #expect(id.description.utf8.allSatisfy { (0x20...0x7e).contains($0) })
    }
}
