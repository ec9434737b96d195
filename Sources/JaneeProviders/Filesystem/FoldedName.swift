/// A name as a file system sees it that ignores upper and lower case or the composition of Unicode letters.
struct FoldedName {
    private let name: String
    private let folded: String
    private let isASCII: Bool

    init(_ name: String) {
        self.name = name
        folded = Self.fold(name)
        isASCII = Self.isASCII(name)
    }

    /// Whether such a file system would take `other` for this name although the two are different.
    func collides(with other: String) -> Bool {
        if isASCII, Self.isASCII(other) {
            return name.utf8.elementsEqual(other.utf8) { Self.lowercased($0) == Self.lowercased($1) }
                && !name.utf8.elementsEqual(other.utf8)
        }
        // Strings are equal if their letters are, however composed.
        return Self.fold(other) == folded && !name.utf8.elementsEqual(other.utf8)
    }

    /// Upper case first: it unites letters whose lower cases differ, such as the two small sigmas.
    private static func fold(_ name: String) -> String {
        name.uppercased().lowercased()
    }

    private static func isASCII(_ name: String) -> Bool {
        name.utf8.allSatisfy { $0 < 0x80 }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
    }
}
