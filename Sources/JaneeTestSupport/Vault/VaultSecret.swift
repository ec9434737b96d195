import JaneeJSON

/// The versions of one secret.
struct VaultSecret: Sendable {
    struct Version: Sendable {
        let created: VaultTime
        var deleted: VaultTime?
        var isDestroyed = false
        var data: JSONValue

        func isReadable(at now: VaultTime) -> Bool {
            !isDestroyed && (deleted.map { now < $0 } ?? true)
        }

        /// Without the number, as in the list of all versions, or with it.
        func metadata(number: Int?) -> JSONValue {
            var metadata: JSONObject = [
                "created_time": .string(created.text),
                "deletion_time": .string(deleted?.text ?? ""),
                "destroyed": .bool(isDestroyed),
            ]
            if let number { metadata.append("version", .number(JSONNumber(number))) }
            return .object(metadata)
        }
    }

    /// How many versions are kept unless the secret says otherwise.
    private static let defaultMaximum = 10

    private let created: VaultTime
    private var updated: VaultTime
    private(set) var current = 0
    private var oldest = 0
    private(set) var versions: [Int: Version] = [:]
    var maximum = 0
    var isCheckAndSetRequired = false
    /// After how many seconds new versions are to be deleted; 0 is never.
    var deleteAfter: Int64 = 0

    init(now: VaultTime) {
        created = now
        updated = now
    }

    /// What the server knows of the new version.
    mutating func write(_ data: JSONValue, at now: VaultTime) -> JSONValue {
        current += 1
        updated = now
        let version = Version(created: now, deleted: deleteAfter > 0 ? now + deleteAfter : nil, data: data)
        versions[current] = version
        let kept = maximum > 0 ? maximum : Self.defaultMaximum
        if current > kept {
            oldest = current - kept + 1
            versions = versions.filter { $0.key >= oldest }
        }
        return version.metadata(number: current)
    }

    /// Deletes some versions, or the latest one.
    mutating func delete(_ numbers: [Int]?, at now: VaultTime) {
        for number in numbers ?? [current] where versions[number]?.isReadable(at: now) == true {
            versions[number]?.deleted = now
        }
    }

    mutating func undelete(_ numbers: [Int]) {
        for number in numbers where versions[number]?.isDestroyed == false {
            versions[number]?.deleted = nil
        }
    }

    mutating func destroy(_ numbers: [Int]) {
        for number in numbers {
            versions[number]?.isDestroyed = true
            versions[number]?.data = .null
        }
    }

    var metadata: JSONValue {
        let versions = versions.map { (String($0.key), $0.value.metadata(number: nil)) }
            .sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
        return [
            "cas_required": .bool(isCheckAndSetRequired),
            "created_time": .string(created.text),
            "current_version": .number(JSONNumber(current)),
            "delete_version_after": .string(VaultSecret.goText(deleteAfter)),
            "max_versions": .number(JSONNumber(maximum)),
            "oldest_version": .number(JSONNumber(oldest)),
            "updated_time": .string(updated.text),
            "versions": .object(JSONObject(versions)),
        ]
    }

    /// As Go writes a span of time, with all the smaller units.
    private static func goText(_ seconds: Int64) -> String {
        let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60)
        return (hours > 0 ? "\(hours)h" : "") + (seconds >= 60 ? "\(minutes)m" : "") + "\(rest)s"
    }
}
