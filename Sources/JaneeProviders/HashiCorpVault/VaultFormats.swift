import JaneeSecrets

extension ConfigStringFormat {
    /// Where something is mounted: segments between slashes, taken as they are.
    static let vaultPath = ConfigStringFormat(
        name: "mount path",
        pattern: #"^(?![\s\S]*(?:\$\{|//|\.\.))(?!/?$)[^\u0000-\u001f\u007f]+$"#
    ) { text in
        if let refusal = text.isEmpty ? Refusal("must not be empty") : refusalOfSubstitution(in: text) {
            return refusal
        }
        let segments = text.split(separator: "/", omittingEmptySubsequences: true)
        guard !segments.isEmpty, !text.contains("//"), !text.contains("..") else {
            return Refusal("must be a path such as secret or team/kv, without '//' and '..'")
        }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            return Refusal("must not hold control characters")
        }
        return nil
    }

    /// A server's https address, or the socket of an agent on this machine.
    static let vaultAddress = ConfigStringFormat(
        name: "https address, or unix:///path of an agent's socket",
        pattern: #"(?:\#(ConfigStringFormat.providerAddress.pattern ?? "^"))|^unix:///[^\u0000-\u0020\u007f?#%\\]+$"#
    ) { text in
        guard text.hasPrefix("unix:") else { return providerAddress.check(text) }
        do throws(EndpointURLError) {
            _ = try EndpointURL(parsingSocket: text)
            return nil
        } catch {
            return Refusal(error.description)
        }
    }
}
