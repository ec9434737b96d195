/// The text exposition format of Prometheus, version 0.0.4.
///
/// See https://prometheus.io/docs/instrumenting/exposition_formats/.
package enum PrometheusText {
    /// The media type of the format.
    package static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    /// A metric's name with what it may not hold replaced by underscores.
    static func metricName(_ text: String) -> String {
        name(text) { $0 == ":" }
    }

    /// A label's name; nil for those that Prometheus keeps for itself.
    static func labelName(_ text: String) -> String? {
        let name = name(text) { _ in false }
        return name.hasPrefix("__") ? nil : name
    }

    static func labelValue(_ text: String) -> String {
        escape(text, quotes: true)
    }

    static func help(_ text: String) -> String {
        escape(text, quotes: false)
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        // Every integer below this is exact.
        if value.magnitude < 0x1p53, value.rounded() == value { return String(Int64(value)) }
        return value.description
    }

    private static func name(_ text: String, allows: (Unicode.Scalar) -> Bool) -> String {
        var name = ""
        for scalar in text.unicodeScalars {
            let isDigit = ("0"..."9").contains(scalar)
            if isDigit, name.isEmpty { name.append("_") }
            let isLetter = ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
            name.unicodeScalars.append(isLetter || isDigit || scalar == "_" || allows(scalar) ? scalar : "_")
        }
        return name.isEmpty ? "_" : name
    }

    private static func escape(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
