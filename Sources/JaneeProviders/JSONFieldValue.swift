import JaneeJSON
import JaneeSecrets

/// The bytes that a field of a secret stands for.
enum JSONFieldValue {
    /// Text as it is, numbers in the digits of the answer, truth values as words.
    ///
    /// - Parameter mayBeStructured: Whether an object or a list is given as JSON; only where a reference names the field.
    /// - Returns: Nil for `null`.
    /// - Throws: `PROVIDER_CONFIG_INVALID` for an object or a list that nobody asked for.
    static func value(_ json: JSONValue, mayBeStructured: Bool) throws(SecretError) -> SecretValue? {
        switch json {
        case .null: return nil
        case .string(let text): return SecretValue(text)
        case .number(let number): return SecretValue(number.literal)
        case .bool(let truth): return SecretValue(truth ? "true" : "false")
        case .array, .object:
            guard mayBeStructured else {
                throw SecretError(
                    .providerConfigInvalid,
                    "the field holds an object or a list, not text; name it with 'field' in the structured form of the"
                        + " reference to get it as JSON"
                )
            }
            return SecretValue(json.bytes)
        }
    }
}
