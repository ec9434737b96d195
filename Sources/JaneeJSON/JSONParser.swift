/// The state of reading one document.
///
/// It keeps its own stack instead of calling itself, so that no input can exhaust the thread's. The elements and
/// members of all open containers lie in two common arrays; a container takes its part when it is closed.
struct JSONParser {
    private struct Container {
        let isObject: Bool

        /// Where its part of `elements` or `members` begins.
        let start: Int

        var index = KeyIndex()

        /// The key whose value is being read.
        var key = ""
    }

    var cursor: ByteCursor
    let limits: JSONLimits

    /// Where strings with escapes are put together.
    var scratch: [UInt8] = []

    private var open: [Container] = []
    private var elements: [JSONValue] = []
    private var members: [JSONObject.Element] = []
    private var valueCount = 0

    init(_ bytes: UnsafeRawBufferPointer, limits: JSONLimits) {
        cursor = ByteCursor(bytes)
        self.limits = limits
    }

    /// Reads the whole document.
    mutating func document() throws(JSONError) -> JSONValue {
        guard !cursor.bytes.starts(with: [0xEF, 0xBB, 0xBF]) else {
            throw failure(.byteOrderMark, at: 0)
        }
        nextValue: while true {
            cursor.skipWhitespace()
            // A container with content is complete later; its first value comes next.
            guard var value = try scalarOrOpening() else { continue }
            while !open.isEmpty {
                let isObject = store(value)
                cursor.skipWhitespace()
                if cursor.skip(UInt8(ascii: ",")) {
                    if isObject { try key() }
                    continue nextValue
                }
                guard cursor.skip(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else { throw unexpected() }
                value = close()
            }
            cursor.skipWhitespace()
            guard cursor.isAtEnd else { throw unexpected(.trailingData) }
            return value
        }
    }

    func failure(_ reason: JSONError.Reason, at offset: Int) -> JSONError {
        JSONError(reason, at: offset, in: cursor.bytes)
    }

    /// The error for a byte that does not belong where the cursor is, or for there being none.
    func unexpected(_ reason: JSONError.Reason = .unexpectedCharacter) -> JSONError {
        failure(cursor.isAtEnd ? .unexpectedEnd : reason, at: cursor.position)
    }

    /// Reads a scalar or an empty container, or opens one that has content and answers nil.
    private mutating func scalarOrOpening() throws(JSONError) -> JSONValue? {
        guard let byte = cursor.current else { throw unexpected() }
        guard valueCount < limits.maximumValues else {
            throw failure(.tooManyValues, at: cursor.position)
        }
        valueCount += 1
        switch byte {
        case UInt8(ascii: "\""):
            return .string(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return .number(try number())
        case UInt8(ascii: "{"):
            try enter()
            if cursor.skip(UInt8(ascii: "}")) { return .object(JSONObject()) }
            open.append(Container(isObject: true, start: members.count))
            try key()
            return nil
        case UInt8(ascii: "["):
            try enter()
            if cursor.skip(UInt8(ascii: "]")) { return .array([]) }
            open.append(Container(isObject: false, start: elements.count))
            return nil
        case UInt8(ascii: "t"):
            try word("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try word("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try word("null")
            return .null
        default:
            throw unexpected()
        }
    }

    /// Moves past an opening bracket and the space after it.
    private mutating func enter() throws(JSONError) {
        guard open.count < limits.maximumDepth else {
            throw failure(.tooDeep, at: cursor.position)
        }
        cursor.advance()
        cursor.skipWhitespace()
    }

    /// Reads a key of the innermost container and the colon after it.
    private mutating func key() throws(JSONError) {
        cursor.skipWhitespace()
        guard cursor.current == UInt8(ascii: "\"") else { throw unexpected() }
        let start = cursor.position
        let key = try string()
        let innermost = open.count - 1
        guard open[innermost].index.positionOrClaim(key, in: members, from: open[innermost].start) == nil else {
            throw failure(.duplicateKey, at: start)
        }
        open[innermost].key = key
        cursor.skipWhitespace()
        guard cursor.skip(UInt8(ascii: ":")) else { throw unexpected() }
    }

    /// Puts a value into the innermost container and says whether that is an object.
    private mutating func store(_ value: JSONValue) -> Bool {
        let innermost = open.count - 1
        guard open[innermost].isObject else {
            elements.append(value)
            return false
        }
        members.append((open[innermost].key, value))
        return true
    }

    /// Takes the innermost container off the stack.
    private mutating func close() -> JSONValue {
        let container = open.removeLast()
        if container.isObject {
            let own = Array(members[container.start...])
            members.removeSubrange(container.start...)
            return .object(JSONObject(distinct: own, index: container.index))
        }
        let own = Array(elements[container.start...])
        elements.removeSubrange(container.start...)
        return .array(own)
    }

    private mutating func word(_ word: StaticString) throws(JSONError) {
        for offset in 0..<word.utf8CodeUnitCount {
            guard cursor.skip(word.utf8Start[offset]) else { throw unexpected() }
        }
    }

    private mutating func number() throws(JSONError) -> JSONNumber {
        let start = cursor.position
        guard cursor.skipNumber() else { throw unexpected(.invalidNumber) }
        let literal = cursor.bytes(from: start)
        guard literal.count <= limits.maximumNumberLength else {
            throw failure(.numberTooLong, at: start)
        }
        return JSONNumber(checkedLiteral: String(decoding: literal, as: UTF8.self))
    }
}
