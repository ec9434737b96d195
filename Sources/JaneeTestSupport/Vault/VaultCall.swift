import JaneeJSON

/// A request after HTTP has been dealt with.
struct VaultCall: Sendable {
    enum Operation: Sendable {
        case read
        case list
        case update
        case delete
    }

    var operation: Operation
    /// Below `/v1/`, decoded.
    var path: String
    var query: [String: String] = [:]
    var body = JSONObject()
    var token: String?
    /// Empty for the root namespace, otherwise with a slash at the end.
    var namespace = ""
    var wrapTTL: Int64?
    var clientCertificateCommonName: String?
    var manner = VaultManner()
    var now: VaultTime

    func text(_ key: String) -> String? { body[key]?.stringValue }

    /// A text that must not be missing or empty.
    func required(_ key: String) throws(VaultError) -> String {
        guard let text = text(key), !text.isEmpty else { throw VaultError(400, "missing \(key)") }
        return text
    }

    /// The elements of a list, which may also be written as one text with commas.
    func list(_ key: String) -> [String]? {
        switch body[key] {
        case .array(let elements): elements.compactMap(\.stringValue)
        case .string(let text):
            text.split(separator: ",")
                .map { part in
                    String(part.drop { $0 == " " })
                }
        default: nil
        }
    }

    func seconds(_ key: String) -> Int64? { VaultDuration.seconds(body[key]) }
    func integer(_ key: String) -> Int? { seconds(key).map(Int.init) }
    func flag(_ key: String) -> Bool? { body[key]?.boolValue ?? text(key).map { $0 == "true" } }
}

extension String {
    /// What follows a prefix, or nil when the text does not begin with it.
    func after(_ prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }

    /// Without slashes at its ends.
    var withoutOuterSlashes: String {
        let start = drop { $0 == "/" }
        return String(start.dropLast(start.reversed().prefix { $0 == "/" }.count))
    }
}
