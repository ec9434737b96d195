package import JaneeJSON

/// Reads the newest records of a log, without reading more of it than they take.
///
/// It needs no lock and disturbs no writer. Lines of Janee 0.16 are records like any other; what is not a JSON object
/// is passed over.
package struct AuditReader: Sendable {
    private let directory: String

    package init(directory: String) {
        self.directory = directory
    }

    /// The newest records that match, oldest first; none if there is no log yet.
    package func tail(
        limit: Int,
        where matches: (JSONObject) -> Bool = { _ in true }
    ) throws(AuditError) -> [JSONValue] {
        guard limit > 0, let directory = try AuditDirectory(path: directory, forWriting: false) else { return [] }
        var newestFirst: [JSONValue] = []
        for day in try directory.list().days.reversed() {
            guard let file = try directory.fileForReading(day) else { continue }
            var scanner = AuditBackwardScanner(file, from: try file.size())
            while let line = try scanner.next() {
                guard let object = line.bytes.withUnsafeBytes({ AuditLine.object($0) }), matches(object) else {
                    continue
                }
                newestFirst.append(.object(object))
                if newestFirst.count == limit { return newestFirst.reversed() }
            }
        }
        return newestFirst.reversed()
    }
}
