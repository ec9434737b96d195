/// Why a document was refused, and where.
///
/// It holds nothing of the document itself, which may be a secret.
package struct JSONError: Error, Equatable, Sendable {
    package enum Reason: Sendable, Equatable, CaseIterable {
        case unexpectedCharacter
        case unexpectedEnd
        case trailingData
        case byteOrderMark
        case invalidNumber
        case invalidEscape
        case loneSurrogate
        case controlCharacter
        case invalidUTF8
        case duplicateKey
        case tooLarge
        case tooDeep
        case tooManyValues
        case stringTooLong
        case numberTooLong
    }

    package let reason: Reason

    /// The number of bytes before the fault.
    package let offset: Int

    /// The line of the fault, from 1; lines end with a line feed.
    package let line: Int

    /// The place of the fault in its line, from 1, in bytes.
    package let column: Int

    /// Works out line and column from the document.
    init(_ reason: Reason, at offset: Int, in document: UnsafeRawBufferPointer) {
        var line = 1
        var lineStart = 0
        for index in 0..<min(offset, document.count) where document[index] == UInt8(ascii: "\n") {
            line += 1
            lineStart = index + 1
        }
        self.reason = reason
        self.offset = offset
        self.line = line
        self.column = offset - lineStart + 1
    }
}

extension JSONError: CustomStringConvertible {
    package var description: String {
        "invalid JSON at line \(line), column \(column) (byte \(offset)): \(reason.explanation)"
    }
}

extension JSONError.Reason {
    fileprivate var explanation: String {
        switch self {
        case .unexpectedCharacter: "this character cannot stand here"
        case .unexpectedEnd: "the document ends too early"
        case .trailingData: "something follows the end of the document; send one value only"
        case .byteOrderMark: "the document begins with a byte order mark; save it as UTF-8 without one"
        case .invalidNumber: "this is not a JSON number"
        case .invalidEscape: "unknown or incomplete escape in a string"
        case .loneSurrogate: "half of a surrogate pair in a string; write both halves or the character itself"
        case .controlCharacter: "control character in a string; write it as an escape"
        case .invalidUTF8: "these bytes are not UTF-8"
        case .duplicateKey: "this key occurs twice in the same object; keep one"
        case .tooLarge: "the document is larger than allowed"
        case .tooDeep: "arrays and objects are nested deeper than allowed"
        case .tooManyValues: "the document has more values than allowed"
        case .stringTooLong: "this string is longer than allowed"
        case .numberTooLong: "this number has more digits than allowed"
        }
    }
}
