/// Text as one word of a POSIX shell, for commands that people paste.
public enum ShellWord {
    /// The text itself where the shell takes it literally, else in single quotes.
    public static func quoted(_ text: String) -> String {
        let isPlain =
            !text.isEmpty && text.utf8.allSatisfy { PercentEncoding.isUnreserved($0) || "/:".utf8.contains($0) }
        // A tilde at the beginning stands for a home directory.
        if isPlain, !text.hasPrefix("~") { return text }
        return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
