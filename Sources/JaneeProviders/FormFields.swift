import JaneeSecrets

/// Fields of a form, or parameters of a query, in their order.
enum FormFields {
    /// The text that is sent; names are taken as they are.
    static func encoded(_ fields: [(String, String)]) -> String {
        fields.map { "\($0)=\(PercentEncoding.encodeSegment($1))" }.joined(separator: "&")
    }
}
