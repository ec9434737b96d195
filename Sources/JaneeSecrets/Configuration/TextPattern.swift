/// The regular expressions of the common formats.
enum TextPattern {
    /// Not empty, and without `${`.
    static let text = #"^(?![\s\S]*\$\{)[\s\S]+$"#
    static let providerName = "^\(name)$"
    static let secretPath = "^\(path)$"
    /// A path or a URI, or anything that is substituted, which cannot be told before.
    static let secretReference = #"^(?:(?:\#(name)://)?\#(path)|[\s\S]*\$\{[\s\S]*)$"#
    /// The same where it holds `://`, else any text.
    static let textOrSecretURI =
        #"^(?:(?![\s\S]*(?:://|\$\{))[\s\S]+|\#(name)://\#(path)|(?=[\s\S]*://)[\s\S]*\$\{[\s\S]*)$"#
    static let credential =
        #"^(?:[^$]|\$\$\{|\$\{(?:[A-Za-z_][A-Za-z0-9_]*|file:(?:/|~/)[^}]*|file:~)\}|\$(?!\$?\{))+$"#
    static let providerAddress =
        #"^(?:[Hh][Tt][Tt][Pp][Ss]://[^\s?#@\\/]|[Hh][Tt][Tt][Pp]://(?:[Ll][Oo][Cc][Aa][Ll][Hh][Oo][Ss][Tt]|127\.|\[))[^\s?#@\\]*$"#
    static let localPath = #"^(?![\s\S]*\$\{)(?!(?:[\s\S]*/)?\.\.(?:/|$))(?:/[\s\S]*|~(?:/[\s\S]*)?)$"#
    static let addressRange = "^[0-9A-Fa-f.:]+(?:/[0-9]{1,3})?$"

    private static let name = "[A-Za-z][A-Za-z0-9_-]{0,63}"
    /// At least one character, and no segment `.` or `..` that is written out.
    private static let path =
        #"(?!(?:[^:]*/)?\.{1,2}(?:/|$))/*(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})(?:[A-Za-z0-9._~/-]|%[0-9A-Fa-f]{2})*"#
}
