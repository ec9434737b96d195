#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What the terminal at standard output can show.
enum Terminal {
    /// Colours for what is well, wrong, or beside the point.
    enum Style: String {
        case good = "32"
        case bad = "31"
        case faint = "2"
    }

    /// Whether colours are shown: on a terminal that has them, unless `NO_COLOR` is set (https://no-color.org).
    static let hasColours =
        StandardOutput.isTerminal && (ProcessEnvironment.variable("NO_COLOR") ?? "").isEmpty
        && ProcessEnvironment.variable("TERM") != "dumb"

    /// The text in a colour, where colours are shown.
    static func styled(_ text: String, _ style: Style) -> String {
        hasColours ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }
}
