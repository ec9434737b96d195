/// A string that is hashed and compared by its UTF-8 bytes instead of by canonical equivalence.
struct ByteExactKey: Hashable, Sendable {
    let text: String

    init(_ text: String) {
        self.text = text
    }

    static func == (left: ByteExactKey, right: ByteExactKey) -> Bool {
        left.text.hasSameBytes(as: right.text)
    }

    // The hasher is seeded anew in every process, so nobody can prepare keys that collide.
    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

extension String {
    /// Whether both strings are the same sequence of Unicode scalars.
    func hasSameBytes(as other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        return utf8.elementsEqual(other.utf8)
    }
}
