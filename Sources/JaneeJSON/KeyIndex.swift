/// Where the keys of one object are: found by looking at each while they are few, and by hash once they are many.
///
/// It does not hold the members; it is told of them at every call, as those from `start` on, and counts from there.
struct KeyIndex: Sendable {
    /// The number of members up to which looking at each is cheaper than hashing.
    static let linearLimit = 16

    /// Has all keys once there have been more than the limit, and none before.
    private var positions: [ByteExactKey: Int] = [:]

    func position(of key: String, in members: [JSONObject.Element], from start: Int = 0) -> Int? {
        guard positions.isEmpty else { return positions[ByteExactKey(key)] }
        for index in start..<members.count where members[index].key.hasSameBytes(as: key) {
            return index - start
        }
        return nil
    }

    /// The position of a key; when it is new, nil, and the next member appended must be the one that has it.
    mutating func positionOrClaim(
        _ key: String,
        in members: [JSONObject.Element],
        from start: Int = 0
    ) -> Int? {
        let count = members.count - start
        guard count >= Self.linearLimit else { return position(of: key, in: members, from: start) }
        if positions.isEmpty { rebuild(for: members, from: start) }
        guard let known = positions.updateValue(count, forKey: ByteExactKey(key)) else { return nil }
        positions[ByteExactKey(key)] = known
        return known
    }

    /// Starts over, after members have changed their positions.
    mutating func rebuild(for members: [JSONObject.Element], from start: Int = 0) {
        positions.removeAll()
        guard members.count - start >= Self.linearLimit else { return }
        for index in start..<members.count {
            positions[ByteExactKey(members[index].key)] = index - start
        }
    }
}
