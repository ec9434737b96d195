import JaneeSecrets

extension SecretValue {
    /// The value as text; nil if it is none.
    ///
    /// The copy is not wiped.
    var text: String? { withBytes { String(validating: $0, as: UTF8.self) } }
}
