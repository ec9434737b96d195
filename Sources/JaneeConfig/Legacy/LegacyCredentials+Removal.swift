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
        guard var object = try document(path), var services = object["secrets"]?.objectValue else { return 0 }
        let credentials = LegacyCredentials(masterKey: nil, blobs: try blobs(object["secrets"], path), isInline: false)
        let entries = credentials.references().filter { references.contains($0.reference) }
        guard !entries.isEmpty else { return 0 }
        for entry in entries {
            guard var fields = services[entry.service]?.objectValue else { continue }
            take(entry.name, from: &fields)
            services[entry.service] = fields.isEmpty ? nil : .object(fields)
        }
        object["secrets"] = .object(services)
        let text = JSONValue.object(object).serialized(pretty: true) + "\n"
        do throws(FileError) {
            try RegularFile.write(Array(text.utf8), to: path, mode: 0o600)
        } catch {
            throw LegacyCredentialsError("\(path) was left as it is: \(error)")
        }
        return entries.count
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
