/// Keeps what was typed after commands that work on secrets out of usage errors: it may be a key in the wrong place.
enum ArgumentRedaction {
    /// The words that a usage error may repeat.
    private static let known: Set<String> = [
        "secret", "set", "get", "list", "delete", "parse", "add", "help", "--help", "-h", "--version", "--json",
        "--from-stdin",
        "--from-env", "--from-file", "--provider", "--dry-run", "--reveal", "--yes", "-y",
        "--key", "-k", "--url", "-u", "--auth-type", "--username", "--key-from-stdin", "--key-from-env",
        "--key-from-file",
        "--key-ref", "--password-from-stdin", "--password-from-env", "--password-from-file", "--password-ref",
        "--header",
        "--header-from-env", "--header-from-file", "--header-ref", "--test-path", "--allow-network",
        "--allow-plaintext",
        "--capability", "--no-capability", "--ttl", "-t", "--allow", "--deny", "bearer", "basic", "headers",
    ]
    private static let commands: Set<String> = ["secret", "add"]

    static func apply(to message: String, _ arguments: [String]) -> String {
        guard let command = arguments.first, commands.contains(command) else { return message }
        var message = message
        // The longest first, so that no rest of one stays.
        for argument in arguments.dropFirst().sorted(by: { $0.utf8.count > $1.utf8.count })
        where !known.contains(argument) {
            var typed = [argument]
            if let equals = argument.firstIndex(of: "=") {
                // Of '--option=value' only the value is somebody's own text.
                let option = String(argument[..<equals])
                let value = String(argument[argument.index(after: equals)...])
                typed = known.contains(option) ? [value] : [argument, option, value]
            }
            for text in typed + typed.map({ String($0.drop { $0 == "-" }) }) where text.utf8.count > 2 {
                message = message.split(separator: text, omittingEmptySubsequences: false).joined(separator: "…")
            }
        }
        return message
    }
}
