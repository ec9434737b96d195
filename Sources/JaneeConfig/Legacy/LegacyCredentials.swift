import JaneeFiles
import JaneeJSON
package import JaneeSecrets

/// The encrypted secrets that Janee 0.16 keeps for services: in `credentials.json`, or inline in `config.yaml` (0.2.0).
///
/// They are read for ever and never written. A service of such a home has no secret in its `auth` block; which secrets
/// there are is known from here.
package struct LegacyCredentials: Sendable {
    /// The largest `credentials.json`, in bytes.
    package static let maximumBytes = 16 << 20

    /// The names of secret fields, whatever the auth type.
    static let fields = [
        "key", "apiKey", "apiSecret", "passphrase", "privateKey", "credentials", "headers", "consumerKey",
        "consumerSecret", "accessToken", "accessTokenSecret", "accessKeyId", "secretAccessKey", "sessionToken",
    ]

    /// The key of the blobs, as base64; nil if the file does not hold it.
    package let masterKey: SecretValue?
    /// The encrypted values by service, then by secret: a field, or `headers.<name>`.
    package let blobs: [String: [String: String]]
    /// Whether the values stand in `config.yaml` itself.
    package let isInline: Bool

    /// Reads `credentials.json`; nil if there is none.
    ///
    /// - Throws: What is wrong with the file, in words; nothing of its content.
    package static func read(_ path: String) throws(LegacyCredentialsError) -> LegacyCredentials? {
        guard let object = try document(path) else { return nil }
        let key = object["masterKey"]?.stringValue.flatMap { $0.isEmpty ? nil : SecretValue($0) }
        return LegacyCredentials(masterKey: key, blobs: try blobs(object["secrets"], path), isInline: false)
    }

    /// The content of `credentials.json`; nil if there is none.
    static func document(_ path: String) throws(LegacyCredentialsError) -> JSONObject? {
        guard RegularFile.exists(path) else { return nil }
        if let finding = PathTrust.examine(path).first(where: \.othersCanWrite) {
            throw LegacyCredentialsError(finding.advice)
        }
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try RegularFile.read(path, limit: maximumBytes)
        } catch {
            throw LegacyCredentialsError(error.description)
        }
        let document: JSONValue
        do throws(JSONError) {
            document = try JSONReader.parse(bytes, limits: JSONLimits(maximumBytes: maximumBytes))
        } catch {
            throw LegacyCredentialsError("\(path) cannot be read: \(error)")
        }
        guard let object = document.objectValue else {
            throw LegacyCredentialsError("\(path) is not a JSON object")
        }
        return object
    }

    static func blobs(
        _ secrets: JSONValue?,
        _ path: String
    ) throws(LegacyCredentialsError) -> [String: [String: String]] {
        guard let secrets else { return [:] }
        guard let services = secrets.objectValue else {
            throw LegacyCredentialsError("\(path): 'secrets' must be an object")
        }
        var blobs: [String: [String: String]] = [:]
        for (service, fields) in services {
            guard let fields = fields.objectValue else {
                throw LegacyCredentialsError("\(path): 'secrets' must hold an object for each service")
            }
            for (name, value) in fields {
                if let text = value.stringValue {
                    blobs[service, default: [:]][name] = text
                } else if let headers = value.objectValue {
                    for (header, value) in headers {
                        guard let text = value.stringValue else {
                            throw LegacyCredentialsError("\(path): an encrypted value must be text")
                        }
                        blobs[service, default: [:]]["\(name).\(header)"] = text
                    }
                } else {
                    throw LegacyCredentialsError("\(path): an encrypted value must be text")
                }
            }
        }
        return blobs
    }

    /// The reference by which the secret of a service is read.
    static func reference(_ service: String, _ name: String) throws(SecretError) -> SecretURI {
        let path = [service, name].map { PercentEncoding.encodeSegment(segment(for: $0)) }.joined(separator: "/")
        return SecretURI(provider: .legacy, reference: try SecretReference(path: path))
    }

    /// A name as one segment of a path: names of services may hold slashes or be dots, segments may not.
    private static func segment(for name: String) -> String {
        let encoded = PercentEncoding.encodeSegment(name)
        let isDots = name.utf8.allSatisfy { $0 == UInt8(ascii: ".") }
        return isDots ? name.utf8.map { _ in "%2E" }.joined() : encoded
    }

    /// All values, by the service that they are of.
    package func references() -> [(service: String, name: String, reference: SecretReference)] {
        blobs.flatMap { service, fields in
            fields.keys.compactMap { name in (try? Self.reference(service, name)).map { (service, name, $0.reference) }
            }
        }
    }

    /// The encrypted value that a reference means.
    package func blob(_ reference: SecretReference) -> String? {
        guard reference.segments.count == 2 else { return nil }
        let service = blobs.first { Self.segment(for: $0.key) == reference.segments[0] }
        return service?.value.first { Self.segment(for: $0.key) == reference.segments[1] }?.value
    }
}

/// Why `credentials.json` cannot be used.
package struct LegacyCredentialsError: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
