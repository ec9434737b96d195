/// How log lines look; credentials are taken out of both forms.
package enum LogFormat: String, CaseIterable, Sendable {
    /// `janee: warning: message key=value`, for people.
    case text
    /// One JSON object a line, for programs.
    case json
}
