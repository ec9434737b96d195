/// Paths of this machine as configurations write them.
public enum LocalPath {
    /// The path with a leading `~` as the user's home directory.
    public static func expanded(_ path: String, home: String) -> String {
        path == "~" || path.hasPrefix("~/") ? home + path.dropFirst() : path
    }
}
