import JaneeFiles
import JaneeJSON
package import JaneeSecrets

extension LegacyCredentials {
    /// Removes values from `credentials.json`, in one step; everything else in the file stays as it is.
    ///
    /// - Parameter references: What ``blob(_:)`` gives them for.
    /// - Returns: How many were there.
    /// - Throws: Why the file was left alone.
    package static func remove(
        _ references: [SecretReference],
        from path: String
    ) throws(LegacyCredentialsError) -> Int {
        guard let credentials = try read(path) else { return 0 }
        let names = credentials.blobs.flatMap { service, fields in fields.keys.map { (service: service, name: $0) } }
            .filter { entry in
                (try? reference(entry.service, entry.name)).map { references.contains($0.reference) } ?? false
            }
        guard !names.isEmpty else { return 0 }
        do {
            let bytes = try RegularFile.read(path, limit: maximumBytes)
            let document = try JSONReader.parse(bytes, limits: JSONLimits(maximumBytes: maximumBytes))
            guard var object = document.objectValue, var services = object["secrets"]?.objectValue else { return 0 }
            for entry in names {
                guard var fields = services[entry.service]?.objectValue else { continue }
                take(entry.name, from: &fields)
                services[entry.service] = fields.isEmpty ? nil : .object(fields)
            }
            object["secrets"] = .object(services)
            try RegularFile.write(
                Array((JSONValue.object(object).serialized(pretty: true) + "\n").utf8),
                to: path,
                mode: 0o600
            )
            return names.count
        } catch {
            throw LegacyCredentialsError("\(path) was left as it is: \(error)")
        }
    }

    private static func take(_ name: String, from fields: inout JSONObject) {
        guard fields[name] == nil, let dot = name.firstIndex(of: "."),
            var map = fields[String(name[..<dot])]?.objectValue
        else {
            fields[name] = nil
            return
        }
        map[String(name[name.index(after: dot)...])] = nil
        fields[String(name[..<dot])] = map.isEmpty ? nil : .object(map)
    }
}
