/// A field of a configuration that refers to a secret, or to several.
package struct SecretField: Sendable, Hashable {
    /// What stands in the field.
    package enum Shape: Sendable, Hashable {
        /// A reference.
        case reference
        /// Plain text, or a reference where it holds `://` or is a map: for what is mostly no secret, as user names are.
        case textOrReference
        /// A map with free keys, each value a reference.
        case map
    }

    package let name: String
    package let shape: Shape

    package init(_ name: String, _ shape: Shape = .reference) {
        self.name = name
        self.shape = shape
    }

    /// What the secret of a map's entry is called, such as `headers.X-Api-Key`.
    package func entry(_ key: String) -> String { "\(name).\(key)" }
}

extension SecretField: ExpressibleByStringLiteral {
    /// A field that holds a reference.
    package init(stringLiteral name: String) {
        self.init(name)
    }
}
