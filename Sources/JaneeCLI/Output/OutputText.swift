import JaneeJSON
import JaneeTelemetry

/// What commands print for people and programs, without credentials but for a secret that was asked for.
enum OutputText {
    /// A document in one line, or indented.
    static func json(_ value: JSONValue, pretty: Bool = false, reveals: Bool = false) -> String {
        DisplayText.escapedJSON((reveals ? value : Redactor.shared.redact(value)).serialized(pretty: pretty))
    }

    /// Lines that the program has composed.
    ///
    /// Names in them are its own (`key: vault://prod/stripe` tells where a credential is), so they do not make a
    /// credential of what stands behind.
    static func lines(_ text: String, reveals: Bool = false) -> String {
        reveals ? text : Redactor.shared.redact(text, .shapes)
    }
}
