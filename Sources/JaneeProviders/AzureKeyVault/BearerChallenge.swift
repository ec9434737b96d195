/// What a `WWW-Authenticate: Bearer` says (RFC 6750, section 3, with Azure's parameters).
struct BearerChallenge: Sendable, Hashable {
    private static let maximumLength = 8192

    private let parameters: [String: String]

    /// Nil if the text is no challenge for a bearer token.
    init?(_ text: String) {
        let scheme = "bearer "
        guard text.utf8.count <= Self.maximumLength, text.prefix(scheme.count).lowercased() == scheme else {
            return nil
        }
        var parameters: [String: String] = [:]
        for match in text.dropFirst(scheme.count).matches(of: /([A-Za-z_]+)=(?:"([^"]*)"|([^",\s]*))/) {
            let name = match.1.lowercased()
            // Of two the first counts, as nothing says which one is meant.
            if parameters[name] == nil { parameters[name] = String(match.2 ?? match.3 ?? "") }
        }
        self.parameters = parameters
    }

    /// What the server wants a token for; the scope of the second version of the protocol without its end.
    var resource: String? {
        parameters["resource"]
            ?? parameters["scope"]
            .map { scope in
                let end = "/.default"
                return scope.hasSuffix(end) ? String(scope.dropLast(end.count)) : scope
            }
    }

    /// The directory that the server trusts, by its id, if it names one.
    var tenant: String? {
        let address = parameters["authorization"] ?? parameters["authorization_uri"]
        guard let id = address?.split(separator: "/").last, AzureIdentifier.isGUID(id) else { return nil }
        return String(id)
    }

    /// What a new token must say, in base64, if the server wants that (continuous access evaluation).
    var claims: String? { parameters["error"] == "insufficient_claims" ? parameters["claims"] : nil }
}

/// Identifiers of Azure.
enum AzureIdentifier {
    static func isGUID(_ text: some StringProtocol) -> Bool {
        String(text).wholeMatch(of: /[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}/) != nil
    }
}
