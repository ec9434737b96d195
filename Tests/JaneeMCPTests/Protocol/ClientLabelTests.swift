import JaneeJSON
import Testing

@testable import JaneeMCP

@Suite("Client labels")
struct ClientLabelTests {
    @Test(
        "A label is short and prints as it is",
        arguments: [
            (["name": "cursor", "version": "1.2"], "cursor/1.2"),
            (["name": "cursor"], "cursor"),
            (["name": "Größe 世界"], "Größe 世界"),
            (["name": "a\u{1b}[31m\u{202e}b\nc", "version": 3], "a?[31m?b?c"),
            (["name": .string(String(repeating: "x", count: 10_000))], String(repeating: "x", count: 64)),
        ] as [(JSONValue, String)]
    )
    func cleaned(implementation: JSONValue, label: String) {
        #expect(ClientLabel(implementation)?.description == label)
    }

    @Test(
        "Without a usable name there is no label",
        arguments: [[:], ["name": ""], ["name": "  "], ["name": "\u{0}\u{1}"], ["name": 5], 7] as [JSONValue]
    )
    func none(implementation: JSONValue) {
        #expect(ClientLabel(implementation) == nil)
    }
}
