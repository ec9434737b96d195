/// The members of a JSON object, in the order they were written; every key occurs once.
///
/// Keys are compared by their UTF-8 bytes. Finding a member takes constant time, removing one takes time proportional
/// to the number of members. Two objects are equal when they have the same members in the same order.
package struct JSONObject: Sendable {
    package typealias Element = (key: String, value: JSONValue)

    private var members: [Element] = []
    private var index = KeyIndex()

    package init() {}

    /// Takes members in order; of several with the same key the last value stays, at the first one's place.
    package init(_ members: some Sequence<(String, JSONValue)>) {
        for (key, value) in members {
            append(key, value)
        }
    }

    /// Takes members the parser has already found to have different keys, and the index it made meanwhile.
    init(distinct members: [Element], index: KeyIndex) {
        self.members = members
        self.index = index
    }

    package var count: Int {
        members.count
    }

    package var isEmpty: Bool {
        members.isEmpty
    }

    package var keys: [String] {
        members.map(\.key)
    }

    /// The value of a key: setting one replaces it in place or adds it at the end, setting nil removes the member.
    ///
    /// A member that is to hold JSON's null is set to `JSONValue.null`.
    package subscript(key: String) -> JSONValue? {
        get {
            guard let position = index.position(of: key, in: members) else { return nil }
            return members[position].value
        }
        set {
            if let newValue {
                append(key, newValue)
            } else if let position = index.position(of: key, in: members) {
                members.remove(at: position)
                index.rebuild(for: members)
            }
        }
    }

    /// Adds a member at the end, or replaces the value of a key that is there already.
    package mutating func append(_ key: String, _ value: JSONValue) {
        if let position = index.positionOrClaim(key, in: members) {
            members[position].value = value
        } else {
            members.append((key, value))
        }
    }
}

extension JSONObject: Sequence {
    package func makeIterator() -> IndexingIterator<[Element]> {
        members.makeIterator()
    }

    package var underestimatedCount: Int {
        members.count
    }
}

extension JSONObject: Equatable {
    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.members.elementsEqual(right.members) { left, right in
            left.key.hasSameBytes(as: right.key) && left.value == right.value
        }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements)
    }
}
