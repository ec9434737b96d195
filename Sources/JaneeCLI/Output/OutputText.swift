import JaneeJSON
import JaneeTelemetry

/// What commands print for people and programs, without credentials.
enum OutputText {
    /// A document in one line, or indented.
    static func json(_ value: JSONValue, pretty: Bool = false) -> String {
        DisplayText.escapedJSON(Redactor.shared.redact(value).serialized(pretty: pretty))
    }

    /// Lines that the program has composed.
    ///
    /// Names in them are its own (`key: vault://prod/stripe` tells where a credential is), so they do not make a
    /// credential of what stands behind.
    static func lines(_ text: String) -> String {
        Redactor.shared.redact(text, .shapes)
    }
}
