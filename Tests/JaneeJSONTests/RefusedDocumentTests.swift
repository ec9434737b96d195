import JaneeJSON
import Testing

@Suite("Refused documents")
struct RefusedDocumentTests {
    @Test("Text that is not JSON is refused for the right reason at the right byte", arguments: RefusedDocuments.texts)
    func text(text: String, reason: JSONError.Reason, offset: Int) {
        let error = #expect(throws: JSONError.self) { try JSONReader.parse(text) }
        #expect(error?.reason == reason)
        #expect(error?.offset == offset)
    }

    @Test(
        "Bytes that are not UTF-8 are refused at the first byte of the bad sequence",
        arguments: RefusedDocuments.invalidUTF8
    )
    func invalidUTF8(bytes: [UInt8], offset: Int) {
        let inString = [UInt8(ascii: "\"")] + bytes + [UInt8(ascii: "\"")]
        let error = #expect(throws: JSONError.self) { try JSONReader.parse(inString) }
        #expect(error?.reason == .invalidUTF8)
        #expect(error?.offset == offset + 1)

        let atTheEnd = #expect(throws: JSONError.self) { try JSONReader.parse(Array(inString.dropLast())) }
        #expect(atTheEnd?.reason == .invalidUTF8)
        #expect(atTheEnd?.offset == offset + 1)

        let inKey = Array("{".utf8) + inString + Array(":1}".utf8)
        #expect(throws: JSONError.self) { try JSONReader.parse(inKey) }
    }

    @Test("Bytes beyond ASCII are refused outside strings", arguments: UInt8(0x80)...UInt8(0xFF))
    func foreignByte(byte: UInt8) {
        for document in [[byte], [0x5B, byte, 0x5D], [0x5B, 0x31, byte, 0x5D], [0x7B, byte, 0x7D], [0x31, byte]] {
            #expect(throws: JSONError.self) { try JSONReader.parse(document) }
        }
    }

    @Test("Control characters are refused in strings wherever they stand", arguments: UInt8(0)..<UInt8(0x20))
    func controlCharacter(byte: UInt8) {
        for padding in 0..<18 {
            let plain = [UInt8](repeating: UInt8(ascii: "x"), count: padding)
            let error = #expect(throws: JSONError.self) {
                try JSONReader.parse([UInt8(ascii: "\"")] + plain + [byte] + plain + [UInt8(ascii: "\"")])
            }
            #expect(error?.reason == .controlCharacter)
            #expect(error?.offset == padding + 1)
        }
    }

    @Test("Every document cut short is refused at its end")
    func cutShort() throws {
        let document = Array(#"{"a\n":[true,false,null,-1.5e+3,"é\ud83d\ude39",{}],"b":{"c":[]}}"#.utf8)
        _ = try JSONReader.parse(document)
        for length in 0..<document.count {
            let error = #expect(throws: JSONError.self) { try JSONReader.parse(Array(document.prefix(length))) }
            if error?.reason != .invalidUTF8 {
                #expect(error?.reason == .unexpectedEnd)
                #expect(error?.offset == length)
            }
        }
    }

    @Test("UTF-16 and UTF-32 are refused, with and without a byte order mark")
    func otherEncodings() {
        let documents: [[UInt8]] = [
            [0xFE, 0xFF, 0x00, 0x5B, 0x00, 0x5D], [0xFF, 0xFE, 0x5B, 0x00, 0x5D, 0x00], [0x00, 0x5B, 0x00, 0x5D],
            [0x5B, 0x00, 0x5D, 0x00], [0x00, 0x00, 0x00, 0x31], [0xFF, 0xFE, 0x00, 0x00, 0x31, 0x00, 0x00, 0x00],
        ]
        for document in documents {
            #expect(throws: JSONError.self) { try JSONReader.parse(document) }
        }
    }
}
