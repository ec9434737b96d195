import JaneeSecrets
import Yams

/// What a plain scalar means: YAML 1.2's core schema, in which `no`, `on` and `yes` are text.
enum CoreSchema {
    static func value(of scalar: Node.Scalar) -> ConfigNode.Value {
        let text = scalar.string
        guard scalar.style == .plain, scalar.tag.description != Tag.Name.str.rawValue else { return .string(text) }
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .boolean(true)
        case "false", "False", "FALSE": return .boolean(false)
        default: break
        }
        guard looksLikeNumber(text) else { return .string(text) }
        return Int(text).map { .integer($0) } ?? .number(text)
    }

    /// The number productions of YAML 1.2, section 10.3.2.
    private static func looksLikeNumber(_ text: String) -> Bool {
        var rest = Substring(text)
        if rest.hasPrefix("0x") { return isDigits(rest.dropFirst(2)) { $0.isHexDigit } }
        if rest.hasPrefix("0o") { return isDigits(rest.dropFirst(2)) { ("0"..."7").contains($0) } }
        if rest.first == "-" || rest.first == "+" { rest = rest.dropFirst() }
        if [".inf", ".Inf", ".INF"].contains(rest) || [".nan", ".NaN", ".NAN"].contains(rest) { return true }
        let whole = rest.prefix(while: isDigit)
        rest = rest.dropFirst(whole.count)
        var fraction: Substring = ""
        if rest.first == "." {
            rest = rest.dropFirst()
            fraction = rest.prefix(while: isDigit)
            rest = rest.dropFirst(fraction.count)
        }
        guard !(whole.isEmpty && fraction.isEmpty) else { return false }
        guard let exponent = rest.first else { return true }
        guard exponent == "e" || exponent == "E" else { return false }
        rest = rest.dropFirst()
        if rest.first == "-" || rest.first == "+" { rest = rest.dropFirst() }
        return isDigits(rest, isDigit)
    }

    private static func isDigits(_ text: Substring, _ isDigit: (Character) -> Bool) -> Bool {
        !text.isEmpty && text.allSatisfy { $0.isASCII && isDigit($0) }
    }

    private static func isDigit(_ character: Character) -> Bool {
        ("0"..."9").contains(character)
    }
}
