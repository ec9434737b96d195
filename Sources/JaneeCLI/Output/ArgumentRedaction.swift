/// Keeps what was typed after `secret` out of usage errors: it may be a key in the wrong place.
enum ArgumentRedaction {
    static func apply(to message: String, _ arguments: [String]) -> String {
        guard arguments.first == "secret" else { return message }
        var message = message
        for argument in arguments.dropFirst(2) {
            var typed = argument
            if argument.hasPrefix("-") {
                // Of '--option=value' only the value is somebody's own text.
                guard let equals = argument.firstIndex(of: "=") else { continue }
                typed = String(argument[argument.index(after: equals)...])
            }
            guard !typed.isEmpty else { continue }
            message = message.split(separator: "'\(typed)'", omittingEmptySubsequences: false).joined(separator: "'…'")
            message = message.split(separator: "=\(typed)'", omittingEmptySubsequences: false).joined(separator: "=…'")
        }
        return message
    }
}
